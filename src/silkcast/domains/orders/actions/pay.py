"""Paying: the gateway is asked between two transactions, never inside one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from silkcast.domains.base.api import get_base, list_merchants
from silkcast.domains.catalog.api import get_rate
from silkcast.domains.inventory.api import claim, extend
from silkcast.domains.orders.cancelling import cancel_orders
from silkcast.domains.orders.contracts import CheckoutState, OrderState
from silkcast.domains.orders.errors import CheckoutClosed
from silkcast.domains.orders.events import OrderPaid, SoldLine
from silkcast.domains.orders.models import Checkout, Order, OrderLine
from silkcast.domains.payments.api import begin_payment, check_capture, get_payment, post_capture, settle_payment
from silkcast.domains.payments.contracts import ChargeOutcome, Sale, Tag, Verdict
from silkcast.kernel.actions import action
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import CheckoutId, MerchantId, OrderId, PaymentId, ShowId, SkuId
from silkcast.kernel.money import BOOKED_MAX, Money, check, exchange, split

PAYING_SECONDS = 900
DECLINED_SECONDS = 900  # from the placing: time for another card, however often one is declined
PAYABLE = (CheckoutState.AWAITING.value, CheckoutState.DECLINED.value)
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginPayment:
    checkout_id: CheckoutId
    payment_id: PaymentId
    gateway: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRef:
    payment_id: PaymentId
    amount: Money


@action("orders.begin_payment", request=BeginPayment, permission="orders.pay", icon="card", by_merchant=True)
def begin(ctx: Context, request: BeginPayment) -> PaymentRef:
    """Hold the goods while the gateway is asked; a purchase being paid cannot be paid a second time.

    What the capture will post is built before: nothing is charged that could not be booked.
    """
    rows = Checkout.objects.of(ctx.base_id).filter(id=request.checkout_id, state__in=PAYABLE, expires_at__gt=ctx.at)
    until = ctx.at + timedelta(seconds=PAYING_SECONDS)
    if not rows.update(state=CheckoutState.PAYING.value, expires_at=until):
        Checkout.objects.of(ctx.base_id).one(id=request.checkout_id)
        raise CheckoutClosed(checkout_id=str(request.checkout_id))
    checkout = Checkout.objects.of(ctx.base_id).one(id=request.checkout_id)
    orders = Order.objects.of(ctx.base_id).filter(checkout_id=checkout.id)
    extend(ctx, list(orders.values_list("id", flat=True)), until)
    amount = Money(checkout.total_minor, checkout.currency)
    check_capture(ctx, [sale for sold in _sold(ctx, checkout) for sale in sold.sales])
    begin_payment(ctx, request.payment_id, request.checkout_id, amount, request.gateway)
    return PaymentRef(payment_id=request.payment_id, amount=amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlePayment:
    payment_id: PaymentId
    outcome: ChargeOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    state: CheckoutState


@action("orders.settle_payment", request=SettlePayment, permission="orders.pay", icon="check", by_merchant=True)
def settle(ctx: Context, request: SettlePayment) -> Settled:
    """Act on what the gateway said; told twice, it acts once."""
    payment = get_payment(ctx, request.payment_id)
    checkout = Checkout.objects.of(ctx.base_id).one(id=payment.checkout_id)
    if not settle_payment(ctx, request.payment_id, request.outcome):
        return Settled(state=CheckoutState(checkout.state))
    state = {
        Verdict.CAPTURED: CheckoutState.PAID,
        Verdict.DECLINED: CheckoutState.DECLINED,
        Verdict.UNKNOWN: CheckoutState.UNKNOWN,
    }[request.outcome.verdict]
    changes: dict[str, Any] = {"address": None} if state is CheckoutState.PAID else {}
    if state is CheckoutState.DECLINED:
        changes = {"expires_at": checkout.placed_at + timedelta(seconds=DECLINED_SECONDS)}
        orders = Order.objects.of(ctx.base_id).filter(checkout_id=checkout.id)
        extend(ctx, list(orders.values_list("id", flat=True)), changes["expires_at"])
    Checkout.objects.of(ctx.base_id).filter(id=checkout.id).update(state=state.value, **changes)
    if state is CheckoutState.PAID:
        _capture(ctx, checkout, Money(request.outcome.fee_minor, checkout.currency))
    return Settled(state=state)


@dataclass(frozen=True, slots=True)
class _Sold:
    """One order of a purchase with its lines, and what they are to the books."""

    order: Order
    lines: list[OrderLine]
    sales: list[Sale]


def _sold(ctx: Context, checkout: Checkout) -> list[_Sold]:
    commissions = {m.id: m.commission_bp for m in list_merchants(_whole_base(ctx))}
    found = []
    for order in Order.objects.of(ctx.base_id).filter(checkout_id=checkout.id).order_by("number"):
        lines = list(OrderLine.objects.of(ctx.base_id).filter(order_id=order.id).order_by("id"))
        found.append(_Sold(order, lines, _sales(order, lines, commissions[MerchantId(order.merchant_id)])))
    return found


def _capture(ctx: Context, checkout: Checkout, fee: Money) -> None:
    home = get_base(ctx.base_id).currency
    rate = get_rate(ctx, checkout.currency, home, ctx.at)
    whole = _sold(ctx, checkout)
    for sold in whole:
        order, lines = sold.order, sold.lines
        in_base = exchange(Money(order.total_minor, order.currency), home, rate)
        # Goods of a purchase being paid never expire, so they are still there.
        assert claim(ctx, order.id) > 0
        Order.objects.of(ctx.base_id).filter(id=order.id).update(state=OrderState.PAID.value)
        announce(
            ctx,
            OrderPaid(
                order_id=OrderId(order.id),
                checkout_id=CheckoutId(checkout.id),
                merchant_id=MerchantId(order.merchant_id),
                show_id=ShowId(order.show_id) if order.show_id else None,
                viewer=order.viewer,
                base_minor=check(in_base, "total", most=BOOKED_MAX).minor,
                placed_ms=int(order.placed_at.timestamp() * 1000),
                lines=tuple(
                    SoldLine(sku_id=SkuId(row.sku_id), units=row.units, total_minor=row.total_minor) for row in lines
                ),
            ),
        )
    post_capture(ctx, [sale for sold in whole for sale in sold.sales], fee)


def _sales(order: Order, lines: list[OrderLine], commission_bp: int) -> list[Sale]:
    estimates = split(order.parcel_cost_minor, [line.paid_minor for line in lines])
    return [
        Sale(
            tag=Tag(
                merchant_id=MerchantId(order.merchant_id),
                order_id=OrderId(order.id),
                sku_id=SkuId(line.sku_id),
                show_id=ShowId(order.show_id) if order.show_id else None,
                minute=order.programme_ms // MINUTE_MS if order.programme_ms is not None else None,
                pitch_id=line.pitch_id,
            ),
            total=Money(line.paid_minor, order.currency),
            cost_of_goods=Money(line.cost_minor, line.cost_currency),
            shipping_estimate=Money(estimate, order.currency),
            platform_fee_bp=order.platform_fee_bp,
            commission_bp=commission_bp,
        )
        for line, estimate in zip(lines, estimates, strict=True)
    ]


def _whole_base(ctx: Context) -> Context:
    return Context(base_id=ctx.base_id, actor=SYSTEM, cause_id=ctx.cause_id, at=ctx.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireHold:
    checkout_id: CheckoutId


@action("orders.expire_hold", request=ExpireHold, icon="clock")
def expire(ctx: Context, request: ExpireHold) -> Settled:
    """Give unpaid goods back to the shelf once the hold has ended; one being paid keeps them."""
    rows = Checkout.objects.of(ctx.base_id).filter(id=request.checkout_id, state__in=PAYABLE, expires_at__lte=ctx.at)
    if not rows.update(state=CheckoutState.EXPIRED.value, address=None):
        return Settled(state=CheckoutState(Checkout.objects.of(ctx.base_id).one(id=request.checkout_id).state))
    cancel_orders(ctx, request.checkout_id, "hold_expired")
    return Settled(state=CheckoutState.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    checkout_id: CheckoutId


@action("orders.let_go", request=LetGo, permission="orders.pay", icon="remove", by_merchant=True)
def let_go(ctx: Context, request: LetGo) -> Settled:
    """End an unpaid purchase before its time; CheckoutClosed for one that is paid or being paid."""
    rows = Checkout.objects.of(ctx.base_id).filter(id=request.checkout_id)
    if not rows.filter(state__in=PAYABLE).update(state=CheckoutState.EXPIRED.value, address=None):
        if Checkout.objects.of(ctx.base_id).one(id=request.checkout_id).state != CheckoutState.EXPIRED.value:
            raise CheckoutClosed(checkout_id=str(request.checkout_id))
    else:
        cancel_orders(ctx, request.checkout_id, "let_go")
    return Settled(state=CheckoutState.EXPIRED)
