"""What a visitor is about to buy: the cart's lines, or one thing straight from the live page; and what it would cost.

The sums follow the same rules as the placing does; what is charged is what the placing then says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from silkcast.domains.base.api import merchant_names
from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductView, SkuView
from silkcast.domains.inventory.api import units_free
from silkcast.domains.shipping import api as shipping
from silkcast.domains.shipping.contracts import ShippingOption
from silkcast.domains.shipping.errors import NoCarrierThere
from silkcast.domains.shop import goods
from silkcast.domains.shop.visitor import Visitor
from silkcast.kernel.ids import MerchantId, ProductId
from silkcast.kernel.money import Money, exchange
from silkcast.kernel.places import country_names
from silkcast.kernel.words import sentence

COUNTRY_FIRST = "US"  # offered until the buyer chooses another


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`show_id`: a show on air whose offers hold. `seen`: prices at which the cart took its lines.

    `is_direct`: not the cart, which then stays as it is.
    """

    lines: tuple[tuple[UUID, int], ...]
    show_id: UUID | None
    is_direct: bool = False
    seen: Mapping[UUID, Money] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    sku_id: str
    product_url: str
    title: str
    name: str
    image_url: str | None
    units: int
    units_left: int
    price: Money
    price_seen: Money | None  # another one, in the same currency, at which it was put into the cart
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One merchant's lines: they become an order of their own."""

    merchant_id: MerchantId
    merchant_name: str
    lines: tuple[LineShown, ...]
    goods: Money
    weight_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsoldLine:
    """Wanted, but off sale or without a price in the visitor's currency: while there is one, nothing can be ordered."""

    sku_id: str
    product_url: str | None
    title: str
    name: str
    image_url: str | None
    units: int
    is_off_sale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """`goods`, `units` and `markets` are those of the groups alone."""

    groups: tuple[Group, ...]
    unsold: tuple[UnsoldLine, ...]
    goods: Money
    units: int
    markets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionShown:
    id: str
    words: str
    days_words: str
    price: Money
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    options: tuple[OptionShown, ...]
    shipping: Money
    total: Money
    totals_by_order: tuple[dict[str, object], ...]


def basket(visitor: Visitor, wanted: Wanted) -> Basket:
    """The lines as they sell now, and beside them those that do not."""
    units = dict(wanted.lines)
    product_ids = catalog.product_of_skus(visitor.ctx, units)
    products = goods.all_by_id(visitor, product_ids.values(), wanted.show_id)
    selling: dict[UUID, tuple[ProductView, SkuView]] = {
        sku.id: (product, sku) for product in products if product.is_listed for sku in product.skus
    }
    known = [sku_id for sku_id in units if sku_id in selling]
    left = units_free(visitor.ctx, known)
    names = merchant_names(visitor.ctx)
    lines: dict[MerchantId, list[tuple[LineShown, int]]] = {}
    for sku_id in known:
        product, sku = selling[sku_id]
        line = _line(visitor, product, sku, units[sku_id], left[sku_id], wanted.seen.get(sku_id))
        lines.setdefault(product.merchant_id, []).append((line, sku.weight_g * units[sku_id]))
    none = Money(0, visitor.currency)
    groups = tuple(
        Group(
            merchant_id=merchant_id,
            merchant_name=names.get(merchant_id, ""),
            lines=tuple(line for line, _ in own),
            goods=sum((line.total for line, _ in own), none),
            weight_g=sum(weight_g for _, weight_g in own),
        )
        for merchant_id, own in lines.items()
    )
    return Basket(
        groups=groups,
        unsold=_unsold(visitor, products, product_ids, [line for line in wanted.lines if line[0] not in selling]),
        goods=sum((group.goods for group in groups), none),
        units=sum(units[sku_id] for sku_id in known),
        markets=_markets([selling[sku_id][0] for sku_id in known]),
    )


