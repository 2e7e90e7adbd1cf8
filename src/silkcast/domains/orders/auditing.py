"""Proves orders against what lies below them: the units promised to them, and the money posted for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet, Sum

from silkcast.domains.inventory.api import promised_units
from silkcast.domains.inventory.contracts import ReservationState
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.orders.models import Checkout, Order, OrderLine
from silkcast.domains.payments.api import posted_for_orders
from silkcast.domains.payments.contracts import PostingKind
from silkcast.kernel.context import Context

R = TypeVar("R", bound=Model)
ORDERS_AT_ONCE = 500
# A cancelled order was never paid; a refunded one may have left the shelf before.
PROMISES = {
    OrderState.AWAITING: {ReservationState.HELD},
    OrderState.PAID: {ReservationState.CLAIMED},
    OrderState.SHIPPED: {ReservationState.SHIPPED},
    OrderState.DELIVERED: {ReservationState.SHIPPED},
    OrderState.COMPLETED: {ReservationState.SHIPPED},
    OrderState.REFUNDED: {ReservationState.RELEASED, ReservationState.SHIPPED},
    OrderState.CANCELLED: {ReservationState.RELEASED},
}
UNPAID = {OrderState.AWAITING, OrderState.CANCELLED}


def differences(ctx: Context, since: datetime, until: datetime) -> list[dict[str, object]]:
    """What disagrees about the orders placed in [since, until); empty when all is well."""
    found: list[dict[str, object]] = []
    for orders in _parts(Order.objects.scoped(ctx).filter(placed_at__gte=since, placed_at__lt=until)):
        found += _of_goods(ctx, orders)
        found += _of_money(ctx, orders)
    if ctx.merchant_id is None:  # a merchant sees only a part of a purchase
        for checkouts in _parts(Checkout.objects.scoped(ctx).filter(placed_at__gte=since, placed_at__lt=until)):
            found += _of_checkouts(ctx, checkouts)
    return found


def _parts(rows: QuerySet[R]) -> Iterator[list[R]]:
    """All rows in the order of their ids, some at a time."""
    part = list(rows.order_by("id")[:ORDERS_AT_ONCE])
    while part:
        yield part
        part = list(rows.filter(id__gt=part[-1].pk).order_by("id")[:ORDERS_AT_ONCE])


def _of_goods(ctx: Context, rows: Sequence[Order]) -> Iterator[dict[str, object]]:
    """Each line's units lie in reservations of the state that the order's own state says."""
    ids = [row.id for row in rows]
    lines = OrderLine.objects.scoped(ctx).filter(order_id__in=ids)
    wanted = {
        (row["order_id"], row["sku_id"]): row["units"]
        for row in lines.values("order_id", "sku_id").annotate(units=Sum("units"))
    }
    promised = promised_units(ctx, ids)
    states = {row.id: OrderState(row.state) for row in rows}
    for (order_id, sku_id), units in wanted.items():
        by_state = promised.get((order_id, sku_id), {})
        if sum(by_state.values()) != units or not set(by_state) <= PROMISES[states[order_id]]:
            yield {
                "order_id": str(order_id),
                "state": states[order_id].value,
                "sku_id": str(sku_id),
                "ordered": units,
                "promised": {state.value: count for state, count in by_state.items()},
            }


def _of_money(ctx: Context, rows: Sequence[Order]) -> Iterator[dict[str, object]]:
    """A paid order was captured for its total, an unpaid one not at all; refunds stay within the capture."""
    posted = posted_for_orders(ctx, [row.id for row in rows])
    for row in rows:
        sums = posted.get(row.id, {})
        captured, refunded = sums.get(PostingKind.CAPTURE, 0), sums.get(PostingKind.REFUND, 0)
        expected = 0 if OrderState(row.state) in UNPAID else row.total_minor
        if captured != expected or not 0 <= refunded <= captured:
            facts = {"expected": expected, "captured": captured, "refunded": refunded, "currency": row.currency}
            yield {"order_id": str(row.id), "state": row.state, **facts}


def _of_checkouts(ctx: Context, rows: Sequence[Checkout]) -> Iterator[dict[str, object]]:
    """A purchase costs what its orders cost."""
    orders = Order.objects.scoped(ctx).filter(checkout_id__in=[row.id for row in rows])
    sums = dict(orders.values_list("checkout_id").annotate(total=Sum("total_minor")))
    for row in rows:
        if sums.get(row.id) != row.total_minor:
            yield {"checkout": row.number, "total": row.total_minor, "of_orders": sums.get(row.id)}
