"""Promises to orders, made and ended inside the transaction of the caller's action.

The caller holds the turnstile (SQLite) or the shelves' row locks, taken in one order; every change is one conditional
statement all the same, and the table's constraints stand behind both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F

from silkcast.domains.inventory.contracts import MovementKind, Need, ReservationState
from silkcast.domains.inventory.engine.allocation import Pick, Shelf, allocate
from silkcast.domains.inventory.errors import OutOfStock
from silkcast.domains.inventory.models import Movement, Reservation, Stock, Warehouse
from silkcast.kernel.context import Context
from silkcast.kernel.ids import new_id
from silkcast.kernel.storage.batches import change_each, insert_rows

TAKE = (
    "UPDATE inventory_stock SET units_reserved = units_reserved + %s "
    "WHERE id = %s AND units_on_hand >= units_reserved + %s"
)


def reserve(
    ctx: Context, carts: Sequence[Sequence[Need]], expires_at: datetime, causes: Sequence[UUID | None]
) -> dict[int, OutOfStock]:
    """Promise units to many carts at once; the refusals by cart index. A refused cart takes nothing."""
    wanted: set[UUID] = {need.sku_id for cart in carts for need in cart}
    picks, failed = allocate(carts, _shelves(ctx, wanted))
    sums: dict[UUID, int] = {}
    for pick in (pick for taken in picks for pick in taken):
        sums[pick.stock_id] = sums.get(pick.stock_id, 0) + pick.units
    ordered = sorted(sums.items(), key=lambda item: item[0].hex)
    changed = change_each(TAKE, [(units, stock_id, units) for stock_id, units in ordered])
    assert all(rows == 1 for rows in changed), "a shelf changed under its own lock"
    _write(ctx, picks, expires_at, causes)
    return {index: OutOfStock(sku_id=str(need.sku_id), units=need.units) for index, need in failed.items()}


def _shelves(ctx: Context, sku_ids: set[UUID]) -> dict[UUID, list[Shelf]]:
    order = dict(Warehouse.objects.of(ctx.base_id).values_list("id", "position"))
    rows = Stock.objects.of(ctx.base_id).filter(sku_id__in=sku_ids).order_by("id")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    found: dict[UUID, list[Shelf]] = {}
    for row in sorted(rows, key=lambda row: order[row.warehouse_id]):
        found.setdefault(row.sku_id, []).append(Shelf(row.id, row.warehouse_id, row.units_on_hand - row.units_reserved))
    return found


def _write(ctx: Context, picks: Sequence[Sequence[Pick]], expires_at: datetime, causes: Sequence[UUID | None]) -> None:
    reservations = []
    movements = []
    for taken, cause_id in zip(picks, causes, strict=True):
        for pick in taken:
            owner = {"base_id": ctx.base_id, "merchant_id": pick.need.merchant_id, "order_id": pick.need.order_id}
            where = {"sku_id": pick.need.sku_id, "warehouse_id": pick.warehouse_id}
            held = {"units": pick.units, "state": ReservationState.HELD.value, "expires_at": expires_at}
            reservations.append({"id": new_id(), **owner, **where, **held})
            movements.append(_movement(ctx, owner, where, MovementKind.RESERVE, 0, pick.units, cause_id))
    insert_rows(Reservation, reservations)
    insert_rows(Movement, movements)


def _movement(
    ctx: Context,
    owner: dict[str, UUID],
    where: dict[str, UUID],
    kind: MovementKind,
    on_hand: int,
    reserved: int,
    cause_id: UUID | None,
) -> dict[str, object]:
    return {
        "id": new_id(),
        **owner,
        **where,
        "kind": kind.value,
        "units_on_hand_change": on_hand,
        "units_reserved_change": reserved,
        "reason": "",
        "cause_id": cause_id,
        "at": ctx.at,
    }


def claim(ctx: Context, order_id: UUID) -> int:
    """Paid: the promise no longer expires. Returns the units claimed, 0 when it was released before."""
    rows = Reservation.objects.of(ctx.base_id).filter(order_id=order_id, state=ReservationState.HELD.value)
    units = sum(row.units for row in rows)
    rows.update(state=ReservationState.CLAIMED.value, expires_at=None)
    return units


def release(ctx: Context, order_id: UUID) -> int:
    """Give the units back to the shelf; releasing twice changes nothing. Returns the units released."""
    return _end(ctx, order_id, (ReservationState.HELD, ReservationState.CLAIMED), ReservationState.RELEASED)


def ship(ctx: Context, order_id: UUID) -> int:
    """The goods leave the shelf; shipping twice changes nothing. Returns the units shipped."""
    return _end(ctx, order_id, (ReservationState.CLAIMED,), ReservationState.SHIPPED)


def _end(ctx: Context, order_id: UUID, found: Sequence[ReservationState], state: ReservationState) -> int:
    leaves = state is ReservationState.SHIPPED
    rows = list(
        Reservation.objects.of(ctx.base_id)
        .filter(order_id=order_id, state__in=[s.value for s in found])
        .order_by("warehouse_id", "sku_id")
    )
    movements = []
    for row in rows:
        changes = {"units_reserved": F("units_reserved") - row.units}
        if leaves:
            changes["units_on_hand"] = F("units_on_hand") - row.units
        Stock.objects.of(ctx.base_id).filter(sku_id=row.sku_id, warehouse_id=row.warehouse_id).update(**changes)
        owner = {"base_id": ctx.base_id, "merchant_id": row.merchant_id, "order_id": row.order_id}
        where = {"sku_id": row.sku_id, "warehouse_id": row.warehouse_id}
        kind = MovementKind.SHIP if leaves else MovementKind.RELEASE
        movements.append(_movement(ctx, owner, where, kind, -row.units if leaves else 0, -row.units, ctx.cause_id))
    Reservation.objects.of(ctx.base_id).filter(id__in=[row.id for row in rows]).update(
        state=state.value, expires_at=None
    )
    insert_rows(Movement, movements)
    return sum(row.units for row in rows)


def extend(ctx: Context, order_ids: Sequence[UUID], expires_at: datetime) -> int:
    """Payment has begun: hold the units until it is known how it ended."""
    return int(
        Reservation.objects.of(ctx.base_id)
        .filter(order_id__in=order_ids, state=ReservationState.HELD.value)
        .update(expires_at=expires_at)
    )
