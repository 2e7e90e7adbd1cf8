// The base's destinations: a change of what a room says of one fetches the list with its words.

import { on } from "../ui/events.js";
import { refresh } from "../ui/parts.js";

on("room", (room) => {
  const part = document.getElementById("part-destinations_list");
  for (const destination of room.destinations ?? []) {
    const lamp = part.querySelector(`[data-destination="${CSS.escape(destination.id)}"]`);
    if (lamp?.dataset.phase !== destination.phase) refresh(part);
  }
});
