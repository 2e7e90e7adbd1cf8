"""What orders' actions do to payments and the books, inside their own transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from silkcast.domains.payments.contracts import (
    ChargeOutcome,
    PaymentState,
    PostingKind,
    RefundState,
    Sale,
    Tag,
    Verdict,
)
from silkcast.domains.payments.engine import accounts, postings
from silkcast.domains.payments.errors import NotCaptured, PaymentOpen, RefundTooLarge
from silkcast.domains.payments.events import (
    EscrowReleased,
    PaymentBegun,
    PaymentCaptured,
    PaymentDeclined,
    PaymentReturned,
    PaymentUnbooked,
    PaymentUnknown,
    RefundBegun,
)
from silkcast.domains.payments.ledger import drafted, legs_of_order, order_sum, post
from silkcast.domains.payments.models import Payment, Posting, Refund
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import CheckoutId, MerchantId, OrderId, PaymentId
from silkcast.kernel.money import Money

logger = logging.getLogger(__name__)
OPEN = (PaymentState.PROCESSING.value, PaymentState.UNKNOWN.value)
DECLINED = (PaymentState.DECLINED.value,)
RELEASED = (PostingKind.RELEASE, PostingKind.RELEASE_COSTS, PostingKind.COMMISSION_EARNED)


def begin_payment(ctx: Context, payment_id: PaymentId, checkout_id: CheckoutId, amount: Money, gateway: str) -> None:
    """Note that the gateway is about to be asked; PaymentOpen when a payment of the checkout already lives."""
    try:
        with transaction.atomic():
            Payment(
                id=payment_id,
                base_id=ctx.base_id,
                checkout_id=checkout_id,
                gateway=gateway,
                state=PaymentState.PROCESSING.value,
                currency=amount.currency,
                amount_minor=amount.minor,
                began_at=ctx.at,
            ).save(force_insert=True)
    except IntegrityError:
        raise PaymentOpen(checkout_id=str(checkout_id)) from None
    announce(ctx, PaymentBegun(payment_id=payment_id, checkout_id=checkout_id))


def settle_payment(ctx: Context, payment_id: PaymentId, outcome: ChargeOutcome) -> bool:
    """Note what the gateway said; False when it was settled before, and then nothing changes."""
    state = {
        Verdict.CAPTURED: PaymentState.CAPTURED,
        Verdict.DECLINED: PaymentState.DECLINED,
        Verdict.UNKNOWN: PaymentState.UNKNOWN,
    }[outcome.verdict]
    rows = Payment.objects.of(ctx.base_id).filter(id=payment_id, state__in=OPEN).exclude(state=state.value)
    changed = rows.update(
        state=state.value,
        reference=outcome.reference,
        reason=outcome.reason,
        brand=outcome.brand,
        last4=outcome.last4,
        fee_minor=outcome.fee_minor,
        captured_at=ctx.at if state is PaymentState.CAPTURED else None,
    )
    if not changed:
        if outcome.verdict is Verdict.CAPTURED and begin_return(ctx, payment_id, outcome, since=DECLINED):
            logger.error("payments.captured_after_declined", extra={"facts": {"payment_id": payment_id}})
        return False
    payment = Payment.objects.of(ctx.base_id).one(id=payment_id)
    checkout_id = CheckoutId(payment.checkout_id)
    if state is PaymentState.CAPTURED:
        amount_minor, currency = payment.amount_minor, payment.currency
        paid = PaymentCaptured(
            payment_id=payment_id, checkout_id=checkout_id, amount_minor=amount_minor, currency=currency
        )
        announce(ctx, paid)
    elif state is PaymentState.DECLINED:
        announce(ctx, PaymentDeclined(payment_id=payment_id, checkout_id=checkout_id, reason=outcome.reason))
    else:
        announce(ctx, PaymentUnknown(payment_id=payment_id, checkout_id=checkout_id))
    return True


def begin_return(ctx: Context, payment_id: PaymentId, outcome: ChargeOutcome, *, since: Sequence[str] = OPEN) -> bool:
    """Note that what was captured cannot be kept: it goes back, once. False when the payment is in another state."""
    rows = Payment.objects.of(ctx.base_id).filter(id=payment_id, state__in=since)
    changed = rows.update(
        state=PaymentState.RETURNING.value,
        reference=outcome.reference,
        reason="unbooked",
        brand=outcome.brand,
        last4=outcome.last4,
        captured_at=ctx.at,
    )
    if changed:
        payment = Payment.objects.of(ctx.base_id).one(id=payment_id)
        announce(
            ctx,
            PaymentUnbooked(
                payment_id=payment_id,
                checkout_id=CheckoutId(payment.checkout_id),
                amount_minor=payment.amount_minor,
                currency=payment.currency,
            ),
        )
    return bool(changed)


def end_return(ctx: Context, payment_id: PaymentId) -> None:
    """The gateway has given it back. Told twice, it is noted once."""
    rows = Payment.objects.of(ctx.base_id).filter(id=payment_id, state=PaymentState.RETURNING.value)
    if rows.update(state=PaymentState.RETURNED.value, refunded_minor=F("amount_minor")):
        payment = Payment.objects.of(ctx.base_id).one(id=payment_id)
        announce(ctx, PaymentReturned(payment_id=payment_id, checkout_id=CheckoutId(payment.checkout_id)))


def post_capture(ctx: Context, sales: Sequence[Sale], fee: Money) -> None:
    post(ctx, postings.on_capture(sales, fee))


def check_capture(ctx: Context, sales: Sequence[Sale]) -> None:
    """Build all that a capture would post now, were the fee as large as it may be; refuse what could not be booked."""
    nothing = Money(0, sales[0].total.currency)
    fee = sum((sale.total for sale in sales), nothing)
    drafted(ctx, postings.on_capture(sales, fee))


def post_label(ctx: Context, order_id: OrderId, actual: Money) -> None:
    """Replace the rate card's estimate of an order's shipping by the label's price; a repeat posts nothing.

    Where the estimate was taken back before, or was nothing, the price is posted alone.
    """
    legs = legs_of_order(ctx, order_id, PostingKind.SHIPPING)
    if not all(leg.is_estimate for leg in legs):
        return  # the price is in the books
    reversals = Posting.objects.of(ctx.base_id).filter(
        order_id=order_id, kind=PostingKind.SHIPPING.value, reverses=True, is_estimate=True
    )
    like = legs or legs_of_order(ctx, order_id, PostingKind.CAPTURE)
    entry = postings.on_label([] if reversals.exists() else legs, like, actual)
    if entry:
        post(ctx, entry)


def _too_large(left_minor: int, currency: str) -> RefundTooLarge:
    amount = Money(left_minor, currency)
    return RefundTooLarge(left=left_minor, amount=f"{amount.decimal():f}", currency=currency)


def begin_refund(
    ctx: Context, refund_id: UUID, order_id: OrderId, checkout_id: UUID, amount: Money, sealed_reason: bytes
) -> None:
    """Reserve the amount against the payment, by one conditional statement; RefundTooLarge when it is not there."""
    payment = Payment.objects.of(ctx.base_id).filter(checkout_id=checkout_id, state=PaymentState.CAPTURED.value).first()
    if payment is None:
        raise NotCaptured(order_id=str(order_id))
    refunded = sum(
        Refund.objects.of(ctx.base_id)
        .filter(order_id=order_id)
        .exclude(state=RefundState.REFUSED.value)
        .values_list("amount_minor", flat=True)
    )
    captured = sum(leg.amount.minor for leg in legs_of_order(ctx, order_id, PostingKind.CAPTURE))
    if amount.minor <= 0 or amount.currency != payment.currency or refunded + amount.minor > captured:
        raise _too_large(captured - refunded, payment.currency)
    rows = Payment.objects.of(ctx.base_id).filter(id=payment.id, refunded_minor__lte=F("amount_minor") - amount.minor)
    if not rows.update(refunded_minor=F("refunded_minor") + amount.minor):
        raise _too_large(payment.amount_minor - payment.refunded_minor, payment.currency)
    Refund(
        id=refund_id,
        base_id=ctx.base_id,
        payment_id=payment.id,
        order_id=order_id,
        amount_minor=amount.minor,
        state=RefundState.PROCESSING.value,
        sealed_reason=sealed_reason,
        at=ctx.at,
    ).save(force_insert=True)
    announce(ctx, RefundBegun(payment_id=PaymentId(payment.id), refund_id=refund_id, order_id=order_id))


def settle_refund(ctx: Context, refund_id: UUID, verdict: Verdict, *, goods_stay: bool) -> Money | None:
    """Post a refund that the gateway made, or give the reserved amount back; None when nothing changed.

    `goods_stay`: the goods never leave, so their cost is taken back.
    """
    refund = Refund.objects.of(ctx.base_id).one(id=refund_id)
    payment = Payment.objects.of(ctx.base_id).one(id=refund.payment_id)
    state = RefundState.DONE if verdict is Verdict.CAPTURED else RefundState.REFUSED
    rows = Refund.objects.of(ctx.base_id).filter(id=refund_id, state=RefundState.PROCESSING.value)
    if verdict is Verdict.UNKNOWN or not rows.update(state=state.value):
        return None
    if state is RefundState.REFUSED:
        Payment.objects.of(ctx.base_id).filter(id=payment.id).update(
            refunded_minor=F("refunded_minor") - refund.amount_minor
        )
        return None
    amount = Money(refund.amount_minor, payment.currency)
    _post_refund(ctx, OrderId(refund.order_id), refund_id, amount, goods_stay=goods_stay)
    return amount


def _post_refund(ctx: Context, order_id: OrderId, refund_id: UUID, amount: Money, *, goods_stay: bool) -> None:
    before = sum(
        Refund.objects.of(ctx.base_id)
        .filter(order_id=order_id, state=RefundState.DONE.value)
        .exclude(id=refund_id)
        .values_list("amount_minor", flat=True)
    )
    captured = legs_of_order(ctx, order_id, PostingKind.CAPTURE)
    is_released = bool(legs_of_order(ctx, order_id, *RELEASED))
    legs = postings.on_refund(captured, before, amount, is_released=is_released)
    total = sum(leg.amount.minor for leg in captured)
    kinds = () if is_released else (PostingKind.PLATFORM_FEE, PostingKind.COMMISSION)
    legs += postings.fees_back(legs_of_order(ctx, order_id, *kinds), before, before + amount.minor, total)
    if goods_stay:
        legs += [postings.reversed_leg(leg) for leg in legs_of_order(ctx, order_id, PostingKind.COST_OF_GOODS)]
    post(ctx, legs)


def release(ctx: Context, order_id: OrderId, merchant_id: MerchantId, currency: str) -> Money:
    """Pay an order out of escrow: merchant, base and fees each get their part. Releasing twice posts nothing."""
    held = Money(order_sum(ctx, order_id, accounts.ESCROW, currency), currency)
    costs = Money(-order_sum(ctx, order_id, accounts.merchant_cost(merchant_id), currency), currency)
    commission = Money(order_sum(ctx, order_id, accounts.COMMISSION_DUE, currency), currency)
    captured = legs_of_order(ctx, order_id, PostingKind.CAPTURE)
    tag = replace(captured[0].tag, sku_id=None, pitch_id=None) if captured else _bare(order_id, merchant_id)
    legs = postings.on_release(tag, held, costs, commission, captured[0].rate if captured else None)
    if legs:
        post(ctx, legs)
        announce(ctx, EscrowReleased(order_id=order_id, amount_minor=held.minor, currency=currency))
    return held


def _bare(order_id: OrderId, merchant_id: MerchantId) -> Tag:
    return Tag(merchant_id=merchant_id, order_id=order_id, sku_id=None, show_id=None, minute=None, pitch_id=None)
