from __future__ import annotations

import contextlib
import functools
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.db.models import F, Q

from silkcast.domains.studio.contracts import ShowList, ShowState, ShowView
from silkcast.domains.studio.engine import pitches
from silkcast.domains.studio.engine.prices import price_words
from silkcast.domains.studio.models import Show
from silkcast.kernel.canonical import read_whole
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import BaseId, PersonId, RoomId, ShowId
from silkcast.kernel.money import Money
from silkcast.kernel.searching import found_in
from silkcast.kernel.storage.lookups import rows_by
from silkcast.kernel.texts import as_meant
from silkcast.media.lettering.check import undrawable

NUMBER_DIGITS_MAX = 9  # more is no show's number, and would not fit the column
EVERY_DIGIT = 1_234_567_890


def show_view(row: Show) -> ShowView:
    return ShowView(
        id=ShowId(row.id),
        base_id=BaseId(row.base_id),
        number=row.number,
        title=row.title,
        state=ShowState(row.state),
        room_id=RoomId(row.room_id),
        host_id=PersonId(row.host_id) if row.host_id else None,
        host_name=row.host_name,
        planned_at=row.planned_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        language=row.language,
        currency=row.currency,
        undrawable=_undrawable_price(row.language, row.currency),
    )


@functools.lru_cache(256)
def _undrawable_price(language: str, currency: str) -> str:
    return undrawable(price_words(Money(EVERY_DIGIT, currency), language))


def get_show(ctx: Context, show_id: UUID) -> ShowView:
    rows = rows_by(Show, ctx.base_id, id=[show_id])
    if not rows:
        raise Missing(kind="show", id=str(show_id))
    return show_view(rows[0])


def list_shows(
    ctx: Context,
    *,
    search: str = "",
    state: ShowState | None = None,
    room_id: UUID | None = None,
    before: int | None = None,
    offset: int = 0,
    limit: int = 50,
) -> ShowList:
    """Newest number first; found by title, host or number. `before` goes on below a number already seen."""
    rows = Show.objects.scoped(ctx).order_by("-number")
    if state is not None:
        rows = rows.filter(state=state.value)
    if room_id is not None:
        rows = rows.filter(room_id=room_id)
    search = search.strip()
    if search:
        found = found_in("searched", search)
        with contextlib.suppress(ValueError):
            found |= Q(number=read_whole(as_meant(search).removeprefix("#"), digits_max=NUMBER_DIGITS_MAX))
        rows = rows.filter(found)
    total = rows.count()
    if before is not None:
        rows = rows.filter(number__lt=before)
    return ShowList(items=tuple(show_view(row) for row in rows[offset : offset + limit]), total=total)


def shows_between(ctx: Context, since: datetime, until: datetime) -> list[ShowView]:
    """Those that began in [since, until), in the order of their beginning."""
    rows = Show.objects.scoped(ctx).filter(started_at__gte=since, started_at__lt=until).order_by("started_at", "id")
    return [show_view(row) for row in rows]


def base_of_show(show_id: UUID) -> BaseId | None:
    """Whose show it is, for pages that are reached by a public link and know nothing else."""
    base_id = Show.objects.across_bases().filter(id=show_id).values_list("base_id", flat=True).first()
    return BaseId(base_id) if base_id is not None else None


def show_names(ctx: Context, show_ids: set[UUID]) -> dict[UUID, str]:
    return dict(Show.objects.scoped(ctx).filter(id__in=show_ids).values_list("id", "title"))


def list_live_shows(ctx: Context) -> list[ShowView]:
    """What is on air in the base now, by room."""
    rows = rows_by(Show, ctx.base_id, state=[ShowState.LIVE.value])
    return [show_view(row) for row in sorted(rows, key=attrgetter("started_at", "id"))]


def find_live_show(ctx: Context, room_id: UUID) -> ShowView | None:
    row = Show.objects.scoped(ctx).filter(room_id=room_id, state=ShowState.LIVE.value).first()
    return show_view(row) if row is not None else None


def list_upcoming_shows(ctx: Context, *, room_id: UUID | None = None, limit: int = 10) -> list[ShowView]:
    """Planned shows, the soonest first; those without a time come last. One whose time has passed still waits."""
    rows = Show.objects.scoped(ctx).filter(state=ShowState.PLANNED.value)
    if room_id is not None:
        rows = rows.filter(room_id=room_id)
    soonest = rows.order_by(F("planned_at").asc(nulls_last=True), "number")
    return [show_view(row) for row in soonest[:limit]]


def programme_ms(show: ShowView, at: datetime) -> int:
    """Milliseconds on air at a moment: 0 before the show, and no more once it is over."""
    return pitches.programme_ms(show.started_at, show.ended_at, at)
