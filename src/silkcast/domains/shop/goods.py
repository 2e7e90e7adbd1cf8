"""Products as the shop's templates show them: in the visitor's language and currency, with what is left of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.base.api import merchant_names
from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductView, SkuView
from silkcast.domains.inventory.api import units_free
from silkcast.domains.shop.visitor import Visitor
from silkcast.kernel.money import Money

IDS_MAX = 500  # products asked for by id at once: a rundown, a cart


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    id: str
    title: str
    image_url: str | None
    merchant_name: str
    price_from: Money
    was: Money | None
    units_left: int
    url: str
    show_url: str | None  # of the show on air that sells it, at whose price it stands here


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuShown:
    id: str
    code: str
    name: str
    price: Money
    was: Money | None
    units_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductShown:
    id: str
    title: str
    description: str
    image_url: str | None
    merchant_name: str
    is_listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One SKU of a show's rundown."""

    product_id: str
    sku_id: str
    title: str
    name: str
    image_url: str | None
    merchant_name: str
    price: Money
    was: Money | None
    units_left: int
    on_pitch: bool
    sold_out: bool


def image_url(image: str) -> str | None:
    """`image` is a name below the media folder, or an address of its own."""
    if not image:
        return None
    return image if image.startswith("/") else f"/media/{image}"


def in_language(words: str, words_zh: str, language: str) -> str:
    return words_zh or words if language.startswith("zh") else words or words_zh


def title_of(product: ProductView, language: str) -> str:
    return in_language(product.title, product.title_zh, language)


def products_by_id(visitor: Visitor, ids: Iterable[UUID], show_id: UUID | None) -> list[ProductView]:
    """In the order given, each once; those without any price or off sale are left out."""
    return [product for product in all_by_id(visitor, ids, show_id) if product.is_listed and product.skus]


def all_by_id(visitor: Visitor, ids: Iterable[UUID], show_id: UUID | None) -> list[ProductView]:
    """Those without any price too: they have no SKUs here."""
    wanted = list(dict.fromkeys(ids))[:IDS_MAX]
    found, _ = catalog.list_products(
        visitor.ctx, currency=visitor.currency, show_id=show_id, ids=wanted, limit=len(wanted)
    )
    return found


def cards(visitor: Visitor, products: Sequence[ProductView], shows: Mapping[UUID, UUID] | None = None) -> list[Card]:
    """`shows` names the show on air that sells a product, where the reader is not in it yet."""
    sold = [product for product in products if product.skus]
    left = units_free(visitor.ctx, [sku.id for product in sold for sku in product.skus])
    names = merchant_names(visitor.ctx)
    language = visitor.ctx.language
    return [_card(product, names, left, language, (shows or {}).get(product.id)) for product in sold]


def _card(
    product: ProductView, names: Mapping[UUID, str], left: Mapping[UUID, int], language: str, show_id: UUID | None
) -> Card:
    cheapest = min(product.skus, key=lambda sku: sku.price.minor)
    return Card(
        id=str(product.id),
        title=title_of(product, language),
        image_url=image_url(product.image),
        merchant_name=names.get(product.merchant_id, ""),
        price_from=cheapest.price,
        was=cheapest.was,
        units_left=sum(left[sku.id] for sku in product.skus),
        url=f"/p/{product.id}",
        show_url=f"/live/{show_id}" if show_id else None,
    )


def shown(visitor: Visitor, product: ProductView) -> tuple[ProductShown, list[SkuShown]]:
    """What is off sale has no choices: no price and no stock that anyone could look up."""
    skus = product.skus if product.is_listed else ()
    left = units_free(visitor.ctx, [sku.id for sku in skus])
    language = visitor.ctx.language
    about = ProductShown(
        id=str(product.id),
        title=title_of(product, language),
        description=in_language(product.description, product.description_zh, language),
        image_url=image_url(product.image),
        merchant_name=merchant_names(visitor.ctx).get(product.merchant_id, ""),
        is_listed=product.is_listed,
    )
    return about, [_sku(sku, left[sku.id]) for sku in skus]


def _sku(sku: SkuView, units_left: int) -> SkuShown:
    return SkuShown(id=str(sku.id), code=sku.code, name=sku.name, price=sku.price, was=sku.was, units_left=units_left)


def offers(visitor: Visitor, products: Sequence[ProductView], on_pitch: UUID | None) -> list[Offer]:
    left = units_free(visitor.ctx, [sku.id for product in products for sku in product.skus])
    names = merchant_names(visitor.ctx)
    return [
        Offer(
            product_id=str(product.id),
            sku_id=str(sku.id),
            title=title_of(product, visitor.ctx.language),
            name=sku.name,
            image_url=image_url(product.image),
            merchant_name=names.get(product.merchant_id, ""),
            price=sku.price,
            was=sku.was,
            units_left=left[sku.id],
            on_pitch=product.id == on_pitch,
            sold_out=left[sku.id] <= 0,
        )
        for product in products
        for sku in product.skus
    ]
