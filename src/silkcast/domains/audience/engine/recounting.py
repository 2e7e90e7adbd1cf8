"""Counts a show again from all its signals at once, to prove the live number. It shares the definitions with the tally
and neither its state nor its method: everything is laid side by side and sorted, nothing is kept between batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from silkcast.domains.audience.engine.batch import I64, NOBODY, U64, Batch, Mask, Names, Rows
from silkcast.domains.audience.engine.kinds import INTERACTIONS, Kind
from silkcast.domains.audience.engine.metrics import (
    MINUTE_MS,
    ONLINE_MS,
    SEAL_AFTER_MS,
    SLOT_MS,
    Minute,
    Product,
    Sales,
    Show,
)


@dataclass(frozen=True, slots=True)
class _Columns:
    """All signals of the show, each id once."""

    at_ms: I64
    received_ms: I64
    kind: I64
    viewer: I64
    sku: I64
    order: I64
    units: I64
    amount_minor: I64

    def where(self, rows: Mask | Rows) -> _Columns:
        return _Columns(*[getattr(self, name)[rows] for name in _NAMES])

    @property
    def audience(self) -> Mask:
        return self.kind < Kind.BUY

    def of(self, *kinds: Kind) -> Mask:
        mask: Mask = np.isin(self.kind, kinds)
        return mask


_NAMES = [field.name for field in fields(_Columns)]


def recount(batches: Iterable[Batch], names: Names, *, at_ms: int) -> Show:
    """The numbers of the show whose signals these are, as of `at_ms`. Repeated ids count once, the first of them."""
    all_ = _gather(batches)
    heard = all_.where(all_.of(Kind.HEARTBEAT))
    latest = np.full(int(all_.viewer.max(initial=0)) + 1, np.iinfo(np.int64).min)
    np.maximum.at(latest, heard.viewer, heard.at_ms)
    return Show(
        at_ms=at_ms,
        signals=int(np.count_nonzero(all_.audience)),
        online=int(np.count_nonzero(latest > at_ms - ONLINE_MS)),
        viewers=_distinct(all_.viewer[all_.viewer != NOBODY]),
        views=_rows(all_, Kind.ENTER),
        stay_s=_distinct(heard.viewer, heard.at_ms // SLOT_MS) * SLOT_MS // 1000,
        interactors=_distinct(all_.viewer[all_.of(*INTERACTIONS)]),
        comments=_rows(all_, Kind.COMMENT),
        likes=_rows(all_, Kind.LIKE),
        shares=_rows(all_, Kind.SHARE),
        follows=_rows(all_, Kind.FOLLOW),
        clicks=_rows(all_, Kind.CLICK),
        carts=_rows(all_, Kind.CART),
        leaves=_rows(all_, Kind.LEAVE),
        sales=_sales(all_),
        minutes=tuple(_minute(number, rows) for number, rows in _split(all_, all_.at_ms // MINUTE_MS)),
        products=_products(all_.where(all_.of(Kind.CLICK, Kind.CART, Kind.BUY, Kind.REFUND)), names),
    )


def _minute(number: int, rows: _Columns) -> Minute:
    heard = rows.of(Kind.HEARTBEAT)
    return Minute(
        minute_ms=number * MINUTE_MS,
        online=_distinct(rows.viewer[heard]),
        viewers=_distinct(rows.viewer[rows.audience]),
        interactors=_distinct(rows.viewer[rows.of(*INTERACTIONS)]),
        stay_s=_distinct(rows.viewer[heard], rows.at_ms[heard] // SLOT_MS) * SLOT_MS // 1000,
        views=_rows(rows, Kind.ENTER),
        comments=_rows(rows, Kind.COMMENT),
        likes=_rows(rows, Kind.LIKE),
        shares=_rows(rows, Kind.SHARE),
        follows=_rows(rows, Kind.FOLLOW),
        clicks=_rows(rows, Kind.CLICK),
        carts=_rows(rows, Kind.CART),
        late=int(np.count_nonzero(rows.received_ms >= (number + 1) * MINUTE_MS + SEAL_AFTER_MS)),
        sales=_sales(rows),
    )


def _products(rows: _Columns, names: Names) -> tuple[Product, ...]:
    parts = _split(rows.where(rows.sku != NOBODY), rows.sku[rows.sku != NOBODY])
    products = (_product(names.skus[number], part) for number, part in parts)
    return tuple(sorted(products, key=lambda product: product.sku_id))


def _product(sku_id: str, rows: _Columns) -> Product:
    return Product(
        sku_id=sku_id,
        visitors=_distinct(rows.viewer[rows.of(Kind.CLICK)]),
        clicks=_rows(rows, Kind.CLICK),
        carts=_rows(rows, Kind.CART),
        sales=_sales(rows),
    )


def _sales(rows: _Columns) -> Sales:
    bought, refunded = rows.of(Kind.BUY), rows.of(Kind.REFUND)
    return Sales(
        buyers=_distinct(rows.viewer[bought & (rows.viewer != NOBODY)]),
        orders=_distinct(rows.order[bought]),
        units=sum(rows.units[bought].tolist()),
        gmv_minor=sum(rows.amount_minor[bought].tolist()),
        refunds_minor=sum(rows.amount_minor[refunded].tolist()),
    )


def _rows(rows: _Columns, kind: Kind) -> int:
    return int(np.count_nonzero(rows.kind == kind))


def _distinct(values: I64, beside: I64 | None = None) -> int:
    """How many different values there are, or pairs of values with those beside them; none needs more than 31 bits."""
    return int(np.unique(values if beside is None else values << 31 | beside).shape[0])


def _split(rows: _Columns, key: I64) -> list[tuple[int, _Columns]]:
    """The rows of each value of `key`, in order of the key."""
    order = np.argsort(key, kind="stable")
    keys, starts = np.unique(key[order], return_index=True)
    return [(int(number), rows.where(part)) for number, part in zip(keys, np.split(order, starts)[1:], strict=True)]


def _gather(batches: Iterable[Batch]) -> _Columns:
    parts: list[list[I64]] = []
    ids: list[list[U64]] = []
    for batch in batches:
        facts = batch.is_fact
        parts.append(
            [
                batch.at_ms,
                batch.received_ms,
                batch.kind.astype(np.int64),
                batch.viewer.astype(np.int64),
                batch.sku.astype(np.int64),
                _spread(facts, batch.order.astype(np.int64)),
                _spread(facts, batch.units),
                _spread(facts, batch.amount_minor),
            ]
        )
        ids.append([batch.id_high, batch.id_low, batch.source.astype(np.uint64)])
    if not parts:
        return _Columns(*[np.empty(0, np.int64)] * len(_NAMES))
    first = _first_of_each([np.concatenate(column) for column in zip(*ids, strict=True)])
    return _Columns(*[np.concatenate(column)[first] for column in zip(*parts, strict=True)])


def _first_of_each(columns: list[U64]) -> I64:
    if not columns[0].shape[0]:
        return np.empty(0, np.int64)
    order = np.lexsort(columns)
    starts = np.logical_or.reduce([np.diff(column[order]) != 0 for column in columns])
    return np.sort(order[np.concatenate(([True], starts))])


def _spread(facts: Mask, values: I64) -> I64:
    column = np.zeros(facts.shape[0], np.int64)
    column[facts] = values
    return column
