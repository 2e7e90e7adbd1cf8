from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from silkcast.domains.orders.contracts import (
    CheckoutState,
    CheckoutView,
    LineView,
    OrderState,
    OrderView,
    SoldInShow,
)
from silkcast.domains.orders.models import Checkout, Order, OrderLine
from silkcast.kernel.context import Context
from silkcast.kernel.ids import BaseId, CheckoutId, MerchantId, OrderId, ProductId, ShowId, SkuId
from silkcast.kernel.money import Money

MINUTE_MS = 60_000
PAID_STATES = tuple(s.value for s in (OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED))


def _views(ctx: Context, rows: Sequence[Order]) -> list[OrderView]:
    lines: dict[UUID, list[LineView]] = {}
    currency = {row.id: row.currency for row in rows}
    for line in OrderLine.objects.of(ctx.base_id).filter(order_id__in=list(currency)).order_by("id"):
        lines.setdefault(line.order_id, []).append(
            LineView(
                sku_id=SkuId(line.sku_id),
                product_id=ProductId(line.product_id),
                units=line.units,
                price=Money(line.price_minor, currency[line.order_id]),
                total=Money(line.total_minor, currency[line.order_id]),
                pitch_id=line.pitch_id,
            )
        )
    return [
        OrderView(
            id=OrderId(row.id),
            checkout_id=CheckoutId(row.checkout_id),
            number=row.number,
            merchant_id=MerchantId(row.merchant_id),
            viewer=row.viewer,
            state=OrderState(row.state),
            placed_at=row.placed_at,
            show_id=ShowId(row.show_id) if row.show_id else None,
            programme_ms=row.programme_ms,
            goods=Money(row.goods_minor, row.currency),
            shipping=Money(row.shipping_minor, row.currency),
            total=Money(row.total_minor, row.currency),
            lines=tuple(lines.get(row.id, ())),
        )
        for row in rows
    ]


def list_orders(
    ctx: Context,
    *,
    show_id: UUID | None = None,
    state: str = "",
    search: str = "",
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[OrderView], int]:
    """Newest first, and how many there are; searched by number. A merchant's context sees its own alone."""
    rows = Order.objects.scoped(ctx).order_by("-placed_at", "-number")
    if show_id is not None:
        rows = rows.filter(show_id=show_id)
    if state:
        rows = rows.filter(state=state)
    if search.strip():
        digits = search.strip().lstrip("#")
        rows = rows.filter(number=int(digits)) if digits.isdigit() and len(digits) < 18 else rows.none()
    return _views(ctx, list(rows[offset : offset + limit])), rows.count()


def get_order(ctx: Context, order_id: UUID) -> OrderView:
    return _views(ctx, [Order.objects.scoped(ctx).one(id=order_id)])[0]


def get_checkout(ctx: Context, checkout_id: UUID) -> CheckoutView:
    row = Checkout.objects.of(ctx.base_id).one(id=checkout_id)
    orders = list(Order.objects.of(ctx.base_id).filter(checkout_id=row.id).order_by("number"))
    return CheckoutView(
        id=CheckoutId(row.id),
        number=row.number,
        viewer=row.viewer,
        state=CheckoutState(row.state),
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        total=Money(row.total_minor, row.currency),
        language=row.language,
        orders=tuple(_views(ctx, orders)),
    )


def expired_checkouts(now: datetime, limit: int = 100) -> list[tuple[BaseId, CheckoutId]]:
    """Unpaid purchases of every base whose hold has ended; oldest first."""
    unpaid = [CheckoutState.AWAITING.value, CheckoutState.DECLINED.value]
    rows = Checkout.objects.across_bases().filter(state__in=unpaid, expires_at__lte=now).order_by("expires_at")
    return [(BaseId(base_id), CheckoutId(id_)) for base_id, id_ in rows.values_list("base_id", "id")[:limit]]


def sold_lines(ctx: Context, show_id: UUID) -> list[SoldInShow]:
    """Lines of a show's orders that were ever captured, refunded ones included."""
    captured = [*PAID_STATES, OrderState.REFUNDED.value]
    orders = {
        row["id"]: row
        for row in Order.objects.scoped(ctx)
        .filter(show_id=show_id, state__in=captured)
        .values("id", "merchant_id", "programme_ms")
    }
    lines = OrderLine.objects.scoped(ctx).filter(order_id__in=list(orders))
    return [
        SoldInShow(
            order_id=OrderId(line.order_id),
            merchant_id=MerchantId(line.merchant_id),
            minute=(orders[line.order_id]["programme_ms"] or 0) // MINUTE_MS,
            sku_id=SkuId(line.sku_id),
            pitch_id=line.pitch_id,
            units=line.units,
        )
        for line in lines
    ]


def totals_since(ctx: Context, since: datetime) -> tuple[int, int]:
    """(paid orders, units) placed since a moment."""
    orders = list(
        Order.objects.scoped(ctx).filter(placed_at__gte=since, state__in=PAID_STATES).values_list("id", flat=True)
    )
    units = OrderLine.objects.scoped(ctx).filter(order_id__in=orders).values_list("units", flat=True)
    return len(orders), sum(units)


def shipping_facts(ctx: Context, order_id: UUID) -> tuple[str, int, str, int, str]:
    """(carrier, weight in grams, country, parcel price in minor units, currency) of an order."""
    row = Order.objects.of(ctx.base_id).one(id=order_id)
    return row.carrier, row.weight_g, row.country, row.parcel_cost_minor, row.currency


def orders_by_ids(ctx: Context, order_ids: Iterable[UUID]) -> list[OrderView]:
    return _views(ctx, list(Order.objects.scoped(ctx).filter(id__in=set(order_ids))))


def unsent_orders(before: datetime, limit: int = 50) -> list[tuple[BaseId, OrderId]]:
    """Paid orders of every base that were placed before a moment and are not on their way; oldest first."""
    rows = Order.objects.across_bases().filter(state=OrderState.PAID.value, placed_at__lt=before).order_by("placed_at")
    return [(BaseId(base_id), OrderId(id_)) for base_id, id_ in rows.values_list("base_id", "id")[:limit]]
