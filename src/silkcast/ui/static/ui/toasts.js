// Short notices at the edge of the screen, read aloud; they leave by themselves, refusals more slowly.

const STAY_MS = { good: 4_000, alarm: 9_000 };
const TOASTS_MAX = 4; // the oldest leaves first

export function toast(words, tone = "good") {
  const place = document.getElementById("toasts");
  const card = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  card.dataset.tone = tone;
  card.querySelector("[data-toast-words]").textContent = words;
  card.querySelector("[data-dismisses]").addEventListener("click", () => card.remove());
  if (place.hidePopover) {
    // Shown anew, it lies above a dialog that was opened in between.
    place.matches(":popover-open") && place.hidePopover();
    place.showPopover();
  }
  while (place.childElementCount >= TOASTS_MAX) place.firstElementChild.remove();
  place.append(card);
  setTimeout(() => card.remove(), STAY_MS[tone]);
}
