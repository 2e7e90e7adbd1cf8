"""Why nobody could buy a product just now, said where it would otherwise be found out by buyers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils.translation import get_language, gettext

from silkcast.domains.catalog.contracts import ProductView
from silkcast.kernel.places import countries, country_names


def obstacles(
    sent_to: frozenset[str] | None, products: Iterable[ProductView], free: Mapping[UUID, int]
) -> dict[UUID, list[str]]:
    """By product, those that have any; `sent_to` is as of `reach`, `free` holds the units left of each SKU."""
    found = {product.id: _obstacles(product, free, sent_to) for product in products}
    return {product_id: words for product_id, words in found.items() if words}


def _obstacles(product: ProductView, free: Mapping[UUID, int], sent_to: frozenset[str] | None) -> list[str]:
    words = []
    if not product.is_listed:
        words.append(gettext("Off sale"))
    if not product.skus:
        words.append(gettext("No price in this currency"))
    elif not any(free.get(sku.id, 0) > 0 for sku in product.skus):
        words.append(gettext("None left"))
    if not product.markets:
        words.append(gettext("No country to sell to"))
    elif sent_to is not None and not sent_to.intersection(product.markets):
        words.append(gettext("Nothing is sent to its countries"))
    return words


def market_options(sent_to: frozenset[str] | None, chosen: Iterable[str]) -> list[dict[str, object]]:
    """Countries that parcels are sent to and those chosen already, by name; of a new product all of a short list."""
    held = set(chosen)
    known = countries()
    offered = (known if sent_to is None else sent_to & known) | held
    named = country_names(offered, get_language() or "en")
    return [{"value": code, "words": words, "chosen": code in held} for code, words in named]
