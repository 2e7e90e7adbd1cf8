"""What must happen by itself: holds that end, outcomes that are still open, paid orders that nobody sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid5

from silkcast.domains.orders import fulfilment
from silkcast.domains.orders.actions.fulfil import CompleteKept
from silkcast.domains.orders.actions.give_back import SettleReturn
from silkcast.domains.orders.actions.pay import ExpireHold
from silkcast.domains.orders.checkout import settle
from silkcast.domains.orders.queries import expired_checkouts, kept_orders, unsent_orders
from silkcast.domains.payments.api import gateway, open_payments, open_refunds, payments_to_return
from silkcast.domains.payments.contracts import PaymentView, Verdict
from silkcast.kernel.actions import run
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.errors import Overloaded
from silkcast.kernel.ids import BaseId, CheckoutId, OrderId
from silkcast.kernel.patience import Patience
from silkcast.kernel.storage.rounds import Round

logger = logging.getLogger(__name__)
T = TypeVar("T")
# Above every deadline of a charge, so that nobody is asked about a call still under way.
ASK_AFTER_S = 30
REFUND_AFTER_S = 120
SEND_AFTER_S = 600
COMPLETED_AFTER_DAYS = 14  # the days in which a buyer who has the parcel may still object
RETRY_S_MAX = 3_600
_holds, _payments, _returns, _refunds, _unsent = Round(100), Round(100), Round(50), Round(50), Round(50)
_of_holds, _of_payments, _of_returns = (Patience(5, RETRY_S_MAX) for _ in range(3))
_kept = Round(200)
_of_refunds, _of_unsent, _of_kept = (Patience(every_s, RETRY_S_MAX) for every_s in (30, 60, 600))


def each(
    found: Iterable[tuple[BaseId, T]], work: Callable[[tuple[BaseId, T]], bool], event: str, patience: Patience
) -> int:
    """Do one after the other; what fails or finds no turn is logged, and the next one goes on. How many were done.

    What was not done comes again, each time later.
    """
    done = 0
    for one in found:
        name = getattr(one[1], "id", one[1])
        if not patience.is_due(name):
            continue
        patience.failed(name)  # until it is done
        try:
            if work(one):
                patience.done(name)
                done += 1
        except Overloaded:  # no failure of its own: it comes again with the next round
            patience.done(name)
            logger.warning(event, extra={"facts": {"row": str(one)[:200]}})
        except Exception:
            logger.exception(event, extra={"facts": {"row": str(one)[:200]}})
    return done


def expire_holds() -> int:
    """Give back what was not paid in time; how many purchases ended."""
    now = datetime.now(UTC)

    def expire(row: tuple[BaseId, CheckoutId]) -> bool:
        run(Context(base_id=row[0], actor=SYSTEM, at=now), ExpireHold(checkout_id=row[1]))
        return True

    return each(expired_checkouts(now, _holds), expire, "orders.expire_failed", _of_holds)


def ask_about_payments() -> int:
    """Ask the gateway about payments that it did not answer; how many became known."""
    now = datetime.now(UTC)

    def ask(row: tuple[BaseId, PaymentView]) -> bool:
        base_id, payment = row
        outcome = gateway(payment.gateway).find(str(payment.id))
        if outcome.verdict is Verdict.UNKNOWN:
            return False
        settle(Context(base_id=base_id, actor=SYSTEM, at=now), payment.id, outcome)
        return True

    waiting = open_payments(now - timedelta(seconds=ASK_AFTER_S), _payments)
    return each(waiting, ask, "payments.ask_failed", _of_payments)


def give_back() -> int:
    """Ask the gateway to give back what was captured and could not be booked, by one key; how many went back."""

    def ask(row: tuple[BaseId, PaymentView]) -> bool:
        base_id, payment = row
        key = str(uuid5(payment.id, "return"))
        if gateway(payment.gateway).refund(key, payment.reference, payment.amount).verdict is not Verdict.CAPTURED:
            return False
        run(Context(base_id=base_id, actor=SYSTEM, at=datetime.now(UTC)), SettleReturn(payment_id=payment.id))
        return True

    return each(payments_to_return(_returns), ask, "payments.return_failed", _of_returns)


def ask_about_refunds() -> int:
    """Ask the gateway again, by the same keys, for refunds that never came to an end; how many got an answer."""

    def ask(row: tuple[BaseId, str]) -> bool:
        return fulfilment.make_refund(str(row[0]), row[1], "")

    waiting = open_refunds(datetime.now(UTC) - timedelta(seconds=REFUND_AFTER_S), _refunds)
    return each(waiting, ask, "payments.refund_failed", _of_refunds)


def send_what_waits() -> int:
    """Paid orders whose workflow gave up: every step knows a repeat by its key. How many were sent."""

    def send(row: tuple[BaseId, OrderId]) -> bool:
        base_id, order_id = str(row[0]), str(row[1])
        if not fulfilment.buy_label(base_id, order_id, ""):
            return False
        fulfilment.send_off(base_id, order_id, "")
        return True

    waiting = unsent_orders(datetime.now(UTC) - timedelta(seconds=SEND_AFTER_S), _unsent)
    return each(waiting, send, "orders.send_failed", _of_unsent)


def complete_kept() -> int:
    """Release the money of what arrived long enough ago without a word from its buyer; how many orders ended."""
    now = datetime.now(UTC)

    before = now - timedelta(days=COMPLETED_AFTER_DAYS)

    def complete(row: tuple[BaseId, OrderId]) -> bool:
        run(Context(base_id=row[0], actor=SYSTEM, at=now), CompleteKept(order_id=row[1], delivered_before=before))
        return True

    return each(kept_orders(before, _kept), complete, "orders.complete_failed", _of_kept)
