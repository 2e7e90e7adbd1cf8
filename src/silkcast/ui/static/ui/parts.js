// Parts of a page that the server renders again when something they show has changed.
// `<section id=… hx-get="…?part=orders" hx-trigger="refresh" data-refresh-on="order event:studio.scene_" data-refresh-gap-s="3">`
// A hand that types there keeps no part from being fetched: keeping.js leaves alone what is being used.
// "order" is a kind of the stream; "event:studio.scene_" any event whose topic begins so.

import htmx from "./built/htmx.js";
import { KINDS, on, onReturn } from "./events.js";

const GAP_S = 1; // at most one fetch of a part in that time, and always a last one
const timers = new Map();
const fetchedAt = new Map();

function fetchPart(id) {
  timers.delete(id);
  const part = document.getElementById(id);
  if (!part) return;
  fetchedAt.set(id, performance.now());
  htmx.trigger(part, "refresh");
}

export function refresh(part) {
  if (!part?.id || timers.has(part.id)) return;
  const since = performance.now() - (fetchedAt.get(part.id) ?? -Infinity);
  const gap = Number(part.dataset.refreshGapS ?? GAP_S) * 1_000;
  timers.set(part.id, setTimeout(fetchPart, Math.max(0, gap - since), part.id));
}

function parts() {
  return [...document.querySelectorAll("[data-refresh-on]")];
}

function refreshAll() {
  parts().forEach(refresh);
}

function isMeant(part, kind, body) {
  return part.dataset.refreshOn.split(" ").some((wish) => wish === kind || (kind === "event" && wish.startsWith("event:") && body.topic?.startsWith(wish.slice(6))));
}

for (const kind of KINDS) {
  on(kind, (body) => parts().filter((part) => isMeant(part, kind, body)).forEach(refresh));
}
onReturn(refreshAll);
