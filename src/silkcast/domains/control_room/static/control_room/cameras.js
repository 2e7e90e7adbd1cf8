// Follows what a room says of its cameras: a change of state, or of what is odd about one, fetches the part with its words.

import { refresh } from "../ui/parts.js";

export function followCameras(room, part) {
  if (!part) return;
  const isAsShown = (room.cameras ?? []).every((camera) => {
    const lamp = part.querySelector(`[data-camera="${CSS.escape(camera.id)}"]`);
    return lamp?.dataset.phase === camera.state && lamp.dataset.warnings.trim() === (camera.warnings ?? []).join(" ");
  });
  const shown = (room.scene?.shown ?? []).map((place) => place ?? "-").join(" ");
  if (!isAsShown || (part.dataset.shown ?? shown) !== shown) refresh(part);
}
