"""Money that was captured and cannot be kept goes back whole; the goods stay, and nothing of it is in the books."""

from __future__ import annotations

from dataclasses import dataclass

from silkcast.domains.orders.actions.pay import Settled
from silkcast.domains.orders.cancelling import cancel_orders
from silkcast.domains.orders.contracts import CheckoutState
from silkcast.domains.orders.models import Checkout
from silkcast.domains.payments.api import begin_return, end_return, get_payment
from silkcast.domains.payments.contracts import ChargeOutcome
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.ids import PaymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPayment:
    """`outcome` is the gateway's word of the capture that the books would not take."""

    payment_id: PaymentId
    outcome: ChargeOutcome


@action("orders.return_payment", request=ReturnPayment, permission="orders.pay", icon="retry", by_merchant=True)
def return_payment(ctx: Context, request: ReturnPayment) -> Settled:
    """Cancel a purchase whose capture could not be booked; the gateway is asked for the money next."""
    payment = get_payment(ctx, request.payment_id)
    rows = Checkout.objects.of(ctx.base_id).filter(id=payment.checkout_id)
    if not begin_return(ctx, request.payment_id, request.outcome):
        return Settled(state=CheckoutState(rows.get().state))
    rows.update(state=CheckoutState.RETURNED.value, address=None)
    cancel_orders(ctx, payment.checkout_id, "unbooked")
    return Settled(state=CheckoutState.RETURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleReturn:
    payment_id: PaymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRef:
    payment_id: PaymentId


@action("orders.settle_return", request=SettleReturn, icon="check")
def settle_return(ctx: Context, request: SettleReturn) -> ReturnRef:
    """Note that the gateway gave back what could not be booked."""
    end_return(ctx, request.payment_id)
    return ReturnRef(payment_id=request.payment_id)
