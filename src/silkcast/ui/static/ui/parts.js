// Parts of a page that the server renders again when something they show has changed.
// `<section id=… hx-get="…?part=orders" hx-trigger="refresh" data-refresh-on="order room">`

import htmx from "./built/htmx.js";
import { on, onReturn } from "./events.js";

const GAP_MS = 1_000; // at most one fetch of a part per second, and always a last one
const timers = new Map();
const fetchedAt = new Map();

function isBeingEdited(part) {
  const active = document.activeElement;
  return part.contains(active) && active.matches("input:not([type=hidden]), textarea, select");
}

function fetchPart(id) {
  timers.delete(id);
  const part = document.getElementById(id);
  if (!part) return;
  if (isBeingEdited(part)) {
    // What a person is typing is not swept away; the part follows when they leave the field.
    part.addEventListener("focusout", () => refresh(part), { once: true });
    return;
  }
  fetchedAt.set(id, performance.now());
  htmx.trigger(part, "refresh");
}

export function refresh(part) {
  if (!part?.id || timers.has(part.id)) return;
  const since = performance.now() - (fetchedAt.get(part.id) ?? -Infinity);
  timers.set(part.id, setTimeout(fetchPart, Math.max(0, GAP_MS - since), part.id));
}

function parts() {
  return [...document.querySelectorAll("[data-refresh-on]")];
}

export function refreshAll() {
  parts().forEach(refresh);
}

for (const kind of new Set(parts().flatMap((part) => part.dataset.refreshOn.split(" ").filter(Boolean)))) {
  on(kind, () => parts().filter((part) => part.dataset.refreshOn.split(" ").includes(kind)).forEach(refresh));
}
onReturn(refreshAll);
