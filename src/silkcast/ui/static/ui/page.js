// What every page loads: htmx, forms, dialogs, keys, parts, and the small behaviours that attributes ask for.

import "./built/htmx.js";
import "./copying.js";
import "./dialogs.js";
import "./forms.js";
import "./keeping.js";
import "./keys.js";
import "./parts.js";
import "./secrets.js";
import { clock, duration } from "./figures.js";

/** `<time data-since="2026-…">` counts up, `<time data-until="…">` down, once a second. */
function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-since]")) element.textContent = duration((now - Date.parse(element.dataset.since)) / 1_000);
  for (const element of document.querySelectorAll("[data-until]")) element.textContent = duration((Date.parse(element.dataset.until) - now) / 1_000);
  for (const element of document.querySelectorAll("[data-clock]")) element.textContent = clock(now, element.dataset.clock);
}

/** `<img data-picture="/…jpg" data-every-ms="1000">` shows the newest picture; a missing one keeps the last and is marked. */
function renewPicture(image) {
  if (document.hidden || !image.isConnected || image.dataset.loading) return;
  const next = new Image();
  image.dataset.loading = "1";
  next.onload = () => {
    image.src = next.src;
    image.classList.remove("picture-missing");
    delete image.dataset.loading;
  };
  next.onerror = () => {
    image.classList.add("picture-missing");
    delete image.dataset.loading;
  };
  next.src = `${image.dataset.picture}?t=${Date.now()}`;
}

let seconds = 0;
setInterval(() => {
  tick();
  seconds += 1;
  for (const image of document.querySelectorAll("img[data-picture]")) {
    if (seconds % Number(image.dataset.everyS ?? 1) === 0) renewPicture(image);
  }
}, 1_000);
tick();
for (const image of document.querySelectorAll("img[data-picture]")) renewPicture(image);
