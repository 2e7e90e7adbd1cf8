from __future__ import annotations

from uuid import UUID

from silkcast.domains.inventory.api import release
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.events import OrderCancelled
from silkcast.domains.orders.models import Order
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import OrderId, ShowId


def cancel_orders(ctx: Context, checkout_id: UUID, reason: str) -> None:
    """The goods of a purchase that will not be paid go back to the shelf."""
    for order in Order.objects.of(ctx.base_id).filter(checkout_id=checkout_id).order_by("id"):
        release(ctx, order.id)
        Order.objects.of(ctx.base_id).filter(id=order.id).update(state=OrderState.CANCELLED.value)
        show_id = ShowId(order.show_id) if order.show_id else None
        announce(ctx, OrderCancelled(order_id=OrderId(order.id), show_id=show_id, reason=reason))
