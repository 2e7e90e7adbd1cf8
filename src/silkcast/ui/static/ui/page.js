// What every page loads: htmx, forms, dialogs, keys, parts, and the small behaviours that attributes ask for.

import "./built/htmx.js";
import "./copying.js";
import "./dialogs.js";
import "./forms.js";
import "./keeping.js";
import "./keys.js";
import "./parts.js";
import "./pictures.js";
import "./secrets.js";
import { clock, duration } from "./figures.js";

/** `<time data-since="2026-…">` counts up, `<time data-until="…">` down, once a second. */
function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-since]")) element.textContent = duration((now - Date.parse(element.dataset.since)) / 1_000);
  for (const element of document.querySelectorAll("[data-until]")) element.textContent = duration((Date.parse(element.dataset.until) - now) / 1_000);
  for (const element of document.querySelectorAll("[data-clock]")) element.textContent = clock(now, element.dataset.clock);
}

setInterval(tick, 1_000);
tick();
