from __future__ import annotations

import pytest
from tests.cast import Cast

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.catalog.models import Product
from silkcast.kernel.ids import ProductId, new_id
from silkcast.kernel.money import Money
from silkcast.kernel.places import CountryUnknown

NO_COUNTRIES = ["ZZ", "XX", "UK", "EU", "us", "USA", ""]
SKU = catalog.NewSku(code="new", name="", price=Money(2900, "USD"), cost=Money(1, "CNY"), weight_g=10)


@pytest.mark.parametrize("code", NO_COUNTRIES)
def test_a_market_is_a_country(cast: Cast, code: str) -> None:
    east = cast.east
    sku_id = east.sells("east-M", 0)
    product_id = ProductId(catalog.product_of_skus(east.ctx, [sku_id])[sku_id])
    kept = Product.objects.scoped(east.ctx).one(id=product_id).markets
    markets = ("US", code)
    for wanted in (
        catalog.AddProduct(
            merchant_id=east.merchants[1], title="New", role=ProductRole.IMAGE, markets=markets, sku=SKU
        ),
        catalog.ChangeProduct(product_id=product_id, title="New", role=ProductRole.IMAGE, markets=markets),
    ):
        with pytest.raises(CountryUnknown) as refused:
            east.does(wanted)
        assert refused.value.facts == {"field": "markets", "country": code}
    assert Product.objects.scoped(east.ctx).one(id=product_id).markets == kept


def test_a_market_named_twice_is_one(cast: Cast) -> None:
    east = cast.east
    added = catalog.AddProduct(
        merchant_id=east.merchants[1],
        title="New",
        role=ProductRole.IMAGE,
        markets=("US", "XK", "US"),
        sku=SKU,
        product_id=ProductId(new_id()),
    )
    east.does(added)
    assert Product.objects.scoped(east.ctx).one(id=added.product_id).markets == ["US", "XK"]
