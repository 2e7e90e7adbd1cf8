// What people type on other keyboards, read as the server reads it: `as_meant` of kernel/texts.py, and a test holds both together.

const MEANT = new Map([...[..."‐‑‒–—―−ー"].map((sign) => [sign, "-"]), ["。", "."], ["٫", "."], ["٬", ","], ["〒", ""]]);
const DIGIT = /\p{Nd}/u;

/** Decimal digits stand in runs of ten, each from its own zero. */
function digit(sign) {
  const code = sign.codePointAt(0);
  let zero = code;
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}

function plain(sign) {
  if (DIGIT.test(sign)) return digit(sign);
  if (/\p{Zs}/u.test(sign)) return " ";
  if (/\p{Cf}/u.test(sign)) return "";
  // Half- and full-width forms alone: a superscript or a circled number is no digit that anybody meant.
  return /[\uff01-\uffee]/u.test(sign) ? sign.normalize("NFKC") : sign;
}

export function asMeant(text) {
  return [...text].map(plain).map((sign) => MEANT.get(sign) ?? sign).join("").trim();
}
