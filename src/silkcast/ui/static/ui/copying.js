// Copies a text, also on plain http under a name of the house's own network, where browsers offer no clipboard.

import { say } from "./words.js";
import { toast } from "./toasts.js";

function select(element) {
  const selection = getSelection();
  selection.removeAllRanges();
  const range = document.createRange();
  range.selectNodeContents(element);
  selection.addRange(range);
}

/** Copy what stands in the element, and say so; where the browser won't, it's selected for the reader's own keys, and
    the answer is false. */
export async function copyFrom(element, words = say("copied")) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(element.textContent.trim());
      toast(words);
      return true;
    } catch {
      // not permitted here; the old way may be
    }
  }
  select(element);
  const isCopied = document.execCommand("copy");
  toast(isCopied ? words : say("copy_by_hand"), isCopied ? undefined : "alarm");
  return isCopied;
}

/** Copy a text that stands nowhere on the page. */
export async function copyText(text, words) {
  const place = document.createElement("span");
  place.className = "copied-from";
  place.textContent = text;
  (document.querySelector("dialog:modal") ?? document.body).append(place);
  if (await copyFrom(place, words)) return place.remove();
  // It is selected still: gone once the reader has copied it, or gone on.
  for (const over of ["copy", "pointerdown"]) document.addEventListener(over, () => setTimeout(() => place.remove()), { once: true });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies]");
  if (button) copyFrom(document.getElementById(button.dataset.copies));
});
