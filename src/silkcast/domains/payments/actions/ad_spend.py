from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.payments.contracts import PostingKind, Tag
from silkcast.domains.payments.engine import accounts
from silkcast.domains.payments.engine.postings import Draft
from silkcast.domains.payments.events import AdSpendEntered
from silkcast.domains.payments.ledger import post
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.events import announce
from silkcast.kernel.ids import ShowId
from silkcast.kernel.money import Money, check, split


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterAdSpend:
    """`viewers_by_minute` from the show's metrics: the spend is spread by it, evenly where nobody watched."""

    show_id: ShowId
    amount: Money
    viewers_by_minute: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRef:
    entry_id: UUID


@action(
    "payments.enter_ad_spend",
    request=EnterAdSpend,
    permission="payments.enter_ad_spend",
    icon="edit",
    derived=("viewers_by_minute",),
)
def enter_ad_spend(ctx: Context, request: EnterAdSpend) -> EntryRef:
    """Enter what was spent on advertising a show, spread over its minutes by viewers."""
    check(request.amount, "amount", least=1)
    if not request.viewers_by_minute:
        raise Invalid(reason="viewers_by_minute")
    viewers = list(request.viewers_by_minute)
    weights = viewers if any(viewers) else [1] * len(viewers)
    legs = [
        Draft(
            kind=PostingKind.AD_SPEND,
            debit=accounts.AD_COST,
            credit=accounts.AD_PAYABLE,
            amount=Money(minor, request.amount.currency),
            tag=Tag(
                merchant_id=None, order_id=None, sku_id=None, show_id=request.show_id, minute=minute, pitch_id=None
            ),
        )
        for minute, minor in enumerate(split(request.amount.minor, weights))
        if minor
    ]
    entry_id = post(ctx, legs)
    announce(
        ctx,
        AdSpendEntered(show_id=request.show_id, amount_minor=request.amount.minor, currency=request.amount.currency),
    )
    return EntryRef(entry_id=entry_id)
