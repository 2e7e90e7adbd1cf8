"""The steps from a paid order to its parcel, each safe to repeat: a workflow may run any of them twice."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from uuid import UUID

from silkcast.domains.base.api import get_base, merchant_names
from silkcast.domains.catalog.api import get_rate
from silkcast.domains.orders import buyers
from silkcast.domains.orders.actions.fulfil import ShipOrder
from silkcast.domains.orders.actions.refund import SettleRefund
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.queries import get_order, shipping_facts
from silkcast.domains.payments.api import gateway, get_payment, get_refund, rate_of_order
from silkcast.domains.payments.contracts import Verdict
from silkcast.domains.shipping.api import RecordLabel, RecordSteps, ReportedStep, carrier, consignments, labels
from silkcast.domains.shipping.contracts import ConsignmentState, LabelRequest
from silkcast.kernel.actions import run
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.ids import BaseId, OrderId, new_id
from silkcast.kernel.money import Money, exchange, is_bookable

logger = logging.getLogger(__name__)


def context(base_id: str, cause_id: str = "") -> Context:
    """The system's own context; `cause_id` joins what is done to the event that asked for it."""
    cause = UUID(cause_id) if cause_id else None
    return Context(base_id=BaseId(UUID(base_id)), actor=SYSTEM, cause_id=cause, at=datetime.now(UTC))


def buy_label(base_id: str, order_id: str, cause_id: str) -> bool:
    """Ask the carrier for the order's label and note it; False when there is none and nothing to send any more."""
    ctx = context(base_id, cause_id)
    order = get_order(ctx, UUID(order_id))
    buyer = buyers.find_buyer(ctx, order.checkout_id)
    if order.state is not OrderState.PAID or buyer is None:
        return bool(consignments(ctx, [order.id]))
    carrier_name, weight_g, _, cost_minor, currency = shipping_facts(ctx, order.id)
    number = f"{order.number}-1"
    label = carrier(carrier_name).label(
        LabelRequest(
            key=order_id,
            number=number,
            address=buyer.address,
            weight_g=weight_g,
            sender=merchant_names(ctx)[order.merchant_id],
            expected=Money(cost_minor, currency),
        )
    )
    cost = _charged(ctx, order.id, label.cost, Money(cost_minor, currency))
    file = labels.store(ctx.base_id, buyers.subject(order.checkout_id), order_id, label.pdf)
    run(
        ctx,
        RecordLabel(
            consignment_id=new_id(),
            order_id=order.id,
            for_merchant_id=order.merchant_id,
            number=number,
            carrier=carrier_name,
            tracking_number=label.tracking_number,
            cost=cost,
            weight_g=weight_g,
            label_file=file,
        ),
    )
    return True


def _charged(ctx: Context, order_id: OrderId, asked: Money, expected: Money) -> Money:
    """What the carrier takes, in the order's currency; the rate card's price where the books could not take that.

    The parcel is paid for and leaves all the same: the carrier's bill is for people to settle.
    """
    try:
        cost = exchange(asked, expected.currency, get_rate(ctx, asked.currency, expected.currency, ctx.at))
        if cost.minor >= 0 and is_bookable(cost, get_base(ctx.base_id).currency, rate_of_order(ctx, order_id)):
            return cost
    except Invalid:  # no rate, or no amount
        pass
    facts = {"order_id": order_id, "asked": asked.minor, "currency": asked.currency, "booked": expected.minor}
    logger.error("shipping.label_unbookable", extra={"facts": facts})
    return expected


def send_off(base_id: str, order_id: str, cause_id: str) -> None:
    """The labelled parcel leaves the shelf; a label that came too late is booked."""
    ctx = context(base_id, cause_id)
    parcels = consignments(ctx, [UUID(order_id)]).get(UUID(order_id), [])
    if parcels:
        run(ctx, ShipOrder(order_id=OrderId(UUID(order_id)), label_price=parcels[0].cost))


def follow(base_id: str, order_id: str) -> bool:
    """Note what the carriers report; True once every parcel of the order has arrived."""
    ctx = context(base_id)
    arrived = True
    for parcel in consignments(ctx, [UUID(order_id)]).get(UUID(order_id), []):
        steps = carrier(parcel.carrier).track(parcel.tracking_number, parcel.created_at, ctx.at)
        reported = tuple(ReportedStep(state=s.state, at=s.at, place=s.place) for s in steps)
        run(ctx, RecordSteps(consignment_id=parcel.id, steps=reported))
        arrived &= any(step.state is ConsignmentState.DELIVERED for step in steps)
    return arrived


def make_refund(base_id: str, refund_id: str, cause_id: str) -> bool:
    """Ask the gateway for a begun refund, by its key, and note what it said; False when it said nothing yet."""
    ctx = context(base_id, cause_id)
    payment_id, _, amount_minor = get_refund(ctx, UUID(refund_id))
    payment = get_payment(ctx, payment_id)
    outcome = gateway(payment.gateway).refund(
        refund_id, payment.reference, Money(amount_minor, payment.amount.currency)
    )
    run(ctx, SettleRefund(refund_id=UUID(refund_id), verdict=outcome.verdict))
    return outcome.verdict is not Verdict.UNKNOWN
