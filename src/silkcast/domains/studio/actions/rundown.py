from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.catalog import api as catalog
from silkcast.domains.studio.actions.pitches import LineRef
from silkcast.domains.studio.contracts import LineState
from silkcast.domains.studio.engine.order import placed
from silkcast.domains.studio.errors import LineOnPitch, RundownFull
from silkcast.domains.studio.events import RundownArranged
from silkcast.domains.studio.locks import lock_open_show
from silkcast.domains.studio.models import RundownLine, Show
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import ProductId, ShowId, new_id

LINES_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToRundown:
    """`position` counts from 1; None is the end."""

    show_id: ShowId
    product_id: ProductId
    position: int | None = None


@action("studio.add_to_rundown", request=AddToRundown, permission="studio.arrange_rundown", icon="plus")
def add_to_rundown(ctx: Context, request: AddToRundown) -> LineRef:
    """Put a product into the rundown. One that stands there already stays where it is."""
    show = lock_open_show(ctx, request.show_id)
    lines = _lines(ctx, show)
    for line in lines:
        if line.product_id == request.product_id:
            return LineRef(line_id=line.id)
    if len(lines) >= LINES_MAX:
        raise RundownFull(most=LINES_MAX)
    # Refuses a product of another base, and one without a price in the show's currency.
    catalog.get_product(ctx, request.product_id, currency=show.currency, show_id=show.id)
    added = RundownLine(
        id=new_id(),
        base_id=ctx.base_id,
        show_id=show.id,
        product_id=request.product_id,
        position=len(lines) + 1,
    )
    added.save(force_insert=True)
    _arrange(ctx, [*lines, added], placed([line.id for line in lines], added.id, request.position))
    _say(ctx, show, "added", added)
    return LineRef(line_id=added.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveInRundown:
    """`position` counts from 1; beyond the end is the end."""

    show_id: ShowId
    line_id: UUID
    position: int


@action("studio.move_in_rundown", request=MoveInRundown, permission="studio.arrange_rundown", icon="grip")
def move_in_rundown(ctx: Context, request: MoveInRundown) -> LineRef:
    """Give a line another place in the rundown, also on air."""
    show = lock_open_show(ctx, request.show_id)
    lines = _lines(ctx, show)
    moved = RundownLine.objects.scoped(ctx).one(id=request.line_id, show_id=show.id)
    before = [line.id for line in lines]
    after = placed(before, moved.id, request.position)
    if after != before:
        _arrange(ctx, lines, after)
        moved.position = after.index(moved.id) + 1
        _say(ctx, show, "moved", moved)
    return LineRef(line_id=moved.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFromRundown:
    show_id: ShowId
    line_id: UUID


@action("studio.remove_from_rundown", request=RemoveFromRundown, permission="studio.arrange_rundown", icon="remove")
def remove_from_rundown(ctx: Context, request: RemoveFromRundown) -> LineRef:
    """Take a line out of the rundown; its past pitches stay. Not while it is on pitch."""
    show = lock_open_show(ctx, request.show_id)
    lines = _lines(ctx, show)
    line = RundownLine.objects.scoped(ctx).one(id=request.line_id, show_id=show.id)
    if line.state == LineState.ON_PITCH.value:
        raise LineOnPitch
    RundownLine.objects.scoped(ctx).filter(id=line.id).delete()
    left = [other for other in lines if other.id != line.id]
    _arrange(ctx, left, [other.id for other in left])
    _say(ctx, show, "removed", line)
    return LineRef(line_id=line.id)


def _lines(ctx: Context, show: Show) -> list[RundownLine]:
    return list(RundownLine.objects.scoped(ctx).filter(show_id=show.id).order_by("position", "id"))


def _arrange(ctx: Context, lines: Sequence[RundownLine], order: Sequence[UUID]) -> None:
    """Number the lines 1, 2, 3… in this order, in one statement."""
    changed = []
    for line in lines:
        position = order.index(line.id) + 1
        if line.position != position:
            line.position = position
            changed.append(line)
    RundownLine.objects.scoped(ctx).bulk_update(changed, ["position"])


def _say(ctx: Context, show: Show, change: str, line: RundownLine) -> None:
    announce(
        ctx,
        RundownArranged(
            show_id=ShowId(show.id),
            change=change,
            line_id=line.id,
            product_id=ProductId(line.product_id),
            position=None if change == "removed" else line.position,
        ),
    )
