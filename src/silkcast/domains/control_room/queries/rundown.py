from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from silkcast.domains.catalog.api import list_products
from silkcast.domains.catalog.contracts import ProductView
from silkcast.domains.control_room.labels import PRODUCT_ROLES, studio_words
from silkcast.domains.inventory.api import units_free
from silkcast.domains.orders.api import sold_lines
from silkcast.domains.payments.api import ledger_lines
from silkcast.domains.payments.contracts import PostingKind
from silkcast.domains.studio.contracts import LineView, ShowView
from silkcast.kernel.context import Context
from silkcast.kernel.money import Money

PRODUCTS_TO_ADD_MAX = 200
MEDIA = "/media/"


def rundown(ctx: Context, show: ShowView, lines: Sequence[LineView], base_currency: str) -> list[dict[str, Any]]:
    """The lines with prices in the show, stock, and what was sold of each on air so far."""
    products = _products(ctx, show, [line.product_id for line in lines])
    sku_ids = [sku.id for product in products.values() for sku in product.skus]
    free = units_free(ctx, sku_ids)
    sold = Counter[UUID]()
    for sale in sold_lines(ctx, show.id):
        sold[sale.sku_id] += sale.units
    earned = _earned(ctx, show.id)
    return [
        _line(line, products[line.product_id], free, sold, earned, base_currency)
        for line in lines
        if line.product_id in products
    ]


def _products(ctx: Context, show: ShowView, ids: Sequence[UUID]) -> dict[UUID, ProductView]:
    if not ids:
        return {}
    found, _ = list_products(ctx, currency=show.currency, show_id=show.id, ids=ids, limit=len(ids))
    return {product.id: product for product in found}


def _earned(ctx: Context, show_id: UUID) -> Counter[UUID]:
    """Captured on air by SKU, in the base's currency: orders may have been paid in several."""
    earned = Counter[UUID]()
    for line in ledger_lines(ctx, show_id):
        if line.kind is PostingKind.CAPTURE and line.sku_id is not None:
            earned[line.sku_id] += line.base_minor
    return earned


def _line(
    line: LineView,
    product: ProductView,
    free: Mapping[UUID, int],
    sold: Counter[UUID],
    earned: Counter[UUID],
    base_currency: str,
) -> dict[str, Any]:
    return {
        "id": line.id,
        "position": line.position,
        "product_id": line.product_id,
        "title": title_of(product),
        "image_url": image_url(product.image),
        "role": product.role.value,
        "role_words": PRODUCT_ROLES[product.role],
        "state": line.state.value,
        "state_words": studio_words("line", line.state),
        "pitch_started_at": line.pitch_started_at,
        "pitch_s": line.pitched_ms // 1000,
        "units_sold": sum(sold[sku.id] for sku in product.skus),
        "gmv": Money(sum(earned[sku.id] for sku in product.skus), base_currency),
        "offers": [
            {
                "sku_id": sku.id,
                "name": sku.name if len(product.skus) > 1 else "",
                "price": sku.price,
                "was": sku.was,
                "units_left": free[sku.id],
                "units_sold": sold[sku.id],
            }
            for sku in product.skus
        ],
    }


def products_to_add(ctx: Context, show: ShowView, lines: Sequence[LineView]) -> list[dict[str, Any]]:
    """The newest products that are not on the rundown yet."""
    present = {line.product_id for line in lines}
    found, _ = list_products(ctx, currency=show.currency, limit=PRODUCTS_TO_ADD_MAX)
    return [{"id": product.id, "title": title_of(product)} for product in found if product.id not in present]


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
