// The base's destinations: a change of what a room says of one fetches the list with its words.

import { on } from "../ui/events.js";
import { refresh } from "../ui/parts.js";

const heard = new Map(); // by room and destination: two rooms may push to one, and say different things of it

on("room", (room) => {
  const part = document.getElementById("part-destinations_list");
  for (const destination of room.destinations ?? []) {
    const name = `${room.room_id} ${destination.id}`;
    if (heard.get(name) === destination.phase) continue;
    const isFirst = !heard.has(name);
    heard.set(name, destination.phase);
    const lamp = part.querySelector(`[data-destination="${CSS.escape(destination.id)}"]`);
    if (!isFirst || lamp?.dataset.phase !== destination.phase) refresh(part);
  }
});
