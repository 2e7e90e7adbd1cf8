"""Promises to orders, made and ended inside the transaction of the caller's action.

The caller holds the turnstile (SQLite) or the shelves' row locks, taken in one order; every change is one conditional
statement all the same, and the table's constraints stand behind both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F

from silkcast.domains.inventory.contracts import MovementKind, Need, ReservationState
from silkcast.domains.inventory.engine.allocation import Allocation, Pick, Shelf
from silkcast.domains.inventory.errors import OutOfStock
from silkcast.domains.inventory.models import Movement, Reservation, Stock, Warehouse
from silkcast.kernel.context import Context
from silkcast.kernel.ids import new_id, new_ids
from silkcast.kernel.storage.batches import change_each, insert_rows
from silkcast.kernel.storage.lookups import columns_of

STOCK_COLUMNS = ("id", "sku_id", "warehouse_id", "units_on_hand", "units_reserved")
TAKE = (
    "UPDATE inventory_stock SET units_reserved = units_reserved + %s "
    "WHERE base_id = %s AND id = %s AND units_on_hand >= units_reserved + %s"
)


class Promises:
    """New promises to many carts: decided one by one under the shelves' locks, written together."""

    def __init__(self, ctx: Context, sku_ids: Iterable[UUID]) -> None:
        self._ctx = ctx
        self._allocation = Allocation(_shelves(ctx, set(sku_ids)))
        self._picks: list[tuple[Pick, UUID | None]] = []

    def take(self, cart: Sequence[Need], cause_id: UUID | None) -> OutOfStock | None:
        """Set the cart's units aside, or say which are missing; a refused cart takes nothing."""
        taken = self._allocation.take(cart)
        if isinstance(taken, Need):
            return OutOfStock(sku_id=str(taken.sku_id), units=taken.units)
        self._picks += [(pick, cause_id) for pick in taken]
        return None

    def write(self, expires_at: datetime) -> None:
        """Lower what is free by one statement per shelf, and leave a reservation and a movement for each promise."""
        ordered = sorted(self._allocation.taken().items(), key=lambda item: item[0].hex)
        taken = [(units, self._ctx.base_id, stock_id, units) for stock_id, units in ordered if units]
        changed = change_each(TAKE, taken)
        assert all(rows == 1 for rows in changed), "a shelf changed under its own lock"
        ids = iter(new_ids(2 * len(self._picks)))
        reservations, movements = [], []
        for pick, cause_id in self._picks:
            owner = {
                "base_id": self._ctx.base_id,
                "merchant_id": pick.need.merchant_id,
                "order_id": pick.need.order_id,
                "sku_id": pick.need.sku_id,
                "warehouse_id": pick.warehouse_id,
            }
            held = {"units": pick.units, "state": ReservationState.HELD.value, "expires_at": expires_at}
            reservations.append({"id": next(ids), **owner, **held})
            movement = _movement(self._ctx, owner, MovementKind.RESERVE, 0, pick.units, cause_id)
            movements.append({"id": next(ids), **movement})
        insert_rows(Reservation, reservations)
        insert_rows(Movement, movements)


def _shelves(ctx: Context, sku_ids: set[UUID]) -> dict[UUID, list[Shelf]]:
    order = dict(columns_of(Warehouse, ("id", "position"), ctx.base_id))
    rows = columns_of(Stock, STOCK_COLUMNS, ctx.base_id, lock=True, sku_id=sku_ids)
    found: dict[UUID, list[Shelf]] = {}
    for stock_id, sku_id, warehouse_id, on_hand, reserved in sorted(rows, key=lambda row: order[row[2]]):
        found.setdefault(sku_id, []).append(Shelf(stock_id, warehouse_id, on_hand - reserved))
    return found


def _movement(
    ctx: Context,
    owner: dict[str, UUID],
    kind: MovementKind,
    on_hand: int,
    reserved: int,
    cause_id: UUID | None,
) -> dict[str, object]:
    return {
        **owner,
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
        owner = {
            "base_id": ctx.base_id,
            "merchant_id": row.merchant_id,
            "order_id": row.order_id,
            "sku_id": row.sku_id,
            "warehouse_id": row.warehouse_id,
        }
        kind = MovementKind.SHIP if leaves else MovementKind.RELEASE
        movement = _movement(ctx, owner, kind, -row.units if leaves else 0, -row.units, ctx.cause_id)
        movements.append({"id": new_id(), **movement})
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
