"""From a cart to orders that sum exactly: one per merchant, shipping shared over lines by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.catalog.contracts import Sellable
from silkcast.domains.orders.contracts import LineWanted
from silkcast.kernel.ids import MerchantId
from silkcast.kernel.money import split


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    wanted: LineWanted
    sells: Sellable
    total_minor: int
    paid_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedOrder:
    merchant_id: MerchantId
    lines: tuple[PricedLine, ...]
    goods_minor: int
    shipping_minor: int
    weight_g: int

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.shipping_minor


def merge(lines: Sequence[LineWanted]) -> list[LineWanted]:
    """One line per SKU: a cart that names a SKU twice wants the sum."""
    if len(lines) == 1:
        return list(lines)
    merged: dict[UUID, LineWanted] = {}
    for line in lines:
        before = merged.get(line.sku_id)
        units = line.units + (before.units if before else 0)
        merged[line.sku_id] = LineWanted(sku_id=line.sku_id, units=units, pitch_id=line.pitch_id)
    return list(merged.values())


def by_merchant(lines: Sequence[LineWanted], selling: Mapping[UUID, Sellable]) -> dict[MerchantId, list[LineWanted]]:
    found: dict[MerchantId, list[LineWanted]] = {}
    for line in lines:
        found.setdefault(selling[line.sku_id].merchant_id, []).append(line)
    return found


def weight_g(lines: Sequence[LineWanted], selling: Mapping[UUID, Sellable]) -> int:
    return sum(line.units * selling[line.sku_id].weight_g for line in lines)


def price(
    merchant_id: MerchantId, lines: Sequence[LineWanted], selling: Mapping[UUID, Sellable], shipping_minor: int
) -> PricedOrder:
    """One merchant's order; the shipping charge falls on its lines in proportion to their value."""
    totals = [selling[line.sku_id].price.minor * line.units for line in lines]
    shares = split(shipping_minor, totals)
    return PricedOrder(
        merchant_id=merchant_id,
        lines=tuple(
            PricedLine(wanted=line, sells=selling[line.sku_id], total_minor=total, paid_minor=total + share)
            for line, total, share in zip(lines, totals, shares, strict=True)
        ),
        goods_minor=sum(totals),
        shipping_minor=shipping_minor,
        weight_g=weight_g(lines, selling),
    )
