from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from silkcast.domains.studio.contracts import LineState, LineView, PitchView, ShowView
from silkcast.domains.studio.engine import pitches as engine
from silkcast.domains.studio.models import Pitch, RundownLine
from silkcast.domains.studio.queries.shows import list_live_shows, programme_ms
from silkcast.kernel.context import Context
from silkcast.kernel.ids import ProductId, ShowId
from silkcast.kernel.storage.lookups import columns_of, rows_by


def _pitch_view(row: Pitch) -> PitchView:
    return PitchView(
        id=row.id,
        show_id=ShowId(row.show_id),
        product_id=ProductId(row.product_id),
        line_id=row.line_id,
        started_ms=row.started_ms,
        ended_ms=row.ended_ms,
        started_at=row.started_at,
    )


def list_pitches(ctx: Context, show_id: UUID) -> list[PitchView]:
    """Every pitch of a show, in the order in which they began."""
    rows = rows_by(Pitch, ctx.base_id, show_id=[show_id])
    return [_pitch_view(row) for row in sorted(rows, key=attrgetter("started_ms", "id"))]


def pitch_at(ctx: Context, show_id: UUID, product_id: UUID, at_ms: int) -> PitchView | None:
    """The pitch to which an order of the product at that programme time is credited; None is "unpitched"."""
    rows = Pitch.objects.scoped(ctx).filter(
        show_id=show_id,
        product_id=product_id,
        started_ms__lte=at_ms,
        started_ms__gte=at_ms - engine.PITCH_CREDIT_MS,
    )
    return engine.pitch_at([_pitch_view(row) for row in rows], product_id, at_ms)


def find_open_pitch(ctx: Context, show_id: UUID) -> PitchView | None:
    """What is presented now."""
    row = Pitch.objects.scoped(ctx).filter(show_id=show_id, ended_ms=None).first()
    return _pitch_view(row) if row is not None else None


def open_pitches(ctx: Context, show_ids: Collection[UUID]) -> dict[UUID, PitchView]:
    """What is presented now, by show."""
    rows = Pitch.objects.scoped(ctx).filter(show_id__in=show_ids, ended_ms=None)
    return {row.show_id: _pitch_view(row) for row in rows}


def shows_presenting(ctx: Context, product_ids: Collection[UUID], show_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """For each product that one of the shows has in its rundown: those shows."""
    wanted = ("product_id", "show_id")
    found: dict[UUID, set[UUID]] = {}
    for product_id, show_id in columns_of(RundownLine, wanted, ctx.base_id, show_id=show_ids, product_id=product_ids):
        found.setdefault(product_id, set()).add(show_id)
    return found


def shows_selling(ctx: Context, product_id: UUID) -> list[UUID]:
    """The shows on air that have the product in their rundown."""
    on_air = [show.id for show in list_live_shows(ctx)]
    return sorted(shows_presenting(ctx, [product_id], on_air).get(product_id, ()))


def list_rundown(
    ctx: Context, show: ShowView, at: datetime, *, pitches: Sequence[PitchView] | None = None
) -> list[LineView]:
    """The lines in their order, numbered from 1, with the time that each has had so far.

    `pitches` are the show's, where they have been read already.
    """
    now_ms = programme_ms(show, at)
    by_line: dict[UUID, list[PitchView]] = {}
    for pitch in list_pitches(ctx, show.id) if pitches is None else pitches:
        by_line.setdefault(pitch.line_id, []).append(pitch)
    lines = []
    for row in sorted(rows_by(RundownLine, ctx.base_id, show_id=[show.id]), key=attrgetter("position", "id")):
        held = by_line.get(row.id, [])
        is_on_pitch = row.state == LineState.ON_PITCH.value
        lines.append(
            LineView(
                id=row.id,
                product_id=ProductId(row.product_id),
                position=row.position,
                state=LineState(row.state),
                pitch_started_at=held[-1].started_at if is_on_pitch and held else None,
                pitched_ms=engine.pitched_ms(held, now_ms),
            )
        )
    return lines


def get_line(ctx: Context, show: ShowView, line_id: UUID, at: datetime) -> LineView:
    RundownLine.objects.scoped(ctx).one(id=line_id, show_id=show.id)
    return next(line for line in list_rundown(ctx, show, at) if line.id == line_id)
