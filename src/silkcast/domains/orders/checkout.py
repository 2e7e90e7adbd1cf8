"""Buying in order: place, ask the gateway, settle. For doors that do all three: the shop's page and the REST API."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime

from silkcast.domains.base.contracts import BaseView
from silkcast.domains.orders.actions.give_back import ReturnPayment
from silkcast.domains.orders.actions.pay import BeginPayment, Settled, SettlePayment
from silkcast.domains.orders.errors import NoGateway
from silkcast.domains.orders.queries import get_checkout
from silkcast.domains.payments.api import gateway, get_payment
from silkcast.domains.payments.contracts import Card, ChargeOutcome, PaymentState, Verdict
from silkcast.domains.payments.errors import CardInvalid
from silkcast.kernel.actions import run
from silkcast.kernel.context import Context, id_asked_by
from silkcast.kernel.errors import Overloaded, Unavailable
from silkcast.kernel.ids import CheckoutId, PaymentId, new_id
from silkcast.kernel.texts import as_meant

logger = logging.getLogger(__name__)
OPEN = (PaymentState.PROCESSING, PaymentState.UNKNOWN)
CARD_DIGITS = range(12, 20)
GROUPED = re.compile(r"[ -]")
EXPIRY = re.compile(r"(?P<month>[0-9]{1,2}) ?[/.-] ?(?:20)?(?P<year>[0-9]{2})")
CVC = re.compile(r"[0-9]{3,4}")


def checked_card(card: Card, today: datetime) -> Card:
    """The card as a gateway reads it: digits, MM/YY, digits. CardInvalid for what none would take.

    That is wrong digits (Luhn), a date past, a code too short.
    """
    number, cvc = GROUPED.sub("", as_meant(card.number)), as_meant(card.cvc)
    expiry = EXPIRY.fullmatch(as_meant(card.expiry))
    digits = [int(digit) for digit in number] if number.isdecimal() else []
    doubled = sum(sum(divmod(2 * d, 10)) for d in digits[-2::-2]) + sum(digits[-1::-2])
    if expiry is None or len(digits) not in CARD_DIGITS or doubled % 10 or not CVC.fullmatch(cvc):
        raise CardInvalid
    month, year = int(expiry["month"]), 2000 + int(expiry["year"])
    if not 1 <= month <= 12 or (year, month) < (today.year, today.month):
        raise CardInvalid
    return Card(number=number, expiry=f"{month:02}/{year % 100:02}", cvc=cvc)


def gateway_for(base: BaseView) -> str:
    """The gateway that charges for a base; NoGateway for a real one, which has none set up yet."""
    if not base.is_simulated:
        raise NoGateway(base=base.slug)
    return "sandbox"


def pay(ctx: Context, checkout_id: CheckoutId, card: Card, gateway_name: str, *, key: str | None = None) -> Settled:
    """Charge the card for a purchase; the state that it left the purchase in.

    With a `key`, a repeat by the same actor is the same payment, whatever card it names: the gateway is asked again
    under the same name, and answers alike.

    Nothing is held open while the gateway is asked. When this process dies in between, the worker finds the payment
    still open and asks the gateway by its key.
    """
    card = checked_card(card, ctx.at)
    payment_id = PaymentId(id_asked_by(ctx, checkout_id, "payment", key) if key else new_id())
    begin = BeginPayment(checkout_id=checkout_id, payment_id=payment_id, gateway=gateway_name)
    run(ctx, begin, key=f"payment\n{key}" if key else None)
    payment = get_payment(ctx, payment_id)
    if payment.state not in OPEN:  # a repeat, or the worker found out first: nothing is charged any more
        return Settled(state=get_checkout(ctx, checkout_id).state)
    try:
        outcome = gateway(gateway_name).charge(str(payment_id), payment.amount, card)
    except Unavailable:
        outcome = ChargeOutcome(verdict=Verdict.UNKNOWN)
    return settle(replace(ctx, at=datetime.now(UTC)), payment_id, outcome)


def settle(ctx: Context, payment_id: PaymentId, outcome: ChargeOutcome) -> Settled:
    """Act on the gateway's word. Money that came and cannot be booked, for whatever reason, goes back."""
    settled: Settled
    try:
        settled = run(ctx, SettlePayment(payment_id=payment_id, outcome=outcome))
    except (Overloaded, Unavailable):  # the payment stays open, so the worker asks and settles
        raise
    except Exception:
        if outcome.verdict is not Verdict.CAPTURED:
            raise
        logger.exception("orders.capture_unbooked", extra={"facts": {"payment_id": payment_id}})
        settled = run(ctx, ReturnPayment(payment_id=payment_id, outcome=outcome))
    return settled
