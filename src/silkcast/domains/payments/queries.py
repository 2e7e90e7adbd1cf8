from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, Sum

from silkcast.domains.base.api import get_base
from silkcast.domains.payments.contracts import (
    LedgerLine,
    PaymentState,
    PaymentView,
    PostingKind,
    PostingView,
    RefundState,
    ShowSales,
)
from silkcast.domains.payments.models import Payment, Posting, Refund
from silkcast.kernel.context import Context
from silkcast.kernel.ids import BaseId, CheckoutId, MerchantId, PaymentId, SkuId
from silkcast.kernel.money import Money


def _payment(row: Payment) -> PaymentView:
    return PaymentView(
        id=PaymentId(row.id),
        checkout_id=CheckoutId(row.checkout_id),
        state=PaymentState(row.state),
        amount=Money(row.amount_minor, row.currency),
        refunded=Money(row.refunded_minor, row.currency),
        fee=Money(row.fee_minor, row.currency),
        gateway=row.gateway,
        brand=row.brand,
        last4=row.last4,
        reason=row.reason,
        reference=row.reference,
        captured_at=row.captured_at,
    )


def payments_of(ctx: Context, checkout_ids: Iterable[UUID]) -> dict[UUID, PaymentView]:
    """The newest payment of each checkout."""
    rows = Payment.objects.of(ctx.base_id).filter(checkout_id__in=set(checkout_ids)).order_by("began_at")
    return {row.checkout_id: _payment(row) for row in rows}


def get_payment(ctx: Context, payment_id: UUID) -> PaymentView:
    return _payment(Payment.objects.of(ctx.base_id).one(id=payment_id))


def open_payments(before: datetime) -> list[tuple[BaseId, PaymentView]]:
    """Payments of every base whose outcome is not known though they began before a moment; oldest first."""
    rows = Payment.objects.across_bases().filter(
        state__in=[PaymentState.PROCESSING.value, PaymentState.UNKNOWN.value], began_at__lt=before
    )
    return [(BaseId(row.base_id), _payment(row)) for row in rows.order_by("began_at")[:100]]


def open_refunds(before: datetime, limit: int = 50) -> list[tuple[BaseId, str]]:
    """Refunds of every base that began before a moment and have no outcome; oldest first."""
    rows = Refund.objects.across_bases().filter(state=RefundState.PROCESSING.value, at__lt=before).order_by("at")
    return [(BaseId(base_id), str(id_)) for base_id, id_ in rows.values_list("base_id", "id")[:limit]]


def refunded_of_order(ctx: Context, order_id: UUID) -> tuple[int, int]:
    """Minor units refunded, and those on their way."""
    sums = {
        row["state"]: row["total"]
        for row in Refund.objects.of(ctx.base_id)
        .filter(order_id=order_id)
        .values("state")
        .annotate(total=Sum("amount_minor"))
    }
    return sums.get(RefundState.DONE.value, 0), sums.get(RefundState.PROCESSING.value, 0)


def get_refund(ctx: Context, refund_id: UUID) -> tuple[UUID, UUID, int]:
    """(payment, order, amount in minor units) of a refund."""
    row = Refund.objects.of(ctx.base_id).one(id=refund_id)
    return row.payment_id, row.order_id, row.amount_minor


def postings_of_order(ctx: Context, order_id: UUID) -> list[PostingView]:
    return [
        PostingView(
            id=row.id,
            at=row.at,
            kind=PostingKind(row.kind),
            reverses=row.reverses,
            is_estimate=row.is_estimate,
            debit=row.debit,
            credit=row.credit,
            amount=Money(row.amount_minor, row.currency),
            base_amount=Money(row.base_minor, row.base_currency),
            rate=row.rate,
        )
        for row in Posting.objects.scoped(ctx).filter(order_id=order_id).order_by("id")
    ]


LEDGER_KINDS = tuple(PostingKind)[:8]


