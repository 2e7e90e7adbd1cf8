"""Whatever is posted, the minutes add up to the books, in the base's view and in each merchant's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from silkcast.domains.insight.engine import airtime
from silkcast.domains.insight.engine.airtime import Side, Span, Sums
from silkcast.domains.orders.contracts import SoldInShow
from silkcast.domains.payments.contracts import LedgerLine, PostingKind
from silkcast.kernel.ids import MerchantId, OrderId, ProductId, SkuId

KINDS = tuple(airtime.FIELD_OF_KIND)
ids = st.integers(1, 4).map(lambda n: UUID(int=n))


def line(kind: PostingKind, minute: int, minor: int, *, merchant: int = 1, estimate: bool = False) -> LedgerLine:
    return LedgerLine(
        kind=kind,
        minute=minute,
        merchant_id=MerchantId(UUID(int=merchant)),
        sku_id=SkuId(UUID(int=9)),
        pitch_id=None,
        base_minor=minor,
        has_estimate=estimate,
        orders=1,
    )


def sold(order: int, minute: int, units: int, *, sku: int = 9) -> SoldInShow:
    return SoldInShow(
        order_id=OrderId(UUID(int=order)),
        merchant_id=MerchantId(UUID(int=1)),
        minute=minute,
        sku_id=SkuId(UUID(int=sku)),
        pitch_id=None,
        units=units,
    )


@st.composite
def ledger_lines(draw: st.DrawFn) -> LedgerLine:
    kind = draw(st.sampled_from(KINDS))
    is_ad_spend = kind is PostingKind.AD_SPEND
    return LedgerLine(
        kind=kind,
        minute=draw(st.integers(0, 40)),
        merchant_id=None if is_ad_spend else MerchantId(draw(ids)),
        sku_id=None if is_ad_spend else SkuId(draw(ids)),
        pitch_id=draw(st.none() | ids),
        base_minor=draw(st.integers(-(10**9), 10**9)),
        has_estimate=draw(st.booleans()),
        orders=1,
    )


def books(lines: Sequence[LedgerLine]) -> Sums:
    """The totals as a bookkeeper would add them: per kind, without any minutes."""
    by_kind = dict.fromkeys(KINDS, 0)
    for posted in lines:
        by_kind[posted.kind] += posted.base_minor
    return Sums(
        gmv=by_kind[PostingKind.CAPTURE],
        refunds=by_kind[PostingKind.REFUND],
        cost_of_goods=by_kind[PostingKind.COST_OF_GOODS],
        shipping=by_kind[PostingKind.SHIPPING],
        platform_fee=by_kind[PostingKind.PLATFORM_FEE],
        gateway_fee=by_kind[PostingKind.GATEWAY_FEE],
        commission=by_kind[PostingKind.COMMISSION],
        ad_spend=by_kind[PostingKind.AD_SPEND],
    )


def rows_of(lines: Sequence[LedgerLine], length: int = 0) -> list[airtime.Minute]:
    return airtime.minutes(lines, [], viewers=None, pitches=[], length=length)


@given(st.lists(ledger_lines(), max_size=60), st.integers(0, 60))
def test_minutes_add_up_to_the_books_in_the_bases_view(lines: list[LedgerLine], length: int) -> None:
    rows = rows_of(lines, length)
    assert airtime.total(rows) == books(lines)
    assert sum(row.sums.profit(Side.BASE) for row in rows) == books(lines).profit(Side.BASE)


@given(st.lists(ledger_lines(), max_size=60), ids)
def test_minutes_add_up_to_the_books_in_a_merchants_view(lines: list[LedgerLine], merchant_id: UUID) -> None:
    own = [posted for posted in lines if posted.merchant_id == merchant_id]
    rows = rows_of(own)
    assert airtime.total(rows) == books(own)
    assert sum(row.sums.profit(Side.MERCHANT) for row in rows) == books(own).profit(Side.MERCHANT)


@given(st.lists(ledger_lines(), max_size=60))
def test_merchants_profits_and_what_passes_to_the_base_make_up_the_whole(lines: list[LedgerLine]) -> None:
    merchants = {posted.merchant_id for posted in lines if posted.merchant_id is not None}
    profits = [
        airtime.total(rows_of([posted for posted in lines if posted.merchant_id == merchant_id])).profit(Side.MERCHANT)
        for merchant_id in merchants
    ]
    whole = books(lines)
    assert sum(profits) + whole.commission - whole.ad_spend == whole.profit(Side.BASE)


@given(st.lists(ledger_lines(), max_size=60))
def test_parts_add_up_to_the_same_as_minutes(lines: list[LedgerLine]) -> None:
    parts = airtime.parts(lines, [])
    assert airtime.total(parts) == airtime.total(rows_of(lines))
    by_minute: dict[int, Sums] = {}
    for part in parts:
        by_minute[part.minute] = by_minute.get(part.minute, Sums()) + part.sums
    assert {row.minute: row.sums for row in rows_of(lines) if row.minute in by_minute} == by_minute


def test_commission_is_a_merchants_cost_and_no_part_of_the_bases_profit() -> None:
    sums = Sums(gmv=10_000, refunds=1_000, cost_of_goods=3_000, shipping=500, platform_fee=450, gateway_fee=320)
    sums += Sums(commission=900, ad_spend=700)
    assert sums.net == 9_000
    assert sums.profit(Side.BASE) == 9_000 - 3_000 - 500 - 450 - 320 - 700
    assert sums.profit(Side.MERCHANT) == 9_000 - 3_000 - 500 - 450 - 320 - 900


def test_a_show_has_a_row_for_each_minute_of_it_and_for_what_was_posted_beyond() -> None:
    rows = airtime.minutes([line(PostingKind.CAPTURE, 3, 500)], [], viewers=[4, 7], pitches=[], length=2)
    assert [(row.minute, row.viewers, row.sums.gmv) for row in rows] == [(0, 4, 0), (1, 7, 0), (2, 0, 0), (3, 0, 500)]


def test_viewers_that_nobody_counted_are_unknown_and_not_none() -> None:
    (row,) = rows_of([line(PostingKind.CAPTURE, 0, 500)])
    assert row.viewers is None


def test_an_order_of_two_products_is_one_order_of_its_minute() -> None:
    sales = [sold(1, 0, 2), sold(1, 0, 1, sku=8), sold(2, 0, 1), sold(3, 1, 5)]
    rows = airtime.minutes([], sales, viewers=None, pitches=[], length=0)
    assert [(row.orders, row.units) for row in rows] == [(2, 4), (1, 5)]
    assert [(part.minute, part.sku_id, part.orders, part.units) for part in airtime.parts([], sales)] == [
        (0, UUID(int=8), 1, 1),
        (0, UUID(int=9), 2, 3),
        (1, UUID(int=9), 1, 5),
    ]


def test_a_minute_is_estimated_while_one_of_its_lines_is() -> None:
    rows = rows_of([line(PostingKind.SHIPPING, 0, 500, estimate=True), line(PostingKind.SHIPPING, 1, 400)])
    assert [row.has_estimate for row in rows] == [True, False]


def test_a_pitch_is_in_every_minute_that_it_touches() -> None:
    scarf, mask = ProductId(UUID(int=1)), ProductId(UUID(int=2))
    pitches = [
        Span(product_id=mask, started_ms=120_000, ended_ms=None),
        Span(product_id=scarf, started_ms=30_000, ended_ms=120_000),
    ]
    rows = airtime.minutes([], [], viewers=None, pitches=pitches, length=4)
    assert [row.products for row in rows] == [(scarf,), (scarf,), (mask,), (mask,)]


def test_two_pitches_of_one_minute_stand_in_the_order_in_which_they_began() -> None:
    scarf, mask = ProductId(UUID(int=1)), ProductId(UUID(int=2))
    pitches = [
        Span(product_id=mask, started_ms=30_000, ended_ms=None),
        Span(product_id=scarf, started_ms=10_000, ended_ms=30_000),
    ]
    assert airtime.minutes([], [], viewers=None, pitches=pitches, length=1)[0].products == (scarf, mask)
