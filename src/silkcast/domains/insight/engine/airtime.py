"""The airtime ledger: what each minute on air earned and cost.

Amounts are minor units of the base's currency. Every line is a sum of postings as they were tagged when posted, so the
minutes add up to the books whatever was refunded or labelled later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from uuid import UUID

from silkcast.domains.orders.contracts import SoldInShow
from silkcast.domains.payments.contracts import LedgerLine, PostingKind

MINUTE_MS = 60_000


class Side(StrEnum):
    """Whose profit it is. Ad spend is the base's; commission is a merchant's cost, and stays within the whole."""

    BASE = "base"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    gmv: int = 0
    refunds: int = 0
    cost_of_goods: int = 0
    shipping: int = 0
    platform_fee: int = 0
    gateway_fee: int = 0
    commission: int = 0
    ad_spend: int = 0

    @property
    def net(self) -> int:
        return self.gmv - self.refunds

    def profit(self, side: Side) -> int:
        own = self.ad_spend if side is Side.BASE else self.commission
        return self.net - self.cost_of_goods - self.shipping - self.platform_fee - self.gateway_fee - own

    def __add__(self, other: Sums) -> Sums:
        return Sums(**{part.name: getattr(self, part.name) + getattr(other, part.name) for part in fields(Sums)})


FIELD_OF_KIND = {
    PostingKind.CAPTURE: "gmv",
    PostingKind.REFUND: "refunds",
    PostingKind.COST_OF_GOODS: "cost_of_goods",
    PostingKind.SHIPPING: "shipping",
    PostingKind.PLATFORM_FEE: "platform_fee",
    PostingKind.GATEWAY_FEE: "gateway_fee",
    PostingKind.COMMISSION: "commission",
    PostingKind.AD_SPEND: "ad_spend",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When a product was on pitch, in programme time; `ended_ms` None while it still is."""

    product_id: UUID
    started_ms: int
    ended_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """`products` were on pitch at some time in it. `viewers` None: nobody could say."""

    minute: int
    sums: Sums
    has_estimate: bool
    viewers: int | None
    orders: int
    units: int
    products: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A minute's share of one SKU under one pitch. `sku_id` None: ad spend, which belongs to no product."""

    minute: int
    merchant_id: UUID | None
    sku_id: UUID | None
    pitch_id: UUID | None
    sums: Sums
    has_estimate: bool
    orders: int
    units: int


def sums_of(amounts: Iterable[tuple[PostingKind, int]]) -> Sums:
    """One line of the ledger from amounts by kind; kinds that are no revenue or cost (escrow's moves) have no place."""
    totals = dict.fromkeys(FIELD_OF_KIND.values(), 0)
    for kind, minor in amounts:
        totals[FIELD_OF_KIND[kind]] += minor
    return Sums(**totals)


def minutes(
    lines: Sequence[LedgerLine],
    sales: Sequence[SoldInShow],
    *,
    viewers: Sequence[int] | None,
    pitches: Sequence[Span],
    length: int,
) -> list[Minute]:
    """Every minute from the first to the last of the show or of its postings, those without a sale too."""
    by_minute: dict[int, list[LedgerLine]] = {}
    for line in lines:
        by_minute.setdefault(line.minute, []).append(line)
    sold: dict[int, list[SoldInShow]] = {}
    for sale in sales:
        sold.setdefault(sale.minute, []).append(sale)
    count = max(length, max([*by_minute, *sold], default=-1) + 1)
    on_pitch = _products_by_minute(pitches, count)
    return [
        Minute(
            minute=minute,
            sums=sums_of((line.kind, line.base_minor) for line in by_minute.get(minute, ())),
            has_estimate=any(line.has_estimate for line in by_minute.get(minute, ())),
            viewers=_at(viewers, minute),
            orders=len({sale.order_id for sale in sold.get(minute, ())}),
            units=sum(sale.units for sale in sold.get(minute, ())),
            products=on_pitch.get(minute, ()),
        )
        for minute in range(count)
    ]


def _at(viewers: Sequence[int] | None, minute: int) -> int | None:
    if viewers is None:
        return None
    return viewers[minute] if minute < len(viewers) else 0


def _products_by_minute(pitches: Sequence[Span], count: int) -> dict[int, tuple[UUID, ...]]:
    """Products in the order in which they came on; one that ends as a minute begins is not in that minute."""
    found: dict[int, dict[UUID, None]] = {}
    for pitch in sorted(pitches, key=lambda span: span.started_ms):
        first = pitch.started_ms // MINUTE_MS
        last = count - 1 if pitch.ended_ms is None else max(pitch.started_ms, pitch.ended_ms - 1) // MINUTE_MS
        for minute in range(first, min(last, count - 1) + 1):
            found.setdefault(minute, {})[pitch.product_id] = None
    return {minute: tuple(products) for minute, products in found.items()}


Key = tuple[int, UUID | None, UUID | None, UUID | None]


def parts(lines: Sequence[LedgerLine], sales: Sequence[SoldInShow]) -> list[Part]:
    """The same sums split by merchant, SKU and pitch, in the order of minutes."""
    grouped: dict[Key, list[LedgerLine]] = {}
    for line in lines:
        grouped.setdefault((line.minute, line.merchant_id, line.sku_id, line.pitch_id), []).append(line)
    sold: dict[Key, list[SoldInShow]] = {}
    for sale in sales:
        sold.setdefault((sale.minute, sale.merchant_id, sale.sku_id, sale.pitch_id), []).append(sale)
    return [
        Part(
            minute=key[0],
            merchant_id=key[1],
            sku_id=key[2],
            pitch_id=key[3],
            sums=sums_of((line.kind, line.base_minor) for line in grouped.get(key, ())),
            has_estimate=any(line.has_estimate for line in grouped.get(key, ())),
            orders=len({sale.order_id for sale in sold.get(key, ())}),
            units=sum(sale.units for sale in sold.get(key, ())),
        )
        for key in sorted({*grouped, *sold}, key=_order)
    ]


def _order(key: Key) -> tuple[int, str, str, str]:
    return key[0], str(key[1] or ""), str(key[2] or ""), str(key[3] or "")


def total(rows: Iterable[Minute] | Iterable[Part]) -> Sums:
    return sum((row.sums for row in rows), Sums())


def minutes_on_air(length_ms: int) -> int:
    """How many minutes a programme has begun.

    >>> [minutes_on_air(ms) for ms in (0, 1, 60_000, 60_001)]
    [0, 1, 1, 2]
    """
    return -(-length_ms // MINUTE_MS)
