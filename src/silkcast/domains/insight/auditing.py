"""Proves a show's three accounts of itself against each other: the books, the airtime ledger and the signals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from silkcast.domains.audience import api as audience
from silkcast.domains.insight.queries import get_airtime
from silkcast.domains.payments.api import sales_of_shows
from silkcast.domains.studio.api import shows_between
from silkcast.domains.studio.contracts import ShowView
from silkcast.kernel.context import Context

# What was sold a moment ago may still be on its way to the signals: asked again after so long.
TOLD_WITHIN_S = (0.0, 1.0, 3.0)
SHOW_S_MAX = 120.0  # reading a long show's log again takes its time


def airtime_differences(ctx: Context, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """What the airtime of shows begun in [since, until) says otherwise than the books; empty when all is well."""
    return [found for show in shows_between(ctx, since, until) for found in _of_airtime(ctx, show)]


def signal_differences(ctx: Context, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """What live numbers of those shows say otherwise than their log or the books; WireError when the role is away."""
    return [found for show in shows_between(ctx, since, until) for found in _of_signals(ctx, show)]


def _of_airtime(ctx: Context, show: ShowView) -> Iterator[dict[str, Any]]:
    """The minutes add up to the books' own sums, and their GMV to what the orders were captured for."""
    airtime = get_airtime(ctx, show.id)
    if not airtime.books.is_equal:
        yield {"show": show.number, "airtime": str(airtime.books.airtime), "books": str(airtime.books.ledger)}
    captured = sales_of_shows(ctx, [show.id])[show.id].gmv
    if airtime.totals.gmv != captured:
        yield {"show": show.number, "airtime_gmv": str(airtime.totals.gmv), "captured": str(captured)}


def _of_signals(ctx: Context, show: ShowView) -> Iterator[dict[str, Any]]:
    """Live numbers are those of the log counted again, and the takings among them are the books'."""
    before = _booked(ctx, show)
    for wait_s in TOLD_WITHIN_S:
        time.sleep(wait_s)
        counted = audience.recounted(ctx.base_id, show.id, deadline_s=SHOW_S_MAX)
        told = (counted.again["gmv_minor"], counted.again["refunds_minor"]) if counted is not None else (0, 0)
        booked = _booked(ctx, show)
        # Both only grow, and what is sold meanwhile is booked first and told after.
        is_told = all(least <= heard <= most for least, heard, most in zip(before, told, booked, strict=True))
        if is_told:
            break
    if counted is not None and not counted.is_equal:
        yield {"show": show.number, "live": counted.live, "recounted": counted.again}
    if not is_told:
        yield {"show": show.number, "signals": told, "books": booked}


def _booked(ctx: Context, show: ShowView) -> tuple[int, int]:
    sales = sales_of_shows(ctx, [show.id])[show.id]
    return sales.gmv.minor, sales.refunds.minor
