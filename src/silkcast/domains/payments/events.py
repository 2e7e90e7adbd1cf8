from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from silkcast.kernel.events import Event, event
from silkcast.kernel.ids import CheckoutId, OrderId, PaymentId, ShowId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentBegun(Event):
    topic: ClassVar[str] = "payments.payment_begun"
    subject: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    checkout_id: CheckoutId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(Event):
    topic: ClassVar[str] = "payments.payment_captured"
    subject: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    checkout_id: CheckoutId
    amount_minor: int
    currency: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined(Event):
    topic: ClassVar[str] = "payments.payment_declined"
    subject: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    checkout_id: CheckoutId
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentUnknown(Event):
    """The gateway did not answer in time; it will be asked until it does."""

    topic: ClassVar[str] = "payments.payment_unknown"
    subject: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    checkout_id: CheckoutId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentUnbooked(Event):
    """Captured, but the books could not take it: all of it goes back to the buyer."""

    topic: ClassVar[str] = "payments.payment_unbooked"
    subject: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    checkout_id: CheckoutId
    amount_minor: int
    currency: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReturned(Event):
    """What could not be booked is back with the buyer."""

    topic: ClassVar[str] = "payments.payment_returned"
    subject: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    checkout_id: CheckoutId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RefundBegun(Event):
    topic: ClassVar[str] = "payments.refund_begun"
    subject: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    refund_id: UUID
    order_id: OrderId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowReleased(Event):
    topic: ClassVar[str] = "payments.escrow_released"
    subject: ClassVar[str] = "order_id"
    order_id: OrderId
    amount_minor: int
    currency: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class AdSpendEntered(Event):
    topic: ClassVar[str] = "payments.ad_spend_entered"
    subject: ClassVar[str] = "show_id"
    show_id: ShowId
    amount_minor: int
    currency: str
