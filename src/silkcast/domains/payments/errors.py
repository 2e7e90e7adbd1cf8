from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid


class RefundTooLarge(Conflict):
    code = "payments.refund_too_large"


class NotCaptured(Conflict):
    code = "payments.not_captured"


class CardInvalid(Invalid):
    code = "payments.card_invalid"


class PaymentOpen(Conflict):
    """A payment of this checkout is under way or done; starting another could charge twice."""

    code = "payments.payment_open"
