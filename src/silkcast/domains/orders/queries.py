from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Sum

from silkcast.domains.orders.buyers import unseal
from silkcast.domains.orders.contracts import (
    CheckoutState,
    CheckoutView,
    LineView,
    OrderState,
    OrderSummary,
    OrderView,
    PlacedOrder,
    SoldInShow,
)
from silkcast.domains.orders.links import order_token
from silkcast.domains.orders.models import Checkout, Order, OrderLine
from silkcast.kernel.canonical import read_whole
from silkcast.kernel.context import Context
from silkcast.kernel.ids import BaseId, CheckoutId, MerchantId, OrderId, ProductId, ShowId, SkuId
from silkcast.kernel.money import Money
from silkcast.kernel.runs import answered
from silkcast.kernel.storage.batches import as_uuid, marks, rows_of
from silkcast.kernel.storage.lookups import as_moment, columns_of
from silkcast.kernel.storage.rounds import Round
from silkcast.kernel.storage.seeing import see
from silkcast.kernel.texts import as_meant

MINUTE_MS = 60_000
LINE_COLUMNS = ("id", "order_id", "sku_id", "product_id", "units", "price_minor", "total_minor", "pitch_id")
PAID_STATES = tuple(s.value for s in (OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED))


def _views(ctx: Context, rows: Sequence[Order]) -> list[OrderView]:
    lines: dict[UUID, list[LineView]] = {}
    currency = {row.id: row.currency for row in rows}
    found = columns_of(OrderLine, LINE_COLUMNS, ctx.base_id, order_id=list(currency))
    for _, order_id, sku_id, product_id, units, price_minor, total_minor, pitch_id in sorted(found, key=itemgetter(0)):
        lines.setdefault(order_id, []).append(
            LineView(
                sku_id=SkuId(sku_id),
                product_id=ProductId(product_id),
                units=units,
                price=Money(price_minor, currency[order_id]),
                total=Money(total_minor, currency[order_id]),
                pitch_id=pitch_id,
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
            delivered_at=row.delivered_at,
            problem_at=row.problem_at,
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
        try:
            rows = rows.filter(number=read_whole(as_meant(search).removeprefix("#")))
        except ValueError:
            rows = rows.none()
    return _views(ctx, list(rows[offset : offset + limit])), rows.count()


def newest_orders(ctx: Context, show_id: UUID, *, limit: int) -> list[OrderSummary]:
    """Of a show, newest first; not counted, however many there are."""
    of_merchant = "AND o.merchant_id = %s" if ctx.merchant_id else ""
    see(ctx.base_id)
    rows = rows_of(
        "SELECT o.id, o.number, o.merchant_id, o.placed_at, o.state, o.total_minor, o.currency, "  # noqa: S608 - columns of ours
        "(SELECT SUM(line.units) FROM orders_orderline line WHERE line.base_id = o.base_id AND line.order_id = o.id) "
        "FROM orders_order o "
        f"WHERE o.base_id = %s AND o.show_id = %s {of_merchant} ORDER BY o.placed_at DESC, o.number DESC LIMIT %s",
        [ctx.base_id, show_id, *([ctx.merchant_id] if ctx.merchant_id else []), limit],
    )
    return [
        OrderSummary(
            id=OrderId(as_uuid(order_id)),
            number=number,
            merchant_id=MerchantId(as_uuid(merchant_id)),
            placed_at=as_moment(placed_at),
            state=OrderState(state),
            total=Money(total_minor, currency),
            units=int(units),
        )
        for order_id, number, merchant_id, placed_at, state, total_minor, currency, units in rows
    ]


def get_order(ctx: Context, order_id: UUID) -> OrderView:
    return _views(ctx, [Order.objects.scoped(ctx).one(id=order_id)])[0]


def find_placed(ctx: Context, key: str) -> PlacedOrder | None:
    """What the asker placed under the key before."""
    answer = answered(ctx, key)
    if answer is None:
        return None
    placed = msgspec.json.decode(answer, type=PlacedOrder)
    return replace(placed, token=order_token(ctx.base_id, UUID(placed.checkout_id)))


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


def expired_checkouts(now: datetime, in_turn: Round) -> list[tuple[BaseId, CheckoutId]]:
    """Unpaid purchases of every base whose hold has ended."""
    unpaid = [CheckoutState.AWAITING.value, CheckoutState.DECLINED.value]
    rows = Checkout.objects.across_bases().filter(state__in=unpaid, expires_at__lte=now)
    return [(BaseId(row.base_id), CheckoutId(row.id)) for row in in_turn.take(rows, "expires_at")]


def sold_lines(ctx: Context, show_id: UUID) -> list[SoldInShow]:
    """Lines of a show's orders that were ever captured, refunded ones included."""
    rows = _captured_lines(ctx, show_id, "o.id, o.merchant_id, o.programme_ms, line.sku_id, line.pitch_id, line.units")
    return [
        SoldInShow(
            order_id=OrderId(UUID(order_id) if isinstance(order_id, str) else order_id),
            merchant_id=MerchantId(as_uuid(merchant_id)),
            minute=(programme_ms or 0) // MINUTE_MS,
            sku_id=SkuId(as_uuid(sku_id)),
            pitch_id=as_uuid(pitch_id) if pitch_id else None,
            units=units,
        )
        for order_id, merchant_id, programme_ms, sku_id, pitch_id, units in rows
    ]


def units_sold(ctx: Context, show_id: UUID) -> dict[SkuId, int]:
    """Of the same lines, the units of each SKU, added up by the database: a console asks again at every order."""
    rows = _captured_lines(ctx, show_id, "line.sku_id, SUM(line.units)", "GROUP BY line.sku_id")
    return {SkuId(as_uuid(sku_id)): int(units) for sku_id, units in rows}


def _captured_lines(ctx: Context, show_id: UUID, wanted: str, grouping: str = "") -> list[tuple[Any, ...]]:
    captured = [*PAID_STATES, OrderState.REFUNDED.value]
    of_merchant = "AND o.merchant_id = %s" if ctx.merchant_id else ""
    see(ctx.base_id)
    return rows_of(
        f"SELECT {wanted} FROM orders_order o "  # noqa: S608 - columns of ours
        "JOIN orders_orderline line ON line.base_id = o.base_id AND line.order_id = o.id "
        f"WHERE o.base_id = %s AND o.show_id = %s AND o.state IN ({marks(len(captured))}) {of_merchant} {grouping}",
        [ctx.base_id, show_id, *captured, *([ctx.merchant_id] if ctx.merchant_id else [])],
    )


def totals_since(ctx: Context, since: datetime) -> tuple[int, int]:
    """(paid orders, units) placed since a moment."""
    paid = Order.objects.scoped(ctx).filter(placed_at__gte=since, state__in=PAID_STATES)
    of_paid = OrderLine.objects.scoped(ctx).filter(order_id__in=paid.values("id"))
    sums = of_paid.aggregate(orders=Count("order_id", distinct=True), units=Sum("units", default=0))
    return sums["orders"], sums["units"]


def shipping_facts(ctx: Context, order_id: UUID) -> tuple[str, int, str, int, str]:
    """(carrier, weight in grams, country, parcel price in minor units, currency) of an order."""
    row = Order.objects.of(ctx.base_id).one(id=order_id)
    return row.carrier, row.weight_g, row.country, row.parcel_cost_minor, row.currency


def orders_by_ids(ctx: Context, order_ids: Iterable[UUID]) -> list[OrderView]:
    return _views(ctx, list(Order.objects.scoped(ctx).filter(id__in=set(order_ids))))


def unsent_orders(before: datetime, in_turn: Round) -> list[tuple[BaseId, OrderId]]:
    """Paid orders of every base that were placed before a moment and are not on their way."""
    rows = Order.objects.across_bases().filter(state=OrderState.PAID.value, placed_at__lt=before)
    return [(BaseId(row.base_id), OrderId(row.id)) for row in in_turn.take(rows, "placed_at")]


def kept_orders(before: datetime, in_turn: Round) -> list[tuple[BaseId, OrderId]]:
    """Orders of every base that arrived before a moment, and of which nobody said that something is wrong."""
    rows = Order.objects.across_bases().filter(
        state=OrderState.DELIVERED.value, problem_at=None, delivered_at__lt=before
    )
    return [(BaseId(row.base_id), OrderId(row.id)) for row in in_turn.take(rows, "delivered_at")]


def find_problem(ctx: Context, order_id: UUID) -> str | None:
    """What the buyer said is wrong; "" once erased, None while nothing is."""
    row = Order.objects.scoped(ctx).one(id=order_id)
    if row.problem_at is None:
        return None
    return unseal(row.checkout_id, bytes(row.problem or b"")) or ""
