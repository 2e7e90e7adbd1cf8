"""`/api/v1`: warehouses, what stands on their shelves, and the movements that say why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from silkcast.domains.base import api as base
from silkcast.domains.catalog import api as catalog
from silkcast.domains.inventory import api as inventory
from silkcast.domains.inventory.contracts import (
    MovementKind,
    MovementView,
    StockView,
    WarehouseKind,
    WarehouseView,
)
from silkcast.domains.inventory.models import Movement
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import MerchantId, SkuId
from silkcast.kernel.rest import Body, Limit, Offset, Page, Whole, act, allowed, page, sliced
from silkcast.kernel.texts import LINE

router = Router(tags=["inventory"])
UNITS_MAX = 10_000_000


@router.get("/warehouses", response=Page[WarehouseView])
def list_warehouses(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """In the order in which stock is promised from them."""
    return sliced(inventory.list_warehouses(allowed(request, "read.products")), offset, limit)


class WarehouseWanted(Body):
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=LINE)]
    kind: WarehouseKind
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]


class WarehouseAnswer(Schema):
    warehouse_id: UUID


@router.post("/warehouses", response={201: WarehouseAnswer})
def add_warehouse(request: HttpRequest, wanted: WarehouseWanted) -> object:
    """Open a warehouse of the base."""
    asked = inventory.AddWarehouse(name=wanted.name, kind=wanted.kind, country=wanted.country)
    return act(request, asked)


class SkuStock(Schema):
    """`units_free` can still be sold; `shelves` say where."""

    sku_id: UUID
    product_id: UUID
    merchant_id: UUID
    code: str
    units_on_hand: int
    units_reserved: int
    units_free: int
    shelves: list[StockView]


@router.get("/stock", response=Page[SkuStock])
def list_stock(
    request: HttpRequest,
    search: Annotated[str, Query(max_length=100)] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, object]:
    """Stock of the SKUs of the products found; the page counts products, newest first."""
    ctx = allowed(request, "read.products")
    currency = base.get_base(ctx.base_id).currency
    products, total = catalog.list_products(ctx, currency=currency, search=search, offset=offset, limit=limit)
    skus = [sku for product in products for sku in product.skus]
    shelves: dict[UUID, list[StockView]] = {}
    for shelf in inventory.list_stock(ctx, [sku.id for sku in skus]):
        shelves.setdefault(shelf.sku_id, []).append(shelf)
    stock = [_stock(sku.id, sku.product_id, sku.merchant_id, sku.code, shelves.get(sku.id, [])) for sku in skus]
    following = page(products, total, offset)["next"]
    return {"items": stock, "next": following, "total": total}


def _stock(
    sku_id: UUID, product_id: UUID, merchant_id: MerchantId, code: str, shelves: Sequence[StockView]
) -> dict[str, object]:
    return {
        "sku_id": sku_id,
        "product_id": product_id,
        "merchant_id": merchant_id,
        "code": code,
        "units_on_hand": sum(shelf.units_on_hand for shelf in shelves),
        "units_reserved": sum(shelf.units_reserved for shelf in shelves),
        "units_free": sum(shelf.units_free for shelf in shelves),
        "shelves": list(shelves),
    }


def _owner(ctx: Context, sku_id: UUID) -> MerchantId:
    """Whose the SKU is; Missing where the caller may not know of it."""
    owner = catalog.owner_of_sku(ctx, sku_id)
    if ctx.merchant_id not in (None, owner):
        raise Missing(kind="sku", id=str(sku_id))
    return owner


@router.get("/skus/{uuid:sku_id}/stock", response=Page[StockView])
def read_stock(request: HttpRequest, sku_id: UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """One entry for each warehouse that has or had the SKU."""
    ctx = allowed(request, "read.products")
    _owner(ctx, sku_id)
    return sliced(inventory.list_stock(ctx, [sku_id]), offset, limit)


@router.get("/skus/{uuid:sku_id}/movements", response=Page[MovementView])
def list_movements(request: HttpRequest, sku_id: UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """The changes of a SKU's shelves, newest first; `cause_id` names the run of the action behind each."""
    ctx = allowed(request, "read.products")
    _owner(ctx, sku_id)
    found = inventory.list_movements(ctx, [sku_id], limit=offset + limit)[offset:]
    return page(found, Movement.objects.scoped(ctx).filter(sku_id=sku_id).count(), offset)


class MovementWanted(Body):
    """receive adds units; count sets the units on hand; transfer takes them to `to_warehouse_id`."""

    kind: Literal["receive", "count", "transfer"]
    warehouse_id: UUID
    to_warehouse_id: UUID | None = None
    units: Annotated[Whole, Field(ge=0, le=UNITS_MAX)]
    reason: Annotated[str, Field(max_length=200, pattern=LINE)] = ""


class StockAnswer(Schema):
    sku_id: UUID


@router.post("/skus/{uuid:sku_id}/movements", response={201: StockAnswer})
def move_stock(request: HttpRequest, sku_id: UUID, wanted: MovementWanted) -> object:
    """Receive, count or transfer units of a SKU."""
    asked = inventory.MoveStock(
        kind=MovementKind(wanted.kind),
        sku_id=SkuId(sku_id),
        merchant_id=_owner(allowed(request, "inventory.move_stock"), sku_id),
        warehouse_id=wanted.warehouse_id,
        to_warehouse_id=wanted.to_warehouse_id,
        units=wanted.units,
        reason=wanted.reason,
    )
    return act(request, asked)
