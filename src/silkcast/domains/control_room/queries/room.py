from __future__ import annotations

from typing import Any
from uuid import UUID

from silkcast.domains.base.api import get_room
from silkcast.domains.control_room.labels import ROOM_KINDS, ROOM_STATES, studio_words
from silkcast.domains.control_room.live import room_states
from silkcast.domains.control_room.queries.cameras import warnings_of
from silkcast.domains.studio.api import camera_url, find_live_show, get_room_picture, list_cameras, list_scenes
from silkcast.domains.studio.contracts import CameraView, RoomState
from silkcast.kernel.context import Context
from silkcast.kernel.settings import load


class RoomPage:
    def __init__(self, ctx: Context, room_id: UUID) -> None:
        self._ctx = ctx
        self._room = get_room(ctx, room_id)
        self._state: RoomState | None = room_states([room_id]).get(room_id)
        self._cameras = list_cameras(ctx, room_id, state=self._state)

    def whole(self) -> dict[str, Any]:
        return {**self.cameras(), **self.scenes(), **self.head()}

    def head(self) -> dict[str, Any]:
        ctx, room = self._ctx, self._room
        picture = get_room_picture(ctx, room.id)
        show = find_live_show(ctx, room.id)
        state = "on_air" if show is not None else "ready" if self._state is not None else "off"
        return {
            "room": {
                "id": room.id,
                "name": room.name,
                "kind_words": ROOM_KINDS[room.kind],
                "state": state,
                "state_words": ROOM_STATES[state],
                "width": picture.width,
                "height": picture.height,
                "fps": picture.fps,
                "delay_ms": picture.delay_ms,
                "push_url": camera_url(load()),
            },
            "show": {"id": show.id, "title": show.title} if show is not None else None,
        }

    def cameras(self, made: dict[UUID, str] | None = None) -> dict[str, Any]:
        """`made`: stream keys that this very answer made, by camera; nobody can show them again."""
        keys = made or {}
        return {
            "room": {"id": self._room.id, "push_url": camera_url(load())},
            "cameras": [{**_camera(camera), "stream_key": keys.get(camera.id)} for camera in self._cameras],
        }

    def scenes(self) -> dict[str, Any]:
        names = {camera.id: camera.name for camera in self._cameras}
        return {
            "room": {"id": self._room.id},
            "cameras": [_camera(camera) for camera in self._cameras],
            "scenes": [
                {
                    "id": scene.id,
                    "key": scene.position,
                    "name": scene.name,
                    "layout": scene.layout.value,
                    "layout_words": studio_words("layout", scene.layout),
                    "camera_names": [names.get(camera_id, "–") for camera_id in scene.camera_ids],
                }
                for scene in list_scenes(self._ctx, self._room.id)
            ],
        }


def _camera(camera: CameraView) -> dict[str, Any]:
    return {
        "id": camera.id,
        "id_text": str(camera.id),
        "name": camera.name,
        "state": camera.presence.value,
        "state_words": studio_words("presence", camera.presence),
        "picture_url": f"/control/cameras/{camera.id}/picture.jpg",
        "key_ending": camera.key_ending,
        "warnings": warnings_of(camera),
        "stream_key": None,
    }
