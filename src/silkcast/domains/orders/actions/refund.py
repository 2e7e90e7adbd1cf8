from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.base.api import get_base
from silkcast.domains.inventory.api import release
from silkcast.domains.orders.buyers import seal
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.events import OrderProblemSettled, OrderRefunded
from silkcast.domains.orders.models import Order
from silkcast.domains.payments.api import (
    begin_refund,
    get_refund,
    post_label,
    rate_of_order,
    refunded_of_order,
    settle_refund,
)
from silkcast.domains.payments.api import release as release_escrow
from silkcast.domains.payments.contracts import Verdict
from silkcast.domains.shipping.api import consignments
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.events import announce
from silkcast.kernel.ids import CheckoutId, MerchantId, OrderId, ShowId
from silkcast.kernel.money import Money, exchange

UNSENT = (OrderState.AWAITING.value, OrderState.PAID.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """`refund_id` is made by the caller, so that a retry is the same refund. `merchant_id` is the order's owner."""

    order_id: OrderId
    merchant_id: MerchantId | None = None
    refund_id: UUID
    amount: Money
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRef:
    refund_id: UUID


@action(
    "orders.refund",
    request=RefundOrder,
    permission="orders.refund",
    icon="retry",
    personal=("reason",),
    by_merchant=True,
)
def refund(ctx: Context, request: RefundOrder) -> RefundRef:
    """Give money back for an order, never more than was captured; the gateway is asked right after."""
    order = Order.objects.scoped(ctx).one(id=request.order_id)
    if request.merchant_id is not None and order.merchant_id != request.merchant_id:
        raise Missing(kind="order", id=str(request.order_id))
    begin_refund_of(ctx, order, request.refund_id, request.amount, request.reason)
    return RefundRef(refund_id=request.refund_id)


def begin_refund_of(ctx: Context, order: Order, refund_id: UUID, amount: Money, reason: str) -> None:
    sealed = seal(order.checkout_id, reason) if reason else b""
    begin_refund(ctx, refund_id, OrderId(order.id), CheckoutId(order.checkout_id), amount, sealed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRefund:
    refund_id: UUID
    verdict: Verdict


@action("orders.settle_refund", request=SettleRefund, icon="check")
def settle(ctx: Context, request: SettleRefund) -> RefundRef:
    """Act on what the gateway said of a refund; a whole refund of unsent goods puts them back on the shelf."""
    _, order_id, amount_minor = get_refund(ctx, request.refund_id)
    order = Order.objects.of(ctx.base_id).one(id=order_id)
    before, _ = refunded_of_order(ctx, order.id)
    in_full = before + amount_minor == order.total_minor
    stays = in_full and order.state in UNSENT
    amount = settle_refund(ctx, request.refund_id, request.verdict, goods_stay=stays)
    if amount is None:
        return RefundRef(refund_id=request.refund_id)
    if in_full:
        _close(ctx, order, stays=stays)
    home = get_base(ctx.base_id).currency
    rate = rate_of_order(ctx, order.id)
    announce(
        ctx,
        OrderRefunded(
            order_id=OrderId(order.id),
            refund_id=request.refund_id,
            show_id=ShowId(order.show_id) if order.show_id else None,
            viewer=order.viewer,
            base_minor=exchange(amount, home, rate).minor,
            placed_ms=int(order.placed_at.timestamp() * 1000),
            in_full=in_full,
        ),
    )
    return RefundRef(refund_id=request.refund_id)


def _close(ctx: Context, order: Order, *, stays: bool) -> None:
    rows = Order.objects.of(ctx.base_id).filter(id=order.id)
    rows.update(state=OrderState.REFUNDED.value)
    if rows.exclude(problem_at=None).update(problem_at=None, problem=None):  # nothing is held any longer
        show_id = ShowId(order.show_id) if order.show_id else None
        announce(ctx, OrderProblemSettled(order_id=OrderId(order.id), show_id=show_id))
    if stays:
        release(ctx, order.id)
        # A label that was bought already is paid for; without one no parcel will cost anything.
        parcels = consignments(ctx, [order.id]).get(order.id, [])
        bought = sum((parcel.cost for parcel in parcels), Money(0, order.currency))
        post_label(ctx, OrderId(order.id), bought)
    # What the order still cost (the gateway keeps its fee) is settled with the merchant now.
    release_escrow(ctx, OrderId(order.id), MerchantId(order.merchant_id), order.currency)
