"""What may leave the domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from silkcast.domains.insight.engine.airtime import Side, Span
from silkcast.domains.studio.contracts import ShowView
from silkcast.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What some airtime earned and cost, in the base's currency. `viewers` None: nobody could say.

    Commission moves between a merchant and the base: a cost in a merchant's view, no part of the base's profit.
    """

    viewers: int | None
    orders: int
    units: int
    gmv: Money
    refunds: Money
    net: Money
    cost_of_goods: Money
    shipping: Money
    platform_fee: Money
    gateway_fee: Money
    commission: Money
    ad_spend: Money
    profit: Money
    shipping_estimated: bool
    ad_spend_spread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AirtimeMinute(Figures):
    minute: int
    at: datetime
    pitched: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AirtimePart(Figures):
    """A minute's share of one SKU. `pitch_minute` None: sold unpitched. Ad spend has no merchant and no SKU."""

    minute: int
    at: datetime
    merchant: str
    product: str
    sku_code: str
    sku_name: str
    pitch_minute: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The airtime's profit beside the one that the books give when read without any minutes."""

    is_equal: bool
    airtime: Money
    ledger: Money

    @property
    def equal(self) -> bool:
        return self.is_equal

    @property
    def difference(self) -> Money:
        return self.airtime - self.ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Airtime:
    """`pitches` are those of products that the view may name, with their titles."""

    show: ShowView
    side: Side
    merchant_id: UUID | None
    currency: str
    minutes: tuple[AirtimeMinute, ...]
    totals: Figures
    books: Books
    pitches: tuple[tuple[Span, str], ...]
