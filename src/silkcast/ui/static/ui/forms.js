// What every form shares: the idempotency key, the busy state, refusals shown where they belong.

import "./built/htmx.js";
import { say } from "./words.js";
import { toast } from "./toasts.js";
import { asMeant } from "./typed.js";

/** A UUIDv7 like those of the server: 48 bits of milliseconds, then randomness. */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let index = 0; index < 6; index += 1) bytes[index] = Math.floor(now / 256 ** (5 - index)) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function formOf(event) {
  return event.detail.ctx.sourceElement?.closest("form") ?? null;
}

function showRefusal(form, html) {
  const refusal = new DOMParser().parseFromString(html, "text/html").querySelector(".refusal");
  const place = form?.querySelector("[data-refusal]");
  if (!refusal) return toast(say("unreachable"), "alarm");
  if (!place) return toast(refusal.querySelector("p")?.textContent ?? "", "alarm");
  place.replaceChildren(refusal);
  for (const item of refusal.querySelectorAll("[data-field]")) {
    const field = form.elements.namedItem(item.dataset.field);
    if (field instanceof Element) field.setAttribute("aria-invalid", "true");
  }
  // Where the hand is: the field that is meant, else the words; and beside the button that was pressed.
  const target = form.querySelector("[aria-invalid]") ?? refusal;
  if (target === refusal) refusal.tabIndex = -1;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
  const echo = form.querySelector("[data-refusal-echo]");
  if (echo) echo.textContent = refusal.querySelector("p")?.textContent ?? "";
}

function clearRefusal(form) {
  form?.querySelector("[data-refusal]")?.replaceChildren();
  form?.querySelector("[data-refusal-echo]")?.replaceChildren();
  form?.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
}

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
});

document.addEventListener("htmx:before:request", (event) => {
  // A part that is fetched anew inside a form takes nothing back of what the form was told.
  if (event.detail.ctx.request.method !== "GET") clearRefusal(formOf(event));
});

document.addEventListener("htmx:before:response", (event) => {
  // The session has ended: show the login page whole, not inside a panel.
  const answer = event.detail.ctx.response.raw;
  if (!answer.redirected || new URL(answer.url).pathname !== "/login") return;
  event.preventDefault();
  location.reload();
});

document.addEventListener("htmx:after:request", (event) => {
  // Answered: the next press is a new wish. Where nobody can say what became of it, or it shall be sent again, it keeps
  // its key, so that a second try can't act twice.
  const form = formOf(event);
  const key = form?.elements.namedItem("request_id");
  const { ok, status } = event.detail.ctx.response.raw;
  const isAnswered = status < 500 && status !== 429;
  form?.toggleAttribute("data-unanswered", !isAnswered);
  if (key && isAnswered) key.value = newId();
  if (ok) {
    if (form?.hasAttribute("data-done-closes")) form.closest("dialog")?.close();
    if (form?.hasAttribute("data-empties")) form.reset();
  }
});

document.addEventListener("htmx:response:error", (event) => showRefusal(formOf(event), event.detail.ctx.text ?? ""));
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx) formOf(event)?.toggleAttribute("data-unanswered", true);
  if (event.detail.error?.name !== "AbortError") toast(say("unreachable"), "alarm");
});

// `HX-Trigger: {"silkcast:done": {"words": …}}`
document.addEventListener("silkcast:done", (event) => toast(event.detail.words, "good"));
document.addEventListener("silkcast:cart", (event) => {
  for (const badge of document.querySelectorAll("[data-cart-units]")) {
    badge.textContent = event.detail.units;
    badge.hidden = !event.detail.units;
  }
});

// Full-width digits and signs become plain ones before the browser judges what it was given.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[type=email], [type=tel], [inputmode]")) return;
  const plain = asMeant(target.value);
  if (plain !== target.value) target.value = plain;
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
