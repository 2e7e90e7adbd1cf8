// The wall's figures in place, room by room; what changes shape (a show begins, ends) is fetched as a part.

import { on } from "../ui/events.js";
import { write, writeAll } from "../ui/figures.js";

on("metrics", (metrics) => {
  const card = document.querySelector(`[data-show="${CSS.escape(metrics.show_id)}"]`);
  if (!card) return;
  for (const element of card.querySelectorAll("[data-figure]")) write(element, metrics[element.dataset.figure]);
  card.dataset.online = metrics.online;
  const rooms = [...document.querySelectorAll("[data-online]")];
  writeAll("online_all", rooms.reduce((sum, room) => sum + Number(room.dataset.online), 0));
});

on("room", (room) => {
  const live = document.querySelector(`[data-room="${CSS.escape(room.room_id)}"] [data-cameras-live]`);
  if (live) write(live, (room.cameras ?? []).filter((camera) => camera.state === "live").length);
  for (const destination of room.destinations ?? []) {
    const lamp = document.querySelector(`[data-destination="${CSS.escape(destination.id)}"]`);
    if (lamp) lamp.dataset.phase = destination.phase;
  }
});
