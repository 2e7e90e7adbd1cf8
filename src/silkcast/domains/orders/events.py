from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from silkcast.kernel.events import Event, event
from silkcast.kernel.ids import CheckoutId, MerchantId, OrderId, ShowId, SkuId


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    sku_id: SkuId
    units: int
    total_minor: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """Stock is promised; the buyer has until the hold ends to pay."""

    topic: ClassVar[str] = "orders.order_placed"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    checkout_id: CheckoutId
    merchant_id: MerchantId
    show_id: ShowId | None
    currency: str
    total_minor: int
    lines: tuple[SoldLine, ...]


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    """Captured. `base_minor` is in the base's currency at the rate of the posting; `viewer` is a pseudonymous id.

    `placed_ms`: Unix milliseconds of the placement, the minute in which the order counts.
    """

    topic: ClassVar[str] = "orders.order_paid"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    checkout_id: CheckoutId
    merchant_id: MerchantId
    show_id: ShowId | None
    viewer: str
    base_minor: int
    placed_ms: int
    lines: tuple[SoldLine, ...]


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped(Event):
    topic: ClassVar[str] = "orders.order_shipped"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    show_id: ShowId | None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDelivered(Event):
    topic: ClassVar[str] = "orders.order_delivered"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    show_id: ShowId | None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(Event):
    """The buyer has it; escrow was released."""

    topic: ClassVar[str] = "orders.order_completed"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    show_id: ShowId | None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProblemReported(Event):
    """The buyer says that something is wrong: the money stays held until it is settled."""

    topic: ClassVar[str] = "orders.problem_reported"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    show_id: ShowId | None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProblemSettled(Event):
    topic: ClassVar[str] = "orders.problem_settled"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    show_id: ShowId | None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    topic: ClassVar[str] = "orders.order_cancelled"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    show_id: ShowId | None
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(Event):
    """Money went back; `base_minor` in the base's currency."""

    topic: ClassVar[str] = "orders.order_refunded"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    refund_id: UUID
    show_id: ShowId | None
    viewer: str
    base_minor: int
    placed_ms: int
    in_full: bool


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerErased(Event):
    """Nothing that names the buyer of these purchases may be readable any more; `viewer` as in OrderPaid."""

    topic: ClassVar[str] = "orders.buyer_erased"
    subject: ClassVar[str] = "checkout_id"
    checkout_id: CheckoutId
    checkout_ids: tuple[CheckoutId, ...]
    viewer: str