def _line(
    visitor: Visitor, product: ProductView, sku: SkuView, units: int, units_left: int, seen: Money | None
) -> LineShown:
    is_other = seen is not None and seen.currency == sku.price.currency and seen != sku.price
    return LineShown(
        sku_id=str(sku.id),
        product_url=f"/p/{product.id}",
        title=goods.title_of(product, visitor.ctx.language),
        name=sku.name,
        image_url=goods.image_url(product.image),
        units=units,
        units_left=units_left,
        price=sku.price,
        price_seen=seen if is_other else None,
        total=sku.price * units,
    )


def _unsold(
    visitor: Visitor,
    products: Sequence[ProductView],
    product_ids: Mapping[UUID, UUID],
    lines: Sequence[tuple[UUID, int]],
) -> tuple[UnsoldLine, ...]:
    """Hardly ever any: their names are read only then."""
    if not lines:
        return ()
    known = {product.id: product for product in products}
    names = catalog.names(visitor.ctx, [sku_id for sku_id, _ in lines], visitor.ctx.language)
    unsold = []
    for sku_id, units in lines:
        product = known.get(ProductId(product_ids[sku_id])) if sku_id in product_ids else None
        unsold.append(
            UnsoldLine(
                sku_id=str(sku_id),
                product_url=f"/p/{product.id}" if product else None,
                title=goods.title_of(product, visitor.ctx.language) if product else "",
                name=names[sku_id],
                image_url=goods.image_url(product.image) if product else None,
                units=units,
                is_off_sale=product is None or not product.is_listed,
            )
        )
    return tuple(unsold)


def _markets(products: Sequence[ProductView]) -> tuple[str, ...]:
    """Where all of it may be sold; where any of it may, if that is nowhere: the refusal then says why."""
    allowed = [set(product.markets) for product in products]
    if not allowed:
        return ()
    return tuple(sorted(set.intersection(*allowed) or set.union(*allowed)))


def countries(basket: Basket, language: str) -> list[dict[str, str]]:
    return [{"value": code, "words": words} for code, words in country_names(basket.markets, language)]


def country_of(basket: Basket, asked: str) -> str:
    """The asked country, if all can be sold there; else the one to begin with."""
    if asked in basket.markets:
        return asked
    return COUNTRY_FIRST if COUNTRY_FIRST in basket.markets else next(iter(basket.markets), COUNTRY_FIRST)


def quote(visitor: Visitor, basket: Basket, country: str, option: str) -> Quote:
    """Shipping of each merchant's parcel and the sums, with the asked way of shipping or the first one offered."""
    by_merchant = [_options(visitor, group, country) for group in basket.groups]
    offered = by_merchant[0] if by_merchant and all(by_merchant) else {}
    chosen = option if option in offered else next(iter(offered), "")
    prices = [_prices(visitor, options) for options in by_merchant] if offered else []
    none = Money(0, visitor.currency)
    shares = [own.get(chosen, none) for own in prices] or [none] * len(basket.groups)
    shipping_price = sum(shares, none)
    shown = tuple(
        OptionShown(
            id=name,
            words=way.name,
            days_words=sentence("shop.days", {"least": way.days_least, "most": way.days_most}, visitor.ctx.language),
            price=sum((own.get(name, none) for own in prices), none),
            chosen=name == chosen,
        )
        for name, way in offered.items()
    )
    totals = tuple(
        {"merchant_name": group.merchant_name, "total": group.goods + share}
        for group, share in zip(basket.groups, shares, strict=True)
    )
    return Quote(options=shown, shipping=shipping_price, total=basket.goods + shipping_price, totals_by_order=totals)


def _options(visitor: Visitor, group: Group, country: str) -> dict[str, ShippingOption]:
    try:
        return {str(way.id): way for way in shipping.options(visitor.ctx, country, group.weight_g)}
    except NoCarrierThere:
        return {}


def _prices(visitor: Visitor, options: Mapping[str, ShippingOption]) -> dict[str, Money]:
    currency, ctx = visitor.currency, visitor.ctx
    return {
        name: exchange(way.price, currency, catalog.get_rate(ctx, way.price.currency, currency, ctx.at))
        for name, way in options.items()
    }
