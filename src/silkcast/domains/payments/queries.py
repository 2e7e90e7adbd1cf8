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
from silkcast.kernel.storage.batches import as_uuid, marks, rows_of
from silkcast.kernel.storage.rounds import Round
from silkcast.kernel.storage.seeing import see

SOLD = (PostingKind.CAPTURE.value, PostingKind.REFUND.value)


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


def open_payments(before: datetime, in_turn: Round) -> list[tuple[BaseId, PaymentView]]:
    """Payments of every base whose outcome is not known though they began before a moment."""
    rows = Payment.objects.across_bases().filter(
        state__in=[PaymentState.PROCESSING.value, PaymentState.UNKNOWN.value], began_at__lt=before
    )
    return [(BaseId(row.base_id), _payment(row)) for row in in_turn.take(rows, "began_at")]


def payments_to_return(in_turn: Round) -> list[tuple[BaseId, PaymentView]]:
    """Captured payments of every base that could not be booked and have not gone back yet."""
    rows = Payment.objects.across_bases().filter(state=PaymentState.RETURNING.value)
    return [(BaseId(row.base_id), _payment(row)) for row in in_turn.take(rows, "began_at")]


def count_to_return() -> int:
    return Payment.objects.across_bases().filter(state=PaymentState.RETURNING.value).count()


def unsettled(ctx: Context, since: datetime, until: datetime, unknown_before: datetime) -> list[dict[str, object]]:
    """Payments begun in [since, until) whose money is neither in the books nor back, or has no outcome for long."""
    rows = Payment.objects.of(ctx.base_id).filter(began_at__gte=since, began_at__lt=until)
    waiting = [PaymentState.PROCESSING.value, PaymentState.UNKNOWN.value]
    found = rows.filter(Q(state=PaymentState.RETURNING.value) | Q(state__in=waiting, began_at__lt=unknown_before))
    return [
        {"payment": str(row.id), "state": row.state, "amount": row.amount_minor, "currency": row.currency}
        for row in found.order_by("id")
    ]


def open_refunds(before: datetime, in_turn: Round) -> list[tuple[BaseId, str]]:
    """Refunds of every base that began before a moment and have no outcome."""
    rows = Refund.objects.across_bases().filter(state=RefundState.PROCESSING.value, at__lt=before)
    return [(BaseId(row.base_id), str(row.id)) for row in in_turn.take(rows, "at")]


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
    rows = Posting.objects.scoped(ctx).filter(show_id=show_id, kind__in=[kind.value for kind in LEDGER_KINDS])
    totals = dict.fromkeys(LEDGER_KINDS, 0)
    for row in rows.values("kind", "reverses").annotate(minor=Sum("base_minor")):
        totals[PostingKind(row["kind"])] += -row["minor"] if row["reverses"] else row["minor"]
    return totals


def sales_of_shows(
    ctx: Context, show_ids: Iterable[UUID], *, base_currency: str | None = None
) -> dict[UUID, ShowSales]:
    """What each show sold; one without a sale is there with zeros. `base_currency` where it has been read already."""
    wanted = list(set(show_ids))
    if not wanted:
        return {}
    of_merchant = "AND merchant_id = %s" if ctx.merchant_id else ""
    see(ctx.base_id)
    grouped = rows_of(
        "SELECT show_id, kind, reverses, SUM(base_minor), COUNT(DISTINCT order_id) FROM payments_posting "  # noqa: S608 - marks
        f"WHERE base_id = %s AND show_id IN ({marks(len(wanted))}) AND kind IN ({marks(len(SOLD))}) {of_merchant} "
        "GROUP BY show_id, kind, reverses",
        [ctx.base_id, *wanted, *SOLD, *([ctx.merchant_id] if ctx.merchant_id else [])],
    )
    return _sales(grouped, wanted, base_currency or get_base(ctx.base_id).currency)


def sales_since(ctx: Context, at: datetime, *, base_currency: str | None = None) -> ShowSales:
    """What all shows together sold since a moment."""
    rows = Posting.objects.scoped(ctx).filter(at__gte=at, show_id__isnull=False, kind__in=SOLD)
    sums = rows.values("show_id", "kind", "reverses").annotate(
        total=Sum("base_minor"), orders=Count("order_id", distinct=True)
    )
    zero = Money(0, base_currency or get_base(ctx.base_id).currency)
    found = _sales(sums.values_list("show_id", "kind", "reverses", "total", "orders"), (), zero.currency)
    return ShowSales(
        gmv=sum((sales.gmv for sales in found.values()), zero),
        refunds=sum((sales.refunds for sales in found.values()), zero),
        orders=sum(sales.orders for sales in found.values()),
    )


def _sales(grouped: Iterable[tuple[Any, ...]], wanted: Iterable[UUID], currency: str) -> dict[UUID, ShowSales]:
    """From rows of (show, kind, whether it reverses, sum in the base's currency, orders)."""
    sums: dict[UUID, list[int]] = {show_id: [0, 0, 0] for show_id in wanted}
    for show_id, kind, reverses, total, orders in grouped:
        into = sums.setdefault(as_uuid(show_id), [0, 0, 0])
        into[SOLD.index(kind)] += -int(total) if reverses else int(total)
        if kind == PostingKind.CAPTURE.value:
            into[2] += orders
    return {
        show_id: ShowSales(gmv=Money(gmv, currency), refunds=Money(refunds, currency), orders=orders)
        for show_id, (gmv, refunds, orders) in sums.items()
    }


def posted_for_orders(ctx: Context, order_ids: Iterable[UUID]) -> dict[UUID, dict[PostingKind, int]]:
    """Minor units in each order's own currency by kind, less what was reversed."""
    found: dict[UUID, dict[PostingKind, int]] = {}
    rows = Posting.objects.scoped(ctx).filter(order_id__in=order_ids)
    for row in rows.values("order_id", "kind", "reverses").annotate(total=Sum("amount_minor")):
        assert row["order_id"] is not None  # it was asked for
        sums = found.setdefault(row["order_id"], {})
        kind = PostingKind(row["kind"])
        sums[kind] = sums.get(kind, 0) + (-row["total"] if row["reverses"] else row["total"])
    return found
