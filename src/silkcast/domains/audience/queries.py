"""The signals role's answers, typed. Each call has a deadline and raises WireError when the role is away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from silkcast.domains.audience.contracts import Comment, Recounted, ShowMetrics
from silkcast.kernel.settings import load
from silkcast.kernel.wire import WireRefused, call_blocking

DEADLINE_S = 2.0
# Of a show, or of a whole base, without a single signal: the names are ours, so they cannot be bad.
NOTHING_YET = frozenset({"signals.unknown_show", "signals.bad_name"})
MINUTE_MS = 60_000


def ask(method: str, body: dict[str, Any], *, deadline_s: float = DEADLINE_S) -> Any:
    return call_blocking(load().socket("signals"), method, body, deadline_s=deadline_s)


def show_metrics(base_id: UUID, show_id: UUID, *, in_brief: bool = False) -> ShowMetrics:
    """In brief without its minutes and products: whoever shows sums asks so, since a long show has many of both."""
    try:
        told = ask("signals.metrics", {"base_id": str(base_id), "show_id": str(show_id), "in_brief": in_brief})
    except WireRefused as refusal:
        if refusal.refusal in NOTHING_YET:
            return ShowMetrics()
        raise
    return msgspec.convert(told, ShowMetrics)


def recounted(base_id: UUID, show_id: UUID, *, deadline_s: float) -> Recounted | None:
    """Live numbers beside those counted again from the log; None for a show without a single signal."""
    try:
        told = ask("signals.recompute", {"base_id": str(base_id), "show_id": str(show_id)}, deadline_s=deadline_s)
    except WireRefused as refusal:
        if refusal.refusal in NOTHING_YET:
            return None
        raise
    return Recounted(is_equal=told["equal"], live=told["live"], again=told["recomputed"])


def sealed_windows(base_id: UUID, show_id: UUID, *, watermark_ms: int) -> bytes:
    """The minutes of a show that were sealed by then, a line of JSON each: the same bytes whoever counted them."""
    asked = {"base_id": str(base_id), "show_id": str(show_id), "watermark_ms": watermark_ms}
    try:
        return bytes(ask("signals.export", asked))
    except WireRefused as refusal:
        if refusal.refusal in NOTHING_YET:
            return b""
        raise


def list_comments(base_id: UUID, show_id: UUID, *, limit: int = 100, before: str | None = None) -> list[Comment]:
    """The last ones, oldest first; `before` goes on above a comment already seen. Erased ones are left out."""
    asked = {"base_id": str(base_id), "show_id": str(show_id), "limit": limit, "before": before}
    try:
        told = ask("signals.comments", asked)
    except WireRefused as refusal:
        if refusal.refusal in NOTHING_YET:
            return []
        raise
    return msgspec.convert(told, list[Comment])[::-1]


def viewers_by_minute(metrics: ShowMetrics, started_ms: int, ended_ms: int) -> tuple[int, ...]:
    """Viewers in each minute of programme time: those of the clock's minute in which its middle falls."""
    counted = {minute.minute_ms: minute.viewers for minute in metrics.series}
    minutes = max(1, -(-(ended_ms - started_ms) // MINUTE_MS))
    middles = (started_ms + number * MINUTE_MS + MINUTE_MS // 2 for number in range(minutes))
    return tuple(counted.get(middle - middle % MINUTE_MS, 0) for middle in middles)
