// The console: figures in place every second, lists fetched as parts, the programme with sound on demand.

import { on } from "../ui/events.js";
import { count, duration, write, writeAll } from "../ui/figures.js";
import { command } from "../ui/keys.js";
import { refresh } from "../ui/parts.js";
import { play } from "../ui/player.js";
import { followCameras } from "./cameras.js";
import { drawCurves, extendCurves } from "./curves.js";

const showId = document.querySelector("[data-show]").dataset.show;
const isOurs = (body) => body.show_id === showId;

// The programme: the picture at once, the stream as soon as it plays.
const video = document.getElementById("programme-video");
if (video) {
  play(video, (state) => (video.hidden = state === "absent"));
  const sound = document.getElementById("programme-sound");
  sound.addEventListener("click", () => {
    video.muted = !video.muted;
    sound.setAttribute("aria-pressed", String(!video.muted));
    video.play().catch(() => {});
  });
}

// A show that begins or ends has another console.
const { state } = document.querySelector(".programme").dataset;
on("show", (show) => isOurs(show) && show.state !== state && location.reload());

on("metrics", (metrics) => {
  if (!isOurs(metrics)) return;
  const part = document.getElementById("part-metrics");
  for (const element of part.querySelectorAll("[data-figure]")) write(element, metrics[element.dataset.figure]);
  extendCurves(metrics);
});

on("stock", (stock) => {
  for (const place of document.querySelectorAll(`[data-stock="${CSS.escape(stock.sku_id)}"]`)) {
    place.querySelector("b").textContent = count(stock.units_left);
    place.dataset.level = stock.units_left === 0 ? "none" : stock.units_left <= 10 ? "low" : "";
  }
});

// The room speaks once a second; what only counts is written in place, a change of state fetches the part with its words.
const seen = new Map(); // destination id -> {bytes, ms}

function followDestination(destination) {
  const row = document.querySelector(`#part-destinations [data-destination="${CSS.escape(destination.id)}"]`);
  if (!row || row.dataset.phase !== destination.phase) return refresh(document.getElementById("part-destinations"));
  const before = seen.get(destination.id);
  const now = { bytes: destination.bytes_acked, ms: performance.now() };
  seen.set(destination.id, now);
  if (before && now.ms > before.ms) writeAll("acked_kbps", Math.max(0, Math.round(((now.bytes - before.bytes) * 8) / (now.ms - before.ms))), row);
  writeAll("bytes_acked", destination.bytes_acked, row);
  writeAll("tags_dropped", destination.tags_dropped, row);
}

on("room", (room) => {
  const time = document.getElementById("programme-time");
  if (!time || !isOurs(room)) return;
  time.textContent = duration(room.programme_ms / 1_000);
  document.getElementById("programme-fps").textContent = count(room.fps);
  document.getElementById("programme-skipped").textContent = count(room.skipped);
  followCameras(room, document.getElementById("part-cameras"));
  (room.destinations ?? []).forEach(followDestination);
});

// N pitches the first product that still waits.
command("n", () => document.querySelector('[data-pitches="waiting"]')?.click());

// Comments stay at their end unless the reader has scrolled back.
const stuck = new WeakMap();
document.addEventListener("scroll", (event) => {
  const list = event.target;
  if (list.dataset?.sticksToEnd !== undefined) stuck.set(list, list.scrollHeight - list.scrollTop - list.clientHeight < 40);
}, true);
function stickToEnd() {
  for (const list of document.querySelectorAll("[data-sticks-to-end]")) if (stuck.get(list) ?? true) list.scrollTop = list.scrollHeight;
}
document.addEventListener("htmx:after:swap", stickToEnd);
stickToEnd();

// The rundown by drag: the row that is let go takes the place of the row below it.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  const line = event.target.closest?.(".rundown-grip")?.closest("[data-line]");
  if (!line) return;
  dragged = line;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setDragImage(line, 12, 12);
});
document.addEventListener("dragover", (event) => {
  const line = dragged && event.target.closest?.("[data-line]");
  document.querySelectorAll(".is-over").forEach((other) => other.classList.remove("is-over"));
  if (!line || line === dragged) return;
  event.preventDefault();
  line.classList.add("is-over");
});
document.addEventListener("drop", (event) => {
  const line = dragged && event.target.closest?.("[data-line]");
  if (!line || line === dragged) return;
  event.preventDefault();
  const form = document.getElementById("move-line");
  form.elements.namedItem("line_id").value = dragged.dataset.line;
  form.elements.namedItem("position").value = line.dataset.position;
  form.requestSubmit();
});
document.addEventListener("dragend", () => {
  document.querySelectorAll(".is-over").forEach((line) => line.classList.remove("is-over"));
  dragged = null;
});

// One open menu of a row at a time.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".rundown-more[open]")) if (!menu.contains(event.target)) menu.open = false;
});

drawCurves();
