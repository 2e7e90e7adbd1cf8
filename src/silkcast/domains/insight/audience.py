"""How many watched, asked of the role that counts; None when it cannot be reached, and then nothing is guessed."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

import msgspec

from silkcast.domains.audience import api as audience
from silkcast.domains.audience.contracts import ShowMetrics
from silkcast.domains.studio.contracts import ShowView
from silkcast.kernel.context import Context
from silkcast.kernel.wire import WireError

logger = logging.getLogger(__name__)


def find_metrics(ctx: Context, show_id: UUID, *, in_brief: bool = False) -> ShowMetrics | None:
    """In brief without its minutes and products."""
    try:
        return audience.show_metrics(ctx.base_id, show_id, in_brief=in_brief)
    except (WireError, msgspec.ValidationError) as error:
        logger.warning("insight.audience_unknown", extra={"facts": {"show_id": str(show_id), "reason": str(error)}})
        return None


def viewers_of_minutes(show: ShowView, metrics: ShowMetrics, at: datetime) -> tuple[int, ...]:
    """One number for each minute of the programme begun so far; none for a show that has not begun."""
    if show.started_at is None:
        return ()
    ended_at = min(at, show.ended_at) if show.ended_at is not None else at
    return audience.viewers_by_minute(metrics, _unix_ms(show.started_at), _unix_ms(ended_at))


def find_viewers_by_minute(ctx: Context, show: ShowView) -> tuple[int, ...] | None:
    """By which ad spend is spread."""
    metrics = find_metrics(ctx, show.id)
    return viewers_of_minutes(show, metrics, ctx.at) if metrics is not None else None


def _unix_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
