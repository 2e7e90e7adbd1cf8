"""Occurrences as postings. Amounts of zero make none; every function returns legs of one linked entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from silkcast.domains.payments.contracts import PostingKind, Sale, Tag
from silkcast.domains.payments.engine import accounts
from silkcast.kernel.money import Money, portion, split


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    kind: PostingKind
    debit: str
    credit: str
    amount: Money
    tag: Tag
    reverses: bool = False
    is_estimate: bool = False
    rate: Decimal | None = None  # of a posting that is taken back; None takes the rate of the day


def reversed_leg(leg: Draft, amount: Money | None = None) -> Draft:
    """The same leg the other way round, for all or part of its amount."""
    return replace(leg, debit=leg.credit, credit=leg.debit, amount=amount or leg.amount, reverses=True)


def on_capture(sales: Sequence[Sale], gateway_fee: Money) -> list[Draft]:
    """Money arrives in escrow; what it cost to earn is charged to each merchant, tagged to the minute.

    The gateway's fee is split over the sales by their totals, exactly.
    """
    legs: list[Draft] = []
    fees = split(gateway_fee.minor, [sale.total.minor for sale in sales])
    for sale, fee_minor in zip(sales, fees, strict=True):
        tag, currency = sale.tag, sale.total.currency
        cost = accounts.merchant_cost(tag.merchant_id)
        platform = Money(portion(sale.total.minor, sale.platform_fee_bp), currency)
        commission = Money(portion(sale.total.minor, sale.commission_bp), currency)
        legs += [
            Draft(
                kind=PostingKind.CAPTURE, debit=accounts.PROVIDER, credit=accounts.ESCROW, amount=sale.total, tag=tag
            ),
            Draft(
                kind=PostingKind.COST_OF_GOODS,
                debit=accounts.memo_cost(tag.merchant_id),
                credit=accounts.memo_goods(tag.merchant_id),
                amount=sale.cost_of_goods,
                tag=tag,
            ),
            Draft(
                kind=PostingKind.SHIPPING,
                debit=cost,
                credit=accounts.CARRIER_EXPECTED,
                amount=sale.shipping_estimate,
                tag=tag,
                is_estimate=True,
            ),
            Draft(
                kind=PostingKind.PLATFORM_FEE, debit=cost, credit=accounts.PLATFORM_PAYABLE, amount=platform, tag=tag
            ),
            Draft(kind=PostingKind.COMMISSION, debit=cost, credit=accounts.COMMISSION_DUE, amount=commission, tag=tag),
            Draft(
                kind=PostingKind.GATEWAY_FEE,
                debit=cost,
                credit=accounts.PROVIDER,
                amount=Money(fee_minor, currency),
                tag=tag,
            ),
        ]
    return [leg for leg in legs if leg.amount]


def on_label(estimates: Sequence[Draft], like: Sequence[Draft], actual: Money) -> list[Draft]:
    """The label's price takes the place of the rate card's: `estimates` go back, the actual is split as `like` is."""
    legs = [reversed_leg(leg) for leg in estimates]
    shares = split(actual.minor, [leg.amount.minor for leg in like])
    for leg, minor in zip(like, shares, strict=True):
        actual_leg = replace(
            leg,
            kind=PostingKind.SHIPPING,
            debit=accounts.merchant_cost(leg.tag.merchant_id),
            credit=accounts.CARRIER_PAYABLE,
            amount=Money(minor, actual.currency),
            is_estimate=False,
        )
        legs.append(actual_leg)
    return [leg for leg in legs if leg.amount]


def on_refund(captured: Sequence[Draft], refunded_before: int, amount: Money, *, is_released: bool) -> list[Draft]:
    """Give back part of an order. Line shares follow the cumulative total, so many small refunds sum exactly.

    The money comes out of escrow, or from the merchant once released. Fees are settled by `fees_back`.
    """
    weights = [leg.amount.minor for leg in captured]
    before = split(refunded_before, weights)
    after = split(refunded_before + amount.minor, weights)
    legs = []
    for leg, old, new in zip(captured, before, after, strict=True):
        source = accounts.merchant_payable(leg.tag.merchant_id) if is_released else accounts.ESCROW
        legs.append(
            Draft(
                kind=PostingKind.REFUND,
                debit=source,
                credit=accounts.PROVIDER,
                amount=Money(new - old, amount.currency),
                tag=leg.tag,
                rate=leg.rate,
            )
        )
    # A split of a larger total can give one line less than before; the entry still sums to the amount.
    assert sum(leg.amount.minor for leg in legs) == amount.minor
    return [leg if leg.amount.minor > 0 else reversed_leg(leg, -leg.amount) for leg in legs if leg.amount]


def fees_back(legs: Sequence[Draft], given_back_before: int, refunded_total: int, captured_total: int) -> list[Draft]:
    """Shares of channel fee and commission that a refund takes back, by the cumulative share refunded.

    `given_back_before` is what was refunded earlier, `refunded_total` what will have been after this one.
    """
    back = []
    for leg in legs:
        minor = (
            leg.amount.minor * refunded_total // captured_total - leg.amount.minor * given_back_before // captured_total
        )
        if minor:
            back.append(reversed_leg(leg, Money(minor, leg.amount.currency)))
    return back


def on_release(order: Tag, held: Money, costs: Money, commission: Money, rate: Decimal | None = None) -> list[Draft]:
    """Receipt confirmed: what is held goes to the merchant after the costs that were charged to it.

    `rate` is the capture's, so that escrow ends at nothing in the base's currency too.
    """
    assert held.minor >= 0, "escrow paid out more than it took in for this order"
    cost, payable = accounts.merchant_cost(order.merchant_id), accounts.merchant_payable(order.merchant_id)
    covered = Money(min(costs.minor, held.minor), held.currency)
    legs = [
        Draft(kind=PostingKind.RELEASE, debit=accounts.ESCROW, credit=payable, amount=held - covered, tag=order),
        Draft(kind=PostingKind.RELEASE_COSTS, debit=accounts.ESCROW, credit=cost, amount=covered, tag=order),
        # Costs beyond what is held (a refund kept the fees) are taken from what else the merchant is owed.
        Draft(kind=PostingKind.RELEASE_COSTS, debit=payable, credit=cost, amount=costs - covered, tag=order),
        Draft(
            kind=PostingKind.COMMISSION_EARNED,
            debit=accounts.COMMISSION_DUE,
            credit=accounts.COMMISSION_INCOME,
            amount=commission,
            tag=order,
        ),
    ]
    return [replace(leg, rate=rate) for leg in legs if leg.amount.minor > 0]
