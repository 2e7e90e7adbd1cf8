// A room's page: its cameras follow what the room says, each second and at every change.

import { on } from "../ui/events.js";
import { followCameras } from "./cameras.js";

const part = () => document.getElementById("part-cameras_list");
on("room", (room) => room.room_id === part()?.dataset.room && followCameras(room, part()));
