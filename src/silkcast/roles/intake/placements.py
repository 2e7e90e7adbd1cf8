"""Where in a show a purchase falls. Asked of the studio, and remembered for a second, since thousands ask the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from silkcast.domains.catalog.api import product_of_skus
from silkcast.domains.orders.contracts import OnAir, Placement
from silkcast.domains.studio.api import (
    fee_at,
    get_show,
    list_live_shows,
    list_pitches,
    own_shop_destination,
    programme_ms,
    today,
)
from silkcast.domains.studio.contracts import PitchView, ShowState, ShowView
from silkcast.domains.studio.engine.pitches import pitch_at
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.errors import Conflict, Missing
from silkcast.kernel.ids import BaseId

REMEMBER_S = 1.0
GRACE_S = 60  # a buyer who pressed the button on air may still be typing an address
REMEMBERED_MAX = 512
Placed = tuple[Placement, OnAir, dict[UUID, UUID | None]]  # and per SKU the pitch that is credited


class ShowNotOnAir(Conflict):
    code = "orders.show_not_on_air"


@dataclass(frozen=True, slots=True)
class _Known:
    show: ShowView
    pitches: list[PitchView]
    fee_bp: int


class Placements:
    """One thread's memory of shows; `clock` is monotonic seconds."""

    def __init__(self) -> None:
        self._known: dict[tuple[UUID, UUID, UUID | None], tuple[float, _Known | Missing]] = {}
        self._products: dict[UUID, UUID] = {}
        self._on_air: dict[UUID, tuple[float, tuple[OnAir, ...]]] = {}

    def on_air(self, base_id: BaseId, at: datetime, clock: float) -> tuple[OnAir, ...]:
        """The shows of the base that are."""
        until, known = self._on_air.get(base_id, (clock, ()))
        if until <= clock:
            known = tuple(map(_on_air, list_live_shows(Context(base_id=base_id, actor=SYSTEM, at=at))))
            self._on_air[base_id] = (clock + REMEMBER_S, known)
        return known

    def learn_products(self, base_id: BaseId, sku_ids: Iterable[UUID], at: datetime) -> None:
        """Of all that a batch wants in shows, so that what nobody sells is looked up once."""
        unknown = [sku_id for sku_id in sku_ids if sku_id not in self._products]
        if unknown:
            if len(self._products) > 100_000:
                self._products.clear()
            self._products.update(product_of_skus(Context(base_id=base_id, actor=SYSTEM, at=at), unknown))

    def place(
        self,
        base_id: BaseId,
        show_id: UUID,
        destination_id: UUID | None,
        sku_ids: Iterable[UUID],
        at: datetime,
        clock: float,
    ) -> Placed:
        """ShowNotOnAir before it and after its end; a SKU whose product was not learned is credited to no pitch."""
        ctx = Context(base_id=base_id, actor=SYSTEM, at=at)
        known = self._show(ctx, show_id, destination_id, clock)
        ended_at = known.show.ended_at
        is_over = ended_at is not None and at > ended_at + timedelta(seconds=GRACE_S)
        if known.show.state is ShowState.PLANNED or is_over:
            raise ShowNotOnAir(show_id=str(show_id))
        at_ms = programme_ms(known.show, at)
        pitches: dict[UUID, UUID | None] = {}
        for sku_id in sku_ids:
            product_id = self._products.get(sku_id)
            found = pitch_at(known.pitches, product_id, at_ms) if product_id else None
            pitches[sku_id] = found.id if found else None
        placement = Placement(show_id=known.show.id, programme_ms=at_ms, platform_fee_bp=known.fee_bp)
        return placement, _on_air(known.show), pitches

    def _show(self, ctx: Context, show_id: UUID, destination_id: UUID | None, clock: float) -> _Known:
        key = (ctx.base_id, show_id, destination_id)
        until, known = self._known.get(key, (clock, None))
        if known is None or until < clock:
            try:
                known = _look_up(ctx, show_id, destination_id)
            except Missing as refusal:
                known = refusal
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[key] = (clock + REMEMBER_S, known)
        if isinstance(known, Missing):
            raise known.with_traceback(None)
        return known


def _look_up(ctx: Context, show_id: UUID, destination_id: UUID | None) -> _Known:
    show = get_show(replace(ctx, merchant_id=None), show_id)
    on = today(ctx)  # fees change at the base's own midnight
    fee = fee_at(ctx, destination_id, on) if destination_id else own_shop_destination(ctx, on).fee_bp
    return _Known(show, list_pitches(ctx, show_id), fee)


def _on_air(show: ShowView) -> OnAir:
    assert show.started_at is not None, "what is on air has begun"
    return OnAir(show_id=show.id, since=show.started_at)
