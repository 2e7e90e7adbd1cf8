"""What other processes know just now: rooms' states and pictures, shows' metrics. Asked side by side with short
deadlines; whoever does not answer is left out, and the page says that it does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from silkcast.domains.audience.contracts import ShowMetrics
from silkcast.domains.insight.api import find_metrics
from silkcast.domains.studio.api import find_room_state
from silkcast.domains.studio.contracts import RoomState
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.settings import load
from silkcast.kernel.wire import WireError, call_blocking

ASKED_AT_ONCE_MAX = 8
PICTURE_S_MAX = 1.0
T = TypeVar("T")


def room_states(room_ids: Iterable[UUID]) -> dict[UUID, RoomState]:
    """Of the rooms that run and answer."""
    settings = load()
    return _answered(list(room_ids), lambda room_id: find_room_state(settings, room_id))


def metrics_of(ctx: Context, show_ids: Iterable[UUID]) -> dict[UUID, ShowMetrics]:
    return _answered(list(show_ids), lambda show_id: find_metrics(ctx, show_id))


def _answered(ids: Sequence[UUID], ask: Callable[[UUID], T | None]) -> dict[UUID, T]:
    if len(ids) == 1:  # the usual case needs no threads
        answers: list[T | None] = [ask(ids[0])]
    elif ids:
        with ThreadPoolExecutor(min(len(ids), ASKED_AT_ONCE_MAX)) as pool:
            answers = list(pool.map(ask, ids))
    else:
        answers = []
    return {asked: answer for asked, answer in zip(ids, answers, strict=True) if answer is not None}


def picture(room_id: UUID, camera_id: UUID | None = None) -> bytes:
    """A small JPEG of the room's programme, or of one camera; Missing when the room has none just now."""
    asked = {"camera_id": str(camera_id)} if camera_id else None
    try:
        jpeg = call_blocking(load().socket(f"room-{room_id}"), "room.preview", asked, deadline_s=PICTURE_S_MAX)
    except WireError:
        jpeg = None
    if not isinstance(jpeg, bytes) or not jpeg:
        raise Missing(kind="picture")
    return jpeg
