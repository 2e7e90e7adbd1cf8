"""Writing postings and the balances that go with them, inside the transaction of the caller's action."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from silkcast.domains.base.api import get_base
from silkcast.domains.catalog.api import get_rate
from silkcast.domains.payments.contracts import PostingKind, Tag
from silkcast.domains.payments.engine.postings import Draft
from silkcast.domains.payments.models import AccountBalance, Posting
from silkcast.kernel.context import Context
from silkcast.kernel.ids import MerchantId, OrderId, ShowId, SkuId, new_id
from silkcast.kernel.money import BOOKED_MAX, Money, check, exchange
from silkcast.kernel.storage.batches import change_each, insert_rows

# Two statements rather than one upsert: SQLite checks an upsert's row before it meets the one that is there.
OPEN = (
    "INSERT INTO payments_accountbalance (base_id, account, currency, debit_minor, credit_minor) "
    "VALUES (%s, %s, %s, 0, 0) ON CONFLICT (base_id, account, currency) DO NOTHING"
)
ADD = (
    "UPDATE payments_accountbalance SET debit_minor = debit_minor + %s, credit_minor = credit_minor + %s "
    "WHERE base_id = %s AND account = %s AND currency = %s"
)


def drafted(ctx: Context, legs: Sequence[Draft], entry_id: UUID | None = None) -> list[dict[str, Any]]:
    """The rows of one linked entry at the rates that hold now; AmountOutOfRange or NoRate for what can't be booked."""
    entry_id = entry_id or new_id()
    home = get_base(ctx.base_id).currency
    rates: dict[str, Decimal] = {}
    rows = []
    for leg in legs:
        currency = leg.amount.currency
        rate = leg.rate
        if rate is None:
            if currency not in rates:
                rates[currency] = get_rate(ctx, currency, home, ctx.at)
            rate = rates[currency]
        in_base = exchange(leg.amount, home, rate)
        for amount in (leg.amount, in_base):
            check(amount, leg.kind.value, most=BOOKED_MAX)
        rows.append(_row(ctx, leg, entry_id, in_base, rate))
    return rows


def post(ctx: Context, legs: Sequence[Draft]) -> UUID:
    """Write one linked entry; the base's currency is fixed at the rate that holds now. Returns the entry's id."""
    entry_id = new_id()
    rows = drafted(ctx, legs, entry_id)
    sums: dict[tuple[str, str], list[int]] = {}
    for leg in legs:
        currency = leg.amount.currency
        sums.setdefault((leg.debit, currency), [0, 0])[0] += leg.amount.minor
        sums.setdefault((leg.credit, currency), [0, 0])[1] += leg.amount.minor
    insert_rows(Posting, rows)
    ordered = sorted(sums.items())  # one order for all writers, so that none waits in a circle
    change_each(OPEN, [(ctx.base_id, account, currency) for (account, currency), _ in ordered])
    change_each(ADD, [(*both, ctx.base_id, account, currency) for (account, currency), both in ordered])
    return entry_id


def _row(ctx: Context, leg: Draft, entry_id: UUID, in_base: Money, rate: Decimal) -> dict[str, Any]:
    return {
        "id": new_id(),
        "base_id": ctx.base_id,
        "entry_id": entry_id,
        "kind": leg.kind.value,
        "reverses": leg.reverses,
        "is_estimate": leg.is_estimate,
        "debit": leg.debit,
        "credit": leg.credit,
        "amount_minor": leg.amount.minor,
        "currency": leg.amount.currency,
        "base_minor": in_base.minor,
        "base_currency": in_base.currency,
        "rate": f"{rate.normalize():f}",
        "merchant_id": leg.tag.merchant_id,
        "order_id": leg.tag.order_id,
        "sku_id": leg.tag.sku_id,
        "show_id": leg.tag.show_id,
        "minute": leg.tag.minute,
        "pitch_id": leg.tag.pitch_id,
        "cause_id": ctx.cause_id,
        "at": ctx.at,
    }


def legs_of_order(ctx: Context, order_id: UUID, *kinds: PostingKind) -> list[Draft]:
    """An order's postings of some kinds that were not reversals, as they were drafted."""
    rows = Posting.objects.of(ctx.base_id).filter(order_id=order_id, kind__in=[k.value for k in kinds], reverses=False)
    return [_draft(row) for row in rows.order_by("id")]


def _draft(row: Posting) -> Draft:
    return Draft(
        kind=PostingKind(row.kind),
        debit=row.debit,
        credit=row.credit,
        amount=Money(row.amount_minor, row.currency),
        is_estimate=row.is_estimate,
        rate=Decimal(row.rate),
        tag=Tag(
            merchant_id=MerchantId(row.merchant_id) if row.merchant_id else None,
            order_id=OrderId(row.order_id) if row.order_id else None,
            sku_id=SkuId(row.sku_id) if row.sku_id else None,
            show_id=ShowId(row.show_id) if row.show_id else None,
            minute=row.minute,
            pitch_id=row.pitch_id,
        ),
    )


def rate_of_order(ctx: Context, order_id: UUID) -> Decimal:
    """The rate into the base's currency at which an order was captured."""
    return Decimal(Posting.objects.of(ctx.base_id).filter(order_id=order_id, kind=PostingKind.CAPTURE.value)[0].rate)


def order_sum(ctx: Context, order_id: UUID, account: str, currency: str) -> int:
    """Credits less debits of one account, of one order, in minor units."""
    rows = Posting.objects.of(ctx.base_id).filter(order_id=order_id, currency=currency)
    credits = rows.filter(credit=account).aggregate(total=Sum("amount_minor"))["total"] or 0
    debits = rows.filter(debit=account).aggregate(total=Sum("amount_minor"))["total"] or 0
    return int(credits - debits)


def differences(ctx: Context) -> list[dict[str, object]]:
    """Accounts whose balance differs from the sum of their postings; empty when the books are right."""
    sums: dict[tuple[str, str], list[int]] = {}
    rows = Posting.objects.of(ctx.base_id)
    for side, index in (("debit", 0), ("credit", 1)):
        for row in rows.values(side, "currency").annotate(total=Sum("amount_minor")):
            sums.setdefault((row[side], row["currency"]), [0, 0])[index] = row["total"]
    kept = {
        (row.account, row.currency): [row.debit_minor, row.credit_minor]
        for row in AccountBalance.objects.of(ctx.base_id)
    }
    return [
        {"account": key[0], "currency": key[1], "kept": kept.get(key), "summed": sums.get(key)}
        for key in sorted(set(sums) | set(kept))
        if kept.get(key) != sums.get(key)
    ]
