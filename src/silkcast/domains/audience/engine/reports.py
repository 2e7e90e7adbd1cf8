"""A show's numbers as plain values: what is sent to screens every second, and what is answered in full."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from silkcast.domains.audience.engine.curve import Sample
from silkcast.domains.audience.engine.metrics import Minute, Product, Sales, Show, ratio

Report = dict[str, Any]
PRODUCTS_TOLD_MAX = 2_000


def in_brief(show: Show) -> Report:
    """Without products; `series` holds only the minutes that the show was asked for."""
    plain = {field.name: getattr(show, field.name) for field in fields(show) if field.name not in _NESTED}
    return {
        **plain,
        "stay_s_average": round(show.stay_s_average, 3),
        "interaction_rate": round(show.interaction_rate, 6),
        "conversion": round(show.conversion, 6),
        **_sales(show.sales),
        "series": [_minute(minute) for minute in show.minutes],
    }


def in_full(show: Show) -> Report:
    """With no more products than a screen can use: those that sold or were looked at most."""
    chosen = show.products
    if len(chosen) > PRODUCTS_TOLD_MAX:
        by_weight = sorted(chosen, key=lambda product: (product.sales.gmv_minor, product.visitors), reverse=True)
        chosen = tuple(sorted(by_weight[:PRODUCTS_TOLD_MAX], key=lambda product: product.sku_id))
    return {**in_brief(show), "products": [_product(product) for product in chosen]}


def for_the_crowd(show: Show) -> Report:
    """What anyone may know."""
    return {"at_ms": show.at_ms, "online": show.online, "likes": show.likes}


def as_curve(samples: Sequence[Sample]) -> dict[str, list[float]]:
    return {
        "at_ms": [sample.at_ms for sample in samples],
        "online": [sample.online for sample in samples],
        "stay_s": [round(sample.stay_s_average, 3) for sample in samples],
        "interaction_rate": [round(sample.interaction_rate, 6) for sample in samples],
        "conversion": [round(sample.conversion, 6) for sample in samples],
        "gmv_minor": [sample.gmv_minor for sample in samples],
    }


_NESTED = {"sales", "minutes", "products"}


def _sales(sales: Sales) -> Report:
    return {**asdict(sales), "net_minor": sales.net_minor}


def _minute(minute: Minute) -> Report:
    plain = {field.name: getattr(minute, field.name) for field in fields(minute) if field.name != "sales"}
    return {**plain, "interaction_rate": round(ratio(minute.interactors, minute.viewers), 6), **_sales(minute.sales)}


def _product(product: Product) -> Report:
    return {
        "sku_id": product.sku_id,
        "visitors": product.visitors,
        "clicks": product.clicks,
        "carts": product.carts,
        **_sales(product.sales),
    }


def nickname(base_id: str, viewer: str) -> str:
    """What others see of a viewer: the same for the whole show, and no way back to the id."""
    return f"Guest {hashlib.blake2b(f'{base_id}:{viewer}'.encode(), digest_size=2).hexdigest().upper()}"
