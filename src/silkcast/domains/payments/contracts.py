from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from silkcast.kernel.ids import CheckoutId, MerchantId, OrderId, PaymentId, ShowId, SkuId
from silkcast.kernel.money import Money


class PaymentState(StrEnum):
    """processing -> captured | declined | unknown; unknown -> captured | declined when the gateway tells.

    Money that was captured and cannot be booked goes back whole, outside the books: returning -> returned.
    """

    PROCESSING = "processing"
    CAPTURED = "captured"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    RETURNING = "returning"
    RETURNED = "returned"


class RefundState(StrEnum):
    PROCESSING = "processing"
    DONE = "done"
    REFUSED = "refused"


class PostingKind(StrEnum):
    """What a posting is for; the lines of the airtime ledger are sums of the first eight."""

    CAPTURE = "capture"
    REFUND = "refund"
    COST_OF_GOODS = "cost_of_goods"
    SHIPPING = "shipping"
    PLATFORM_FEE = "platform_fee"
    GATEWAY_FEE = "gateway_fee"
    COMMISSION = "commission"
    AD_SPEND = "ad_spend"
    RELEASE = "release"
    RELEASE_COSTS = "release_costs"
    COMMISSION_EARNED = "commission_earned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Where in a show the money was earned. `minute` is the order's placement in programme time; None off air."""

    merchant_id: MerchantId | None
    order_id: OrderId | None
    sku_id: SkuId | None
    show_id: ShowId | None
    minute: int | None
    pitch_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One order line as money: `total` is what the buyer pays for it, its share of shipping included."""

    tag: Tag
    total: Money
    cost_of_goods: Money
    shipping_estimate: Money
    platform_fee_bp: int
    commission_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Lives in memory for one call; never stored, logged or announced."""

    number: str
    expiry: str
    cvc: str

    def __repr__(self) -> str:
        return "Card(…)"


class Verdict(StrEnum):
    CAPTURED = "captured"
    DECLINED = "declined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOutcome:
    """UNKNOWN: the gateway did not say in time; it may have charged, so it is asked again and never guessed."""

    verdict: Verdict
    reference: str = ""
    reason: str = ""
    brand: str = ""
    last4: str = ""
    fee_minor: int = 0


class Gateway(Protocol):
    """What we need of a payment provider. `key` makes a repeated call the same call; every call has a deadline.

    `find` on a key that was never charged cancels it: a charge that comes later under that key is declined.
    """

    def charge(self, key: str, amount: Money, card: Card) -> ChargeOutcome: ...

    def find(self, key: str) -> ChargeOutcome: ...

    def refund(self, key: str, reference: str, amount: Money) -> ChargeOutcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    id: PaymentId
    checkout_id: CheckoutId
    state: PaymentState
    amount: Money
    refunded: Money
    fee: Money
    gateway: str
    brand: str
    last4: str
    reason: str
    reference: str
    captured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingView:
    id: UUID
    at: datetime
    kind: PostingKind
    reverses: bool
    is_estimate: bool
    debit: str
    credit: str
    amount: Money
    base_amount: Money
    rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSales:
    """Captured and refunded in the base's currency, and how many orders were captured."""

    gmv: Money
    refunds: Money
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """A show's postings summed by minute, SKU, merchant, pitch and kind, in the base's currency, less reversals."""

    kind: PostingKind
    minute: int
    merchant_id: MerchantId | None
    sku_id: SkuId | None
    pitch_id: UUID | None
    base_minor: int
    has_estimate: bool
    orders: int
