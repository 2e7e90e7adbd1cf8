// Numbers as the server writes them, so that a live update never changes their form.

const language = document.documentElement.lang || "en";
const locale = language.startsWith("zh") ? "zh-CN" : "en-US";
const formats = new Map();

function format(key, options) {
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locale, options));
  return formats.get(key);
}

export function count(number) {
  return format("count", { maximumFractionDigits: 0 }).format(number);
}

export function percent(share) {
  return format("percent", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(share);
}

/** Money from minor units. The decimals are ours (ISO 4217), never the browser's table. */
export function money(minor, currency, exponent) {
  const options = { style: "currency", currency, minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  // A string keeps every digit: 10^15 minor units do not fit a double once divided.
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const text = `${minor < 0 ? "-" : ""}${whole}${exponent ? `.${digits.slice(-exponent)}` : ""}`;
  return format(`money ${currency} ${exponent}`, options).format(text);
}

/** For the marks of an axis only: never where a sum is read. */
export function compactMoney(minor, currency, exponent) {
  const options = { style: "currency", currency, notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 };
  return format(`compact ${currency}`, options).format(minor / 10 ** exponent);
}

export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

export function bytes(size) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let step = 0;
  while (size >= 1000 && step < units.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${size.toFixed(step < 2 ? 0 : 1)} ${units[step]}`;
}

export function clock(atMs, zone) {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: zone }).format(atMs);
}

const WRITERS = { count, percent, duration, bytes };

/** Write a value into a `data-as` element; a change is shown for a moment. */
export function write(element, value) {
  if (value === null || value === undefined) return;
  const isMoney = element.dataset.as === "money";
  if (isMoney && value.currency) element.dataset.currency = value.currency;
  if (isMoney && value.exponent !== undefined) element.dataset.exponent = value.exponent;
  const amount = isMoney ? (value.minor ?? value) : value;
  const text = isMoney ? money(amount, element.dataset.currency, Number(element.dataset.exponent)) : (WRITERS[element.dataset.as] ?? String)(amount);
  if (element.textContent === text) return;
  element.textContent = text;
  if ("value" in element) element.value = amount;
  element.classList.remove("figure-changed");
  void element.offsetWidth; // restart the animation
  element.classList.add("figure-changed");
}

/** Every element of that figure inside `root`, as `data-figure="name"`. */
export function writeAll(name, value, root = document) {
  for (const element of root.querySelectorAll(`[data-figure="${CSS.escape(name)}"]`)) write(element, value);
}
