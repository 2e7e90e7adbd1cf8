"""What buyers who are looking are told at once: prices, stock, and that what is sold has changed.

All effects are outside our tables, so each may come twice. Prices travel with the word itself, in every currency: a
show's thousands of open pages need not ask for them. Of what is off sale nobody outside is told anything: it may be
the goods of tomorrow's show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from silkcast.domains.base.api import get_base
from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.events import OfferSet, PriceChanged, ProductChanged, ProductListed, RateEntered
from silkcast.domains.inventory.api import units_free
from silkcast.domains.inventory.events import StockMoved
from silkcast.domains.orders.api import get_order
from silkcast.domains.orders.events import OrderCancelled
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.events import RundownArranged, ShowEnded, ShowWentLive
from silkcast.kernel.context import Context
from silkcast.kernel.events import on
from silkcast.kernel.money import Money, exponent


@on(OfferSet, PriceChanged, outside=True)
def tell_the_price(ctx: Context, fact: OfferSet | PriceChanged) -> None:
    _tell_price(ctx, catalog.listed_skus(ctx, [fact.sku_id]))


def _tell_price(ctx: Context, products: Mapping[UUID, UUID]) -> None:
    """Of SKUs by the product that each is of."""
    for sku_id, product_id in products.items():
        studio.tell_shop(ctx.base_id, "price", price_body(ctx, sku_id, product_id))


def price_body(ctx: Context, sku_id: UUID, product_id: UUID) -> dict[str, Any]:
    """`prices` by currency, and the same for each show on air that sells the SKU; a missing currency sells nothing."""
    base = get_base(ctx.base_id)
    currencies = {base.currency, *catalog.currencies(ctx, base.currency)}
    shows = studio.shows_selling(ctx, product_id)
    told = {
        show_id: {currency: _told(sells.price, sells.was) for currency, sells in found.items()}
        for show_id, found in catalog.prices_now(ctx, sku_id, [None, *shows], currencies).items()
    }
    return {
        "sku_id": str(sku_id),
        "product_id": str(product_id),
        "prices": told[None],
        "shows": {str(show_id): told[show_id] for show_id in shows},
    }


def _told(price: Money, was: Money | None) -> dict[str, Any]:
    return {"minor": price.minor, "exponent": exponent(price.currency), "was": was.minor if was else None}


@on(ShowWentLive, ShowEnded, outside=True)
def tell_what_is_on_air(ctx: Context, fact: ShowWentLive | ShowEnded) -> None:
    """To pages that follow none of that show yet: the home page's list of shows."""
    state = "on_air" if isinstance(fact, ShowWentLive) else "ended"
    studio.tell_shop(ctx.base_id, "show", {"show_id": str(fact.show_id), "state": state})


@on(RateEntered, RundownArranged, outside=True)
def tell_that_goods_changed(ctx: Context, fact: RateEntered | RundownArranged) -> None:
    """Otherwise than by a price: open pages ask for what they show of them."""
    studio.tell_shop(ctx.base_id, "goods", {})


@on(ProductChanged, outside=True)
def tell_that_a_product_changed(ctx: Context, fact: ProductChanged) -> None:
    if catalog.listed_skus(ctx, product_id=fact.product_id):
        studio.tell_shop(ctx.base_id, "goods", {})


@on(ProductListed, outside=True)
def tell_whether_it_is_listed(ctx: Context, fact: ProductListed) -> None:
    """Whoever has the product open to buy it learns that it can be had no longer; or again, and at what price."""
    products = catalog.listed_skus(ctx, product_id=fact.product_id)
    body = {"product_id": str(fact.product_id), "is_listed": bool(products)}
    studio.tell_shop(ctx.base_id, "goods", body)
    _tell_price(ctx, products)
    _tell_stock(ctx, products)


@on(StockMoved, outside=True)
def tell_what_a_hand_moved(ctx: Context, fact: StockMoved) -> None:
    _tell_stock(ctx, catalog.listed_skus(ctx, [fact.sku_id]))


@on(OrderCancelled, outside=True)
def tell_what_came_back(ctx: Context, fact: OrderCancelled) -> None:
    """What orders take is told by the intake, in batches."""
    _tell_stock(ctx, catalog.listed_skus(ctx, [line.sku_id for line in get_order(ctx, fact.order_id).lines]))


def _tell_stock(ctx: Context, products: Mapping[UUID, UUID]) -> None:
    for sku_id, left in units_free(ctx, products).items():
        body = {"sku_id": str(sku_id), "units_left": left}
        studio.tell_shop(ctx.base_id, "stock", body)
        for show_id in studio.shows_selling(ctx, products[sku_id]):
            studio.tell_show(ctx.base_id, show_id, "stock", body)
