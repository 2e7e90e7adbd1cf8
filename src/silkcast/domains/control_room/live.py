"""What other processes know just now: rooms' states and pictures, shows' metrics. Asked side by side with short
deadlines; whoever does not answer is left out, and the page says that it does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from silkcast.domains.audience.api import list_comments
from silkcast.domains.audience.contracts import Comment, ShowMetrics
from silkcast.domains.insight.api import find_metrics
from silkcast.domains.studio.api import find_room_state
from silkcast.domains.studio.contracts import RoomState
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.settings import load
from silkcast.kernel.wire import WireError, call_blocking

ASKED_AT_ONCE_MAX = 32  # by all pages together
ALL_ANSWERS_S_MAX = 2.5  # however many are asked, a page waits no longer
PICTURE_S_MAX = 1.0
CURVE_S_MAX = 1.0
T = TypeVar("T")
# Kept: starting threads would take a page longer than what they ask.
_asking = ThreadPoolExecutor(ASKED_AT_ONCE_MAX, "asking")


def room_states(room_ids: Iterable[UUID]) -> dict[UUID, RoomState]:
    """Of the rooms that run and answer."""
    settings = load()
    return _answered(list(room_ids), lambda room_id: find_room_state(settings, room_id))


def metrics_of(ctx: Context, show_ids: Iterable[UUID]) -> dict[UUID, ShowMetrics]:
    return _answered(list(show_ids), lambda show_id: find_metrics(ctx, show_id, in_brief=True))


CURVE_POINTS_MAX = 720
CURVE_LINES = ("at_ms", "online", "stay_s", "interaction_rate", "conversion", "gmv_minor")


def find_curve(ctx: Context, show_id: UUID) -> dict[str, list[float]]:
    """The live metrics so far, a sample each ten seconds; empty lines when nobody can say."""
    asked = {"base_id": str(ctx.base_id), "show_id": str(show_id), "points_most": CURVE_POINTS_MAX}
    try:
        told = call_blocking(load().socket("signals"), "signals.curve", asked, deadline_s=CURVE_S_MAX)
        return {line: list(told[line]) for line in CURVE_LINES}
    except (WireError, KeyError, TypeError):
        return {line: [] for line in CURVE_LINES}


def comments_of(ctx: Context, show_id: UUID, limit: int) -> list[Comment]:
    try:
        return list_comments(ctx.base_id, show_id, limit=limit)
    except (WireError, msgspec.ValidationError):
        return []


def side_by_side(*calls: Callable[[], Any]) -> list[Any]:
    """The answers of several questions to other processes, asked at once: a page waits for the slowest alone."""
    return [asked.result() for asked in [_asking.submit(call) for call in calls]]


def _answered(ids: Sequence[UUID], ask: Callable[[UUID], T | None]) -> dict[UUID, T]:
    if len(ids) <= 1:
        return {about: answer for about in ids if (answer := ask(about)) is not None}
    asked = {_asking.submit(ask, about): about for about in ids}
    finished, late = wait(asked, timeout=ALL_ANSWERS_S_MAX)
    for question in late:
        question.cancel()
    answers = {asked[answer]: answer.result() for answer in finished}
    return {about: answer for about in ids if (answer := answers.get(about)) is not None}


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
