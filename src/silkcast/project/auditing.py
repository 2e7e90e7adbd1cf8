"""`silkcast audit`: proves stock, orders, books, airtime and signals against each other, for any period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import django

from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.errors import Invalid, NotPrepared
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import WireError

# What was placed a moment ago may still be on its way from the books to the signals.
SETTLED_AFTER = timedelta(seconds=10)
# Nothing of ours is older, and the days around a period must still be days of the calendar.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
UNKNOWN_AFTER = timedelta(minutes=15)  # a payment without an outcome for so long is no longer merely under way


class PeriodUnclear(Invalid):
    code = "kernel.period_unclear"


def audit(settings: Settings, since: str, until: str) -> int:
    """Print what disagrees among what was placed and begun in [since, until); 0 when nothing does, 1 otherwise.

    Both are ISO 8601 moments, UTC where they name no zone; empty means from the beginning, and until a moment ago.
    """
    began = _moment(since) or EARLIEST
    ended = _moment(until) or datetime.now(UTC) - SETTLED_AFTER
    django.setup()
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    from silkcast.domains.base.api import list_bases

    if not MigrationRecorder(connection).has_table():
        raise NotPrepared(data=str(settings.data))

    wrong = 0
    for base in list_bases():
        ctx = Context(base_id=base.id, actor=SYSTEM, at=datetime.now(UTC))
        for what, found in _differences(ctx, began, ended).items():
            wrong += len(found)
            print(f"{base.slug}: {what}: {'ok' if not found else ''}")
            for one in found:
                print(f"  {one}")
    return 1 if wrong else 0


def _differences(ctx: Context, since: datetime, until: datetime) -> dict[str, list[Any]]:
    from silkcast.domains.insight import api as insight
    from silkcast.domains.inventory import api as inventory
    from silkcast.domains.orders import api as orders
    from silkcast.domains.payments import api as payments

    found: dict[str, list[Any]] = {
        "stock": list(inventory.differences(ctx)),
        "books": list(payments.differences(ctx)),
        "payments": list(payments.unsettled(ctx, since, until, ctx.at - UNKNOWN_AFTER)),
        "orders": list(orders.differences(ctx, since, until)),
        "airtime": list(insight.airtime_differences(ctx, since, until)),
    }
    try:
        found["signals"] = list(insight.signal_differences(ctx, since, until))
    except WireError as error:
        found["signals"] = [f"not asked, the signals role is away: {error}"]
    return found


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        told = datetime.fromisoformat(text)
        told = told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PeriodUnclear(text=text) from None
    if not EARLIEST <= told < LATEST:
        raise PeriodUnclear(text=text)
    return told
