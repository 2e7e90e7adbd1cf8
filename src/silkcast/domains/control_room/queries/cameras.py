from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils.translation import get_language

from silkcast.domains.control_room.queries.console_rows import CameraWarning
from silkcast.domains.studio.contracts import CameraView, RoomState
from silkcast.kernel.words import sentence


def warnings_of(camera: CameraView) -> tuple[CameraWarning, ...]:
    """What is odd about its stream, in the reader's words."""
    language = get_language() or "en"
    return tuple(CameraWarning(code, sentence(code, {}, language)) for code in camera.warnings)


def alarms(cameras: Sequence[CameraView], wanted: Collection[UUID], state: RoomState | None) -> list[str]:
    """For each camera that should be on air and gives no picture: what viewers see instead."""
    if state is None:
        return []
    stand_ins = [camera.name for camera in cameras if camera.is_on_air and camera.id not in wanted]
    found = []
    for camera in cameras:
        if camera.id in wanted and not camera.is_on_air:
            kind = "stand_in" if stand_ins else "slate" if "slate" in state.scene.shown else "left_out"
            facts = {"camera": camera.name, "other": stand_ins.pop(0) if stand_ins else ""}
            found.append(sentence(f"control_room.alarm.{kind}", facts, get_language() or "en"))
    return found


def shown_now(state: RoomState | None) -> str:
    """As the room says it, for the page's script to see whether it still is so."""
    return " ".join(place or "-" for place in state.scene.shown) if state is not None else ""
