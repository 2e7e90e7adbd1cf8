from __future__ import annotations

from uuid import UUID

import pytest
from tests.cast import Base, Cast

from silkcast.domains.inventory.api import AddWarehouse, MoveStock, differences, list_stock, units_free
from silkcast.domains.inventory.contracts import MovementKind, WarehouseKind
from silkcast.domains.inventory.errors import OutOfStock, WouldBreakPromise
from silkcast.domains.inventory.models import Movement
from silkcast.kernel.actions import run
from silkcast.kernel.errors import Missing, NotAllowed
from silkcast.kernel.ids import MerchantId, SkuId


def move(
    base: Base,
    kind: MovementKind,
    sku_id: SkuId,
    units: int,
    *,
    to_warehouse_id: UUID | None = None,
    merchant_id: MerchantId | None = None,
) -> MoveStock:
    return MoveStock(
        kind=kind,
        sku_id=sku_id,
        merchant_id=merchant_id or base.merchants[0],
        warehouse_id=base.warehouse_id,
        to_warehouse_id=to_warehouse_id,
        units=units,
    )


def test_received_units_can_be_sold_and_stand_in_the_movements(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 7)
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 7}
    assert differences(cast.east.ctx) == []


def test_a_count_below_what_is_promised_is_refused_and_changes_nothing(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 5)
    cast.east.places(cast.east.wants((sku_id, 3)))
    movements = Movement.objects.scoped(cast.east.ctx).count()
    with pytest.raises(WouldBreakPromise):
        cast.east.does(move(cast.east, MovementKind.COUNT, sku_id, 2))
    assert Movement.objects.scoped(cast.east.ctx).count() == movements
    cast.east.does(move(cast.east, MovementKind.COUNT, sku_id, 3))
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 0}
    assert differences(cast.east.ctx) == []


def test_a_transfer_moves_what_is_free_and_no_more(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 5)
    there = cast.east.does(AddWarehouse(name="Far", kind=WarehouseKind.OVERSEAS, country="US")).warehouse_id
    cast.east.does(move(cast.east, MovementKind.TRANSFER, sku_id, 4, to_warehouse_id=there))
    with pytest.raises(OutOfStock):
        cast.east.does(move(cast.east, MovementKind.TRANSFER, sku_id, 2, to_warehouse_id=there))
    shelves = {row.warehouse_id: row.units_on_hand for row in list_stock(cast.east.ctx, [sku_id])}
    assert shelves == {cast.east.warehouse_id: 1, there: 4}
    assert differences(cast.east.ctx) == []


def test_a_merchant_cannot_touch_anothers_shelf(cast: Cast) -> None:
    theirs = cast.east.sells("B", 5, merchant=1)
    seller = cast.east.as_person(cast.east.sellers[0])
    with pytest.raises(Missing):
        run(seller, move(cast.east, MovementKind.RECEIVE, theirs, 1))
    with pytest.raises(NotAllowed):
        run(seller, move(cast.east, MovementKind.RECEIVE, theirs, 1, merchant_id=cast.east.merchants[1]))
    assert units_free(cast.east.ctx, [theirs]) == {theirs: 5}


def test_a_changed_count_is_found_by_the_auditor(cast: Cast) -> None:
    from silkcast.domains.inventory.models import Stock

    sku_id = cast.east.sells("A", 5)
    Stock.objects.scoped(cast.east.ctx).update(units_on_hand=6)
    assert differences(cast.east.ctx) == [{"sku_id": str(sku_id), "counted": (6, 0), "summed": (5, 0)}]
