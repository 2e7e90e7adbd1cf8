from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from silkcast.domains.studio.contracts import PitchView

PITCH_CREDIT_MS = 600_000  # for how long after its start a pitch is credited with orders of its product
_MS = timedelta(milliseconds=1)


def programme_ms(started_at: datetime | None, ended_at: datetime | None, at: datetime) -> int:
    """Milliseconds on air at a moment: 0 before the show, and no more once it is over.

    >>> from datetime import UTC
    >>> nine = datetime(2026, 11, 22, 9, tzinfo=UTC)
    >>> programme_ms(nine, None, nine + timedelta(seconds=90))
    90000
    """
    if started_at is None:
        return 0
    last = at if ended_at is None else min(at, ended_at)
    return max(0, (last - started_at) // _MS)


def pitch_at(pitches: Iterable[PitchView], product_id: UUID, at_ms: int) -> PitchView | None:
    """The pitch to which something at that programme time is credited: the product's last one that started by then,
    and no longer than PITCH_CREDIT_MS before."""
    begun = [p for p in pitches if p.product_id == product_id and 0 <= at_ms - p.started_ms <= PITCH_CREDIT_MS]
    return max(begun, key=lambda pitch: pitch.started_ms, default=None)


def pitched_ms(pitches: Iterable[PitchView], now_ms: int) -> int:
    """How long these pitches lasted together; an open one lasts until now."""
    return sum(max(0, (now_ms if p.ended_ms is None else p.ended_ms) - p.started_ms) for p in pitches)
