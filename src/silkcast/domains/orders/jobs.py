"""What must happen by itself: holds that end, payments whose outcome is still open."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from silkcast.domains.orders.actions.pay import ExpireHold, SettlePayment
from silkcast.domains.orders.queries import expired_checkouts
from silkcast.domains.payments.api import gateway, open_payments
from silkcast.domains.payments.contracts import Verdict
from silkcast.kernel.actions import run
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.errors import Unavailable

logger = logging.getLogger(__name__)
ASK_AFTER_S = 5  # the charge itself has a deadline below this, so nobody is asked about a call still under way


def expire_holds() -> int:
    """Give back what was not paid in time; how many purchases ended."""
    now = datetime.now(UTC)
    found = expired_checkouts(now)
    for base_id, checkout_id in found:
        run(Context(base_id=base_id, actor=SYSTEM, at=now), ExpireHold(checkout_id=checkout_id))
    return len(found)


def ask_about_payments() -> int:
    """Ask the gateway about payments that it did not answer; how many became known."""
    now = datetime.now(UTC)
    known = 0
    for base_id, payment in open_payments(now - timedelta(seconds=ASK_AFTER_S)):
        try:
            outcome = gateway(payment.gateway).find(str(payment.id))
        except Unavailable:
            logger.warning("payments.still_unknown", extra={"facts": {"payment_id": payment.id}})
            continue
        if outcome.verdict is not Verdict.UNKNOWN:
            run(Context(base_id=base_id, actor=SYSTEM, at=now), SettlePayment(payment_id=payment.id, outcome=outcome))
            known += 1
    return known
