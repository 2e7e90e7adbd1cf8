from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Sum

from silkcast.domains.inventory.contracts import (
    MovementKind,
    MovementView,
    ReservationState,
    StockView,
    WarehouseKind,
    WarehouseView,
)
from silkcast.domains.inventory.models import Movement, Reservation, Stock, Warehouse
from silkcast.kernel.context import Context
from silkcast.kernel.ids import SkuId
from silkcast.kernel.storage.lookups import columns_of


def units_free(ctx: Context, sku_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Units that can still be sold, over all warehouses; 0 for a SKU without a shelf."""
    wanted = set(sku_ids)
    return {**dict.fromkeys(wanted, 0), **units_free_on_shelves(ctx, wanted)}


def units_free_on_shelves(ctx: Context, sku_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The same in one read, without the SKUs that have no shelf: whether there is such a SKU is not asked."""
    free: dict[UUID, int] = {}
    for sku_id, on_hand, reserved in columns_of(
        Stock, ("sku_id", "units_on_hand", "units_reserved"), ctx.base_id, sku_id=set(sku_ids)
    ):
        free[sku_id] = free.get(sku_id, 0) + on_hand - reserved
    return free


def list_stock(ctx: Context, sku_ids: Iterable[UUID]) -> list[StockView]:
    return [
        StockView(
            sku_id=SkuId(row.sku_id),
            warehouse_id=row.warehouse_id,
            units_on_hand=row.units_on_hand,
            units_reserved=row.units_reserved,
        )
        for row in Stock.objects.scoped(ctx).filter(sku_id__in=set(sku_ids)).order_by("sku_id", "warehouse_id")
    ]


def list_warehouses(ctx: Context) -> list[WarehouseView]:
    return [
        WarehouseView(id=row.id, name=row.name, kind=WarehouseKind(row.kind), country=row.country)
        for row in Warehouse.objects.scoped(ctx).order_by("position")
    ]


def list_movements(ctx: Context, sku_ids: Iterable[UUID], limit: int = 50) -> list[MovementView]:
    """Newest first."""
    rows = Movement.objects.scoped(ctx).filter(sku_id__in=set(sku_ids)).order_by("-at", "-id")[:limit]
    return [
        MovementView(
            at=row.at,
            kind=MovementKind(row.kind),
            sku_id=SkuId(row.sku_id),
            warehouse_id=row.warehouse_id,
            units_on_hand_change=row.units_on_hand_change,
            units_reserved_change=row.units_reserved_change,
            cause_id=row.cause_id,
        )
        for row in rows
    ]


def differences(ctx: Context) -> list[dict[str, object]]:
    """Shelves whose counts differ from the sums of their movements; empty when all is well."""
    sums = {
        (row["sku_id"], row["warehouse_id"]): (row["on_hand"], row["reserved"])
        for row in Movement.objects.scoped(ctx)
        .values("sku_id", "warehouse_id")
        .annotate(on_hand=Sum("units_on_hand_change"), reserved=Sum("units_reserved_change"))
    }
    found: list[dict[str, object]] = []
    for row in Stock.objects.scoped(ctx):
        counted = (row.units_on_hand, row.units_reserved)
        summed = sums.pop((row.sku_id, row.warehouse_id), (0, 0))
        if counted != summed:
            found.append({"sku_id": str(row.sku_id), "counted": counted, "summed": summed})
    found += [{"sku_id": str(key[0]), "counted": None, "summed": value} for key, value in sums.items() if any(value)]
    return found


def promised_units(ctx: Context, order_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], dict[ReservationState, int]]:
    """Units in reservations by order and SKU, split by the reservations' state."""
    found: dict[tuple[UUID, UUID], dict[ReservationState, int]] = {}
    rows = Reservation.objects.scoped(ctx).filter(order_id__in=order_ids)
    for row in rows.values("order_id", "sku_id", "state").annotate(total=Sum("units")):
        found.setdefault((row["order_id"], row["sku_id"]), {})[ReservationState(row["state"])] = row["total"]
    return found
