"""What a room tells of itself every second: plain values, for screens and for health."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from silkcast.media.mixer.layout import Presence
from silkcast.media.room.cameras import Cameras
from silkcast.media.room.production import Production


def look_of(production: Production, cameras: Cameras, presence: Mapping[str, Presence]) -> object:
    """What a screen shows in another way as soon as it changes; all the rest only counts."""
    return (
        dict(presence),
        production.programme.chosen,
        [cameras.facts(camera.id)["warnings"] for camera in production.document.cameras],
        [(state.destination_id, state.phase, state.reason) for state in production.destinations.states()],
    )


def state_of(production: Production, cameras: Cameras, presence: Mapping[str, Presence]) -> dict[str, Any]:
    document, programme, encoding = production.document, production.programme, production.encoding
    show_id, programme_ms = production.programme_time()
    late_ms, programme.late_ms_max = programme.late_ms_max, 0.0
    return {
        "room_id": document.room_id,
        "show_id": show_id,
        "version": document.version,
        "applied_version": programme.applied_version,
        "programme_ms": programme_ms,
        "fps": production.fps,
        "fps_wanted": document.fps,
        "ticks": programme.ticks,
        "skipped": programme.skipped,
        "repeated": programme.repeated,
        "late_ms_max": round(late_ms, 1),
        "uptime_s": round(production.uptime_s, 1),
        "delay_ms": document.delay_ms,
        "scene": {"layout": document.scene.layout.value, "shown": list(programme.chosen)},
        "cameras": [
            {
                "id": camera.id,
                "name": camera.name,
                "state": presence.get(camera.id, Presence.ABSENT).value,
                **cameras.facts(camera.id),
            }
            for camera in document.cameras
        ],
        "destinations": [
            {"id": state.destination_id, **dataclasses.asdict(state)} for state in production.destinations.states()
        ],
        "encoder": {
            "preset": encoding.preset,
            "wanted_preset": document.preset,
            "video_kbps": encoding.video_kbps,
            "pictures": encoding.pictures,
            "keyframes": encoding.keyframes,
            "bytes_out": encoding.bytes_out,
            "waiting": encoding.waiting,
        },
        "tags_lost_in_crossing": production.crossing.dropped,
        "hls": encoding.hls_state(),
    }