def ledger_lines(ctx: Context, show_id: UUID) -> list[LedgerLine]:
    """What a show earned and cost, minute by minute; a merchant's context sees its own postings alone."""
    rows = Posting.objects.scoped(ctx).filter(show_id=show_id, kind__in=[k.value for k in LEDGER_KINDS])
    grouped = rows.values("kind", "minute", "merchant_id", "sku_id", "pitch_id").annotate(
        plus=Sum("base_minor", filter=Q(reverses=False), default=0),
        minus=Sum("base_minor", filter=Q(reverses=True), default=0),
        estimate_plus=Sum("base_minor", filter=Q(reverses=False, is_estimate=True), default=0),
        estimate_minus=Sum("base_minor", filter=Q(reverses=True, is_estimate=True), default=0),
        orders=Count("order_id", distinct=True),
        latest=Max("at"),
    )
    return [
        LedgerLine(
            kind=PostingKind(row["kind"]),
            minute=row["minute"] or 0,
            merchant_id=MerchantId(row["merchant_id"]) if row["merchant_id"] else None,
            sku_id=SkuId(row["sku_id"]) if row["sku_id"] else None,
            pitch_id=row["pitch_id"],
            base_minor=row["plus"] - row["minus"],
            has_estimate=row["estimate_plus"] != row["estimate_minus"],
            orders=row["orders"],
        )
        for row in grouped
    ]


def ledger_total(ctx: Context, show_id: UUID) -> dict[PostingKind, int]:
    """The books' own sums per kind for a show, read without any grouping by minute: what the airtime must equal."""
    totals: dict[PostingKind, int] = {}
    for kind in LEDGER_KINDS:
        rows = Posting.objects.scoped(ctx).filter(show_id=show_id, kind=kind.value)
        plus = rows.filter(reverses=False).aggregate(total=Sum("base_minor"))["total"] or 0
        minus = rows.filter(reverses=True).aggregate(total=Sum("base_minor"))["total"] or 0
        totals[kind] = plus - minus
    return totals


def sales_of_shows(ctx: Context, show_ids: Iterable[UUID]) -> dict[UUID, ShowSales]:
    """What each show sold; one without a sale is there with zeros."""
    wanted = set(show_ids)
    rows = Posting.objects.scoped(ctx).filter(show_id__in=wanted)
    return {show_id: sales for show_id, sales in _sales(ctx, rows, wanted).items() if show_id is not None}


def sales_since(ctx: Context, at: datetime) -> ShowSales:
    """What all shows together sold since a moment."""
    rows = Posting.objects.scoped(ctx).filter(at__gte=at, show_id__isnull=False)
    found = _sales(ctx, rows, ())
    zero = Money(0, get_base(ctx.base_id).currency)
    return ShowSales(
        gmv=sum((sales.gmv for sales in found.values()), zero),
        refunds=sum((sales.refunds for sales in found.values()), zero),
        orders=sum(sales.orders for sales in found.values()),
    )


def _sales(ctx: Context, rows: Any, wanted: Iterable[UUID]) -> dict[UUID, ShowSales]:
    currency = get_base(ctx.base_id).currency
    kinds = [PostingKind.CAPTURE.value, PostingKind.REFUND.value]
    sums: dict[UUID, list[int]] = {show_id: [0, 0, 0] for show_id in wanted}
    grouped = rows.filter(kind__in=kinds).values("show_id", "kind", "reverses")
    for row in grouped.annotate(total=Sum("base_minor"), orders=Count("order_id", distinct=True)):
        into = sums.setdefault(row["show_id"], [0, 0, 0])
        into[kinds.index(row["kind"])] += -row["total"] if row["reverses"] else row["total"]
        if row["kind"] == PostingKind.CAPTURE.value:
            into[2] += row["orders"]
    return {
        show_id: ShowSales(gmv=Money(gmv, currency), refunds=Money(refunds, currency), orders=orders)
        for show_id, (gmv, refunds, orders) in sums.items()
    }
