"""Whatever may be drafted can be captured, labelled, refunded in any parts and released: each leg can be booked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from silkcast.domains.payments.contracts import PostingKind, Sale, Tag
from silkcast.domains.payments.engine import postings
from silkcast.domains.payments.engine.postings import Draft
from silkcast.kernel.ids import MerchantId, OrderId, new_id
from silkcast.kernel.money import (
    AMOUNT_MAX,
    BOOKED_MAX,
    EXPONENTS,
    RATE_MAX,
    Money,
    check_rate,
    exchange,
    exponent,
    is_bookable,
    split,
)

CURRENCIES = st.sampled_from(sorted(EXPONENTS))
BP = st.integers(0, 10_000)
TAG = Tag(
    merchant_id=MerchantId(new_id()), order_id=OrderId(new_id()), sku_id=None, show_id=None, minute=None, pitch_id=None
)


@dataclass
class Sold:
    sales: list[Sale]
    currency: str
    home: str
    rates: dict[str, Decimal]

    @property
    def total(self) -> int:
        return sum(sale.total.minor for sale in self.sales)

    def books(self, legs: list[Draft]) -> None:
        """As the ledger would, at these rates."""
        for leg in legs:
            in_base = exchange(leg.amount, self.home, leg.rate or self.rates[leg.amount.currency])
            assert 0 < leg.amount.minor <= BOOKED_MAX
            assert 0 <= in_base.minor <= BOOKED_MAX


@st.composite
def rates(draw: st.DrawFn, unit: str, quote: str) -> Decimal:
    """Any that may be entered, of any size."""
    if unit == quote:
        return Decimal(1)
    power = draw(st.integers(-6, 5))
    of_minor = Decimal(draw(st.integers(10_000, 99_999))).scaleb(power - 4)
    rate = of_minor.scaleb(exponent(unit) - exponent(quote))
    check_rate(rate, unit, quote)
    return rate


def largest(unit: str, home: str, rate: Decimal) -> int:
    """The largest amount that may be bought at once, in minor units."""
    of_minor = rate.scaleb(exponent(home) - exponent(unit))
    return min(AMOUNT_MAX, int(AMOUNT_MAX / of_minor))


@st.composite
def purchases(draw: st.DrawFn) -> Sold:
    """What drafting lets through."""
    currency, cost_currency, home = draw(CURRENCIES), draw(CURRENCIES), draw(CURRENCIES)
    found = {unit: draw(rates(unit, home)) for unit in {currency, cost_currency}}
    count = draw(st.integers(1, 5))
    share = largest(currency, home, found[currency]) // (count + 1)
    goods = [draw(st.integers(1, share)) for _ in range(count)]
    shipping = draw(st.integers(0, share))
    assert is_bookable(Money(sum(goods) + shipping, currency), home, found[currency])
    most = largest(cost_currency, home, found[cost_currency])
    costs = [Money(draw(st.integers(0, most)), cost_currency) for _ in goods]
    assert all(is_bookable(cost, home, found[cost_currency]) for cost in costs)
    paid = [total + share for total, share in zip(goods, split(shipping, goods), strict=True)]
    estimates = split(shipping, paid)
    fee_bp, commission_bp = draw(BP), draw(BP)
    sales = [
        Sale(
            tag=TAG,
            total=Money(total, currency),
            cost_of_goods=cost,
            shipping_estimate=Money(estimate, currency),
            platform_fee_bp=fee_bp,
            commission_bp=commission_bp,
        )
        for total, cost, estimate in zip(paid, costs, estimates, strict=True)
    ]
    return Sold(sales, currency, home, found)


def of(legs: list[Draft], *kinds: PostingKind) -> list[Draft]:
    return [leg for leg in legs if leg.kind in kinds]


@given(purchases(), st.data())
def test_what_may_be_drafted_can_be_captured_labelled_refunded_and_released(sold: Sold, data: st.DataObject) -> None:
    total = sold.total
    fee = data.draw(st.integers(0, total), label="fee")
    legs = postings.on_capture(sold.sales, Money(fee, sold.currency))
    sold.books(legs)
    captured = of(legs, PostingKind.CAPTURE)
    assert sum(leg.amount.minor for leg in captured) == total
    label = Money(data.draw(st.integers(0, total), label="label"), sold.currency)
    sold.books(postings.on_label(of(legs, PostingKind.SHIPPING), captured, label))
    parts = data.draw(st.lists(st.integers(1, total), max_size=4), label="refunds")
    back, given = 0, list[Draft]()
    for part in parts:
        amount = min(part, total - back)
        if amount:
            one = postings.on_refund(captured, back, Money(amount, sold.currency), is_released=False)
            assert sum(-leg.amount.minor if leg.reverses else leg.amount.minor for leg in one) == amount
            one += postings.fees_back(
                of(legs, PostingKind.PLATFORM_FEE, PostingKind.COMMISSION), back, back + amount, total
            )
            sold.books(one)
            given += one
            back += amount
    costs = sum(leg.amount.minor for leg in legs if leg.debit.startswith("merchant_cost"))
    commission = sum(leg.amount.minor for leg in of(legs, PostingKind.COMMISSION))
    held, owed, due = (Money(minor, sold.currency) for minor in (total - back, costs, commission))
    release = postings.on_release(TAG, held, owed, due, captured[0].rate)
    sold.books(release)


@given(CURRENCIES, CURRENCIES, st.integers(1, AMOUNT_MAX), st.data())
def test_at_any_rate_that_may_be_entered_an_amount_stays_within_a_column(
    unit: str, quote: str, minor: int, data: st.DataObject
) -> None:
    rate = data.draw(rates(unit, quote))
    assert exchange(Money(minor, unit), quote, rate).minor <= AMOUNT_MAX * RATE_MAX
