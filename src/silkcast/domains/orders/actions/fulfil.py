from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from silkcast.domains.inventory.api import ship
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.errors import NotReceivable
from silkcast.domains.orders.events import OrderCompleted, OrderDelivered, OrderShipped
from silkcast.domains.orders.models import Order
from silkcast.domains.payments.api import post_label, release
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import MerchantId, OrderId, ShowId
from silkcast.kernel.money import Money

ON_ITS_WAY = (OrderState.SHIPPED.value, OrderState.DELIVERED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipOrder:
    """The parcel has its label: goods leave the shelf, and `label_price` takes the estimate's place in the books."""

    order_id: OrderId
    label_price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRef:
    order_id: OrderId


def _show(order: Order) -> ShowId | None:
    return ShowId(order.show_id) if order.show_id else None


@action("orders.ship", request=ShipOrder, icon="parcel")
def ship_order(ctx: Context, request: ShipOrder) -> OrderRef:
    """Send a paid order off; one that was refunded meanwhile stays, and its merchant bears the label."""
    rows = Order.objects.of(ctx.base_id).filter(id=request.order_id, state=OrderState.PAID.value)
    if rows.update(state=OrderState.SHIPPED.value):
        order = Order.objects.of(ctx.base_id).one(id=request.order_id)
        ship(ctx, order.id)
        post_label(ctx, request.order_id, request.label_price)
        announce(ctx, OrderShipped(order_id=request.order_id, show_id=_show(order)))
        return OrderRef(order_id=request.order_id)
    order = Order.objects.of(ctx.base_id).one(id=request.order_id)
    if order.state == OrderState.REFUNDED.value:
        post_label(ctx, request.order_id, request.label_price)
        release(ctx, request.order_id, MerchantId(order.merchant_id), order.currency)
    return OrderRef(order_id=request.order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDelivery:
    order_id: OrderId


@action("orders.note_delivery", request=NoteDelivery, icon="parcel")
def note_delivery(ctx: Context, request: NoteDelivery) -> OrderRef:
    """The carrier says it arrived; the money stays in escrow until the buyer confirms."""
    rows = Order.objects.of(ctx.base_id).filter(id=request.order_id, state=OrderState.SHIPPED.value)
    if rows.update(state=OrderState.DELIVERED.value, delivered_at=ctx.at):
        order = Order.objects.of(ctx.base_id).one(id=request.order_id)
        announce(ctx, OrderDelivered(order_id=request.order_id, show_id=_show(order)))
    return OrderRef(order_id=request.order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReceipt:
    order_id: OrderId


@action("orders.confirm_receipt", request=ConfirmReceipt, permission="orders.confirm_receipt", icon="check")
def confirm_receipt(ctx: Context, request: ConfirmReceipt) -> OrderRef:
    """The buyer has it: escrow pays the merchant, the base and the fees. Confirming twice pays once."""
    order = Order.objects.of(ctx.base_id).one(id=request.order_id)
    rows = Order.objects.of(ctx.base_id).filter(id=request.order_id, state__in=ON_ITS_WAY)
    if rows.update(state=OrderState.COMPLETED.value, problem_at=None, problem=None):
        _pay_out(ctx, order)
    elif order.state != OrderState.COMPLETED.value:
        raise NotReceivable(state=order.state)
    return OrderRef(order_id=request.order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteKept:
    order_id: OrderId
    delivered_before: datetime


@action("orders.complete_kept", request=CompleteKept, icon="clock")
def complete_kept(ctx: Context, request: CompleteKept) -> OrderRef:
    """Nobody objected in time: escrow pays. What the buyer said a moment ago, or days that began anew, keep it."""
    rows = Order.objects.of(ctx.base_id).filter(
        id=request.order_id,
        state=OrderState.DELIVERED.value,
        problem_at=None,
        delivered_at__lt=request.delivered_before,
    )
    if rows.update(state=OrderState.COMPLETED.value):
        _pay_out(ctx, Order.objects.of(ctx.base_id).one(id=request.order_id))
    return OrderRef(order_id=request.order_id)


def _pay_out(ctx: Context, order: Order) -> None:
    release(ctx, OrderId(order.id), MerchantId(order.merchant_id), order.currency)
    announce(ctx, OrderCompleted(order_id=OrderId(order.id), show_id=_show(order)))
