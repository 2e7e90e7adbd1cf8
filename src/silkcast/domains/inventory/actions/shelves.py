from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Max

from silkcast.domains.catalog.api import owner_of_sku
from silkcast.domains.inventory.contracts import MovementKind, WarehouseKind
from silkcast.domains.inventory.errors import OutOfStock, WarehouseNameTaken, WouldBreakPromise
from silkcast.domains.inventory.events import StockMoved
from silkcast.domains.inventory.models import Movement, Stock, Warehouse
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid, Missing
from silkcast.kernel.events import announce
from silkcast.kernel.ids import MerchantId, SkuId, new_id
from silkcast.kernel.places import country_of
from silkcast.kernel.signs import is_alike
from silkcast.kernel.texts import name_of

UNITS_MAX = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWarehouse:
    name: str
    kind: WarehouseKind
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseRef:
    warehouse_id: UUID


@action("inventory.add_warehouse", request=AddWarehouse, permission="inventory.add_warehouse", icon="plus")
def add_warehouse(ctx: Context, request: AddWarehouse) -> WarehouseRef:
    """Open a warehouse; stock is promised from the earlier ones first."""
    name, country = name_of(request.name), country_of(request.country)
    if is_alike(name, Warehouse.objects.scoped(ctx).values_list("name", flat=True)):
        raise WarehouseNameTaken(name=name)
    last = Warehouse.objects.scoped(ctx).aggregate(last=Max("position"))["last"] or 0
    warehouse = Warehouse(
        id=new_id(),
        base_id=ctx.base_id,
        name=name,
        kind=request.kind.value,
        country=country,
        position=last + 1,
    )
    warehouse.save(force_insert=True)
    return WarehouseRef(warehouse_id=warehouse.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStock:
    """receive adds units; count sets the units on hand; transfer takes units to `to_warehouse_id`."""

    kind: MovementKind
    sku_id: SkuId
    merchant_id: MerchantId
    warehouse_id: UUID
    to_warehouse_id: UUID | None = None
    units: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRef:
    sku_id: SkuId


@action(
    "inventory.move_stock",
    request=MoveStock,
    permission="inventory.move_stock",
    icon="parcel",
    personal=("reason",),
    by_merchant=True,
)
def move_stock(ctx: Context, request: MoveStock) -> StockRef:
    """Receive, count or transfer units of a SKU."""
    least = 0 if request.kind is MovementKind.COUNT else 1
    if not least <= request.units <= UNITS_MAX:
        raise Invalid(reason="units")
    if owner_of_sku(ctx, request.sku_id) != request.merchant_id:
        raise Missing(kind="sku", id=str(request.sku_id))
    Warehouse.objects.scoped(ctx).one(id=request.warehouse_id)
    if request.kind is MovementKind.RECEIVE:
        _add(ctx, request, request.warehouse_id, request.units)
    elif request.kind is MovementKind.COUNT:
        _count(ctx, request)
    elif request.kind is MovementKind.TRANSFER and request.to_warehouse_id:
        Warehouse.objects.scoped(ctx).one(id=request.to_warehouse_id)
        _take(ctx, request)
        _add(ctx, request, request.to_warehouse_id, request.units)
    else:
        raise Invalid(reason="kind")
    announce(
        ctx,
        StockMoved(
            sku_id=request.sku_id, merchant_id=request.merchant_id, kind=request.kind.value, units=request.units
        ),
    )
    return StockRef(sku_id=request.sku_id)


def _shelf(ctx: Context, request: MoveStock, warehouse_id: UUID) -> Stock:
    stock, _ = Stock.objects.of(ctx.base_id).get_or_create(
        sku_id=request.sku_id,
        warehouse_id=warehouse_id,
        defaults={"base_id": ctx.base_id, "merchant_id": request.merchant_id},
    )
    return Stock.objects.scoped(ctx).one(id=stock.id)


def _add(ctx: Context, request: MoveStock, warehouse_id: UUID, units: int) -> None:
    shelf = _shelf(ctx, request, warehouse_id)
    Stock.objects.scoped(ctx).filter(id=shelf.id).update(units_on_hand=F("units_on_hand") + units)
    _record(ctx, request, warehouse_id, units)


def _take(ctx: Context, request: MoveStock) -> None:
    shelf = _shelf(ctx, request, request.warehouse_id)
    taken = (
        Stock.objects.scoped(ctx)
        .filter(id=shelf.id, units_on_hand__gte=F("units_reserved") + request.units)
        .update(units_on_hand=F("units_on_hand") - request.units)
    )
    if not taken:
        raise OutOfStock(sku_id=str(request.sku_id), units=request.units)
    _record(ctx, request, request.warehouse_id, -request.units)


def _count(ctx: Context, request: MoveStock) -> None:
    before = _shelf(ctx, request, request.warehouse_id)
    changed = (
        Stock.objects.scoped(ctx)
        .filter(id=before.id, units_on_hand=before.units_on_hand, units_reserved__lte=request.units)
        .update(units_on_hand=request.units)
    )
    if not changed:
        raise WouldBreakPromise(units=request.units, reserved=before.units_reserved)
    if request.units != before.units_on_hand:
        _record(ctx, request, request.warehouse_id, request.units - before.units_on_hand)


def _record(ctx: Context, request: MoveStock, warehouse_id: UUID, change: int) -> None:
    Movement(
        base_id=ctx.base_id,
        merchant_id=request.merchant_id,
        sku_id=request.sku_id,
        warehouse_id=warehouse_id,
        kind=request.kind.value,
        units_on_hand_change=change,
        units_reserved_change=0,
        reason=request.reason[:200],
        cause_id=ctx.cause_id,
        at=ctx.at,
    ).save(force_insert=True)
