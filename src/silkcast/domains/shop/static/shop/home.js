// How many watch, as it changes; a show that begins or ends is fetched as a part.

import { on } from "../ui/events.js";
import { write } from "../ui/figures.js";

on("crowd", (crowd) => {
  for (const element of document.querySelectorAll(`[data-show-online="${CSS.escape(crowd.show_id)}"]`)) write(element, crowd.online);
});
