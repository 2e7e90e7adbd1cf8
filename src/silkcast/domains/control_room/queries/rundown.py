from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import get_language

from silkcast.domains.catalog.api import list_products, newest_titles
from silkcast.domains.catalog.contracts import ProductView
from silkcast.domains.control_room.labels import PRODUCT_ROLES, studio_words
from silkcast.domains.control_room.queries.sellable import obstacles
from silkcast.domains.inventory.api import units_free
from silkcast.domains.orders.api import units_sold
from silkcast.domains.shipping.api import reach
from silkcast.domains.studio.contracts import LineView, ShowView
from silkcast.kernel.context import Context
from silkcast.kernel.ids import SkuId
from silkcast.kernel.money import Money

PRODUCTS_TO_ADD_MAX = 200
MEDIA = "/media/"


class OfferRow(NamedTuple):
    """One SKU of a line, at its price in the show."""

    sku_id: UUID
    name: str
    price: Money
    was: Money | None
    per_buyer_max: int | None
    units_left: int
    units_sold: int


class LineRow(NamedTuple):
    id: UUID
    position: int
    is_last: bool
    product_id: UUID
    title: str
    image_url: str | None
    role_words: str
    state: str
    state_words: str
    pitch_started_at: datetime | None
    pitch_s: int
    offers: tuple[OfferRow, ...]
    obstacles: Sequence[str]
    undrawable: str = ""


def rundown(ctx: Context, show: ShowView, lines: Sequence[LineView]) -> list[LineRow]:
    """The lines with prices in the show, stock, and what was sold of each on air so far."""
    products = _products(ctx, show, [line.product_id for line in lines])
    free = units_free(ctx, [sku.id for product in products.values() for sku in product.skus])
    sold = units_sold(ctx, show.id)
    shown = [line for line in lines if line.product_id in products]
    hindered = obstacles(reach(ctx), products.values(), free)
    return [
        _line(line, products[line.product_id], free, sold, hindered.get(line.product_id, ()), is_last=line is shown[-1])
        for line in shown
    ]


def _products(ctx: Context, show: ShowView, ids: Sequence[UUID]) -> dict[UUID, ProductView]:
    if not ids:
        return {}
    found, _ = list_products(ctx, currency=show.currency, show_id=show.id, ids=ids, limit=len(ids))
    return {product.id: product for product in found}


def _line(
    line: LineView,
    product: ProductView,
    free: Mapping[UUID, int],
    sold: Mapping[SkuId, int],
    hindered: Sequence[str],
    *,
    is_last: bool,
) -> LineRow:
    return LineRow(
        id=line.id,
        position=line.position,
        is_last=is_last,
        product_id=line.product_id,
        title=title_of(product),
        image_url=image_url(product.image),
        role_words=str(PRODUCT_ROLES[product.role]),
        state=line.state.value,
        state_words=studio_words("line", line.state),
        pitch_started_at=line.pitch_started_at,
        pitch_s=line.pitched_ms // 1000,
        offers=tuple(
            OfferRow(
                sku_id=sku.id,
                name=sku.name if len(product.skus) > 1 else "",
                price=sku.price,
                was=sku.was,
                per_buyer_max=sku.per_buyer_max,
                units_left=free[sku.id],
                units_sold=sold.get(sku.id, 0),
            )
            for sku in product.skus
        ),
        obstacles=hindered,
        undrawable=product.undrawable,
    )


def products_to_add(ctx: Context, lines: Sequence[LineView]) -> list[dict[str, Any]]:
    """The newest products that are not on the rundown yet."""
    present = {line.product_id for line in lines}
    newest = newest_titles(ctx, ctx.language, PRODUCTS_TO_ADD_MAX)
    return [{"id": product_id, "title": title} for product_id, title in newest.items() if product_id not in present]


def title_of(product: ProductView) -> str:
    """In the reader's language where there is one."""
    in_chinese = (get_language() or "en").startswith("zh")
    return product.title_zh if in_chinese and product.title_zh else product.title


def about(product: ProductView) -> str:
    in_chinese = (get_language() or "en").startswith("zh")
    return product.description_zh if in_chinese and product.description_zh else product.description


def image_url(image: str) -> str | None:
    """Images are named below the media folder; one that begins with a slash is an address already."""
    if not image:
        return None
    return image if image.startswith("/") else MEDIA + image
