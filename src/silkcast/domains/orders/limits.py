from __future__ import annotations

from uuid import UUID

from django.db.models import Sum

from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.models import Order, OrderLine
from silkcast.kernel.context import Context


def bought_before(ctx: Context, show_id: UUID, viewer: str, sku_id: UUID) -> int:
    """Units of a SKU that a buyer holds or has bought in a show; cancelled orders don't count."""
    orders = Order.objects.of(ctx.base_id).filter(show_id=show_id, viewer=viewer)
    living = orders.exclude(state=OrderState.CANCELLED.value).values_list("id", flat=True)
    lines = OrderLine.objects.of(ctx.base_id).filter(order_id__in=list(living), sku_id=sku_id)
    return int(lines.aggregate(total=Sum("units"))["total"] or 0)
