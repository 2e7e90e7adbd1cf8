"""A merchant's codes are told apart by eye: what looks the same is taken."""

from __future__ import annotations

import pytest
from tests.cast import Cast

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.errors import SkuCodeTaken
from silkcast.domains.catalog.models import Sku
from silkcast.domains.inventory import api as inventory
from silkcast.domains.inventory.contracts import WarehouseKind
from silkcast.domains.inventory.errors import WarehouseNameTaken
from silkcast.kernel.ids import ProductId
from silkcast.kernel.money import Money

ALIKE = ["dup-1", " DUP-1 ", "ＤＵＰ－１", "DUP\u20111", "DUP\u200b-1", "Dup-1"]


@pytest.mark.parametrize("code", ALIKE)
def test_a_code_that_looks_like_another_is_taken_and_one_is_kept_without_blanks(cast: Cast, code: str) -> None:
    east = cast.east
    first = east.sells("other", 0)
    product_id = ProductId(catalog.product_of_skus(east.ctx, [first])[first])

    def adds(named: str) -> None:
        new = catalog.NewSku(code=named, name="", price=Money(2900, "USD"), cost=Money(1, "CNY"), weight_g=10)
        east.does(catalog.AddSku(product_id=product_id, sku=new))

    adds(" DUP-1 ")
    with pytest.raises(SkuCodeTaken):
        adds(code)
    assert set(Sku.objects.scoped(east.ctx).values_list("code", flat=True)) == {"other", "DUP-1"}


@pytest.mark.parametrize("name", ["main  hall", "ＭＡＩＮ　ＨＡＬＬ", "Main\u200b Hall"])
def test_a_warehouse_that_looks_like_another_is_taken(cast: Cast, name: str) -> None:
    east = cast.east
    east.does(inventory.AddWarehouse(name="Main Hall", kind=WarehouseKind.DOMESTIC, country="CN"))
    with pytest.raises(WarehouseNameTaken):
        east.does(inventory.AddWarehouse(name=name, kind=WarehouseKind.DOMESTIC, country="CN"))
