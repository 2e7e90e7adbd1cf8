"""A show counted in parts, each of some shards, becomes one again: a viewer lies in one part, so adding is exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from silkcast.domains.audience.engine.metrics import Minute, Product, Sales, Show

Part = TypeVar("Part", Sales, Minute, Product, Show)
_KEYS = {"minute_ms", "sku_id", "at_ms"}  # the same in all that is added


def merge(parts: Sequence[Show]) -> Show:
    """The show whose shards these are, all as of one moment."""
    return _add(parts)


def merge_minutes(parts: Iterable[Minute]) -> tuple[Minute, ...]:
    by_minute: dict[int, list[Minute]] = {}
    for minute in parts:
        by_minute.setdefault(minute.minute_ms, []).append(minute)
    return tuple(_add(by_minute[minute_ms]) for minute_ms in sorted(by_minute))


def _merge_products(parts: Iterable[Product]) -> tuple[Product, ...]:
    by_sku: dict[str, list[Product]] = {}
    for product in parts:
        by_sku.setdefault(product.sku_id, []).append(product)
    return tuple(_add(by_sku[sku_id]) for sku_id in sorted(by_sku))


def _add(parts: Sequence[Part]) -> Part:
    first = parts[0]
    added: dict[str, Any] = {}
    for field in fields(first):
        values = [getattr(part, field.name) for part in parts]
        if field.name in _KEYS:
            assert len(set(values)) == 1
            added[field.name] = values[0]
        elif field.name == "sales":
            added["sales"] = _add(values)
        elif field.name == "minutes":
            added["minutes"] = merge_minutes(minute for minutes in values for minute in minutes)
        elif field.name == "products":
            added["products"] = _merge_products(product for products in values for product in products)
        else:
            added[field.name] = sum(values)
    return replace(first, **added)
