"""What one buyer may have of an offer, and how much may be held unpaid, whatever way it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import DECLINED_CARD, GOOD_CARD, NOON, Base, Cast, on_air

from silkcast.domains.base.models import Counter
from silkcast.domains.catalog.api import SetOffer
from silkcast.domains.inventory.api import units_free
from silkcast.domains.inventory.models import Reservation
from silkcast.domains.orders import api as orders
from silkcast.domains.orders import jobs
from silkcast.domains.orders.contracts import OnAir
from silkcast.domains.orders.errors import (
    CheckoutClosed,
    PerBuyerLimit,
    TooManyUnits,
    TooManyUnpaid,
    TooManyUnpaidThere,
)
from silkcast.domains.orders.models import Checkout
from silkcast.kernel.actions import Done, Replayed, run_many
from silkcast.kernel.ids import ShowId, SkuId, new_id
from silkcast.kernel.models import AuditEntry
from silkcast.kernel.money import Money
from silkcast.kernel.storage.batches import insert_rows, rows_of, statement

HELD_S = 600
PROGRAM = "key:1"
Bound = Callable[..., None]


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Bound:
    def to(*, units: int = 0, viewer: int = 0, address: int = 0) -> None:
        monkeypatch.setenv("SILKCAST_HOLD_UNITS", str(units))
        monkeypatch.setenv("SILKCAST_HOLDS_PER_VIEWER", str(viewer))
        monkeypatch.setenv("SILKCAST_HOLDS_PER_ADDRESS", str(address))

    return to


def limited(base: Base, sku_id: SkuId, most: int, *, since_s: float = 0) -> OnAir:
    """A show on air that has so many of the SKU for each buyer."""
    show = OnAir(show_id=ShowId(new_id()), since=NOON + timedelta(seconds=since_s))
    price = Money(2900, base.currency)
    base.does(SetOffer(show_id=show.show_id, sku_id=sku_id, price=price, per_buyer_max=most))
    return show


def kinds(outcomes: Sequence[Any]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_an_offers_limit_holds_by_whatever_door_the_sku_is_bought(cast: Cast) -> None:
    base = cast.east
    sku_id = base.sells("Scarce", 20)
    show = limited(base, sku_id, 2)
    other = on_air(ShowId(new_id()), 0)  # on air too, and without an offer of it

    def inside(units: int = 1) -> orders.PlaceOrder:
        return base.wants((sku_id, units), show=on_air(show.show_id, 5))

    def outside(units: int = 1, **more: Any) -> orders.PlaceOrder:
        return base.wants((sku_id, units), on_air=(show,), **more)

    assert kinds(base.places(outside(20), outside(), inside(2), inside(), outside(), outside(show=other))) == [
        PerBuyerLimit,
        Done,
        PerBuyerLimit,
        Done,
        PerBuyerLimit,
        PerBuyerLimit,
    ]
    later = base.places(outside(), outside(show=other), inside(), outside(viewer="w"), seconds=60)
    assert kinds(later) == [PerBuyerLimit, PerBuyerLimit, PerBuyerLimit, Done]
    assert later[0].facts == {"most": 2}
    assert units_free(base.ctx, [sku_id]) == {sku_id: 17}


def test_a_limit_counts_from_its_shows_beginning_and_the_strictest_holds(cast: Cast) -> None:
    base = cast.east
    sku_id, free = base.sells("Scarce", 20), base.sells("Free", 20)
    assert kinds(base.places(base.wants((sku_id, 5)))) == [Done]
    both = (limited(base, sku_id, 3, since_s=10), limited(base, sku_id, 2, since_s=20))

    def asks(units: int) -> orders.PlaceOrder:
        return base.wants((sku_id, units), (free, 9), on_air=both)

    assert kinds(base.places(asks(1), seconds=15)) == [Done]
    assert kinds(base.places(asks(3), asks(2), asks(1), seconds=30)) == [PerBuyerLimit, Done, PerBuyerLimit]


def test_a_program_in_its_own_name_is_bound_by_the_offer_that_it_takes_alone(cast: Cast, bound: Bound) -> None:
    bound(units=3, viewer=1)
    base = cast.east
    sku_id = base.sells("Scarce", 20)
    show = limited(base, sku_id, 2)
    outside = [base.wants((sku_id, 4), viewer=PROGRAM, on_air=(show,)) for _ in range(3)]
    inside = base.wants((sku_id, 3), viewer=PROGRAM, show=on_air(show.show_id, 0))
    assert kinds(base.places(*outside, inside)) == [Done, Done, Done, PerBuyerLimit]


def test_one_purchase_cannot_hold_a_whole_shelf(cast: Cast, bound: Bound) -> None:
    bound(units=20)
    sku_id = cast.east.sells("A", 894)
    whole, in_parts = cast.east.wants((sku_id, 894)), cast.east.wants((sku_id, 11), (sku_id, 10))
    outcomes = cast.east.places(whole, in_parts, cast.east.wants((sku_id, 20)))
    assert kinds(outcomes) == [TooManyUnits, TooManyUnits, Done]
    assert outcomes[0].facts == {"most": 20}
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 874}


def test_a_viewer_holds_so_many_purchases_unpaid_and_each_that_ends_frees_its_place(cast: Cast, bound: Bound) -> None:
    bound(viewer=2)
    base = cast.east
    sku_id = base.sells("A", 20)
    first, second, third, fourth, fifth, sixth = (base.wants((sku_id, 1)) for _ in range(6))
    outcomes = base.places(first, base.wants((sku_id, 99)), second, third, base.wants((sku_id, 1), viewer="w"))
    assert kinds(outcomes)[2:] == [Done, TooManyUnpaid, Done]  # what was sold out took no place
    assert outcomes[3].facts == {"most": 2}
    orders.pay(base.at(1), first.checkout_id, DECLINED_CARD, "sandbox")
    assert kinds(base.places(third, seconds=2)) == [TooManyUnpaid]
    orders.pay(base.at(3), first.checkout_id, GOOD_CARD, "sandbox")
    assert kinds(base.places(third, fourth, seconds=4)) == [Done, TooManyUnpaid]
    assert [base.does(orders.LetGo(checkout_id=second.checkout_id)).state for _ in range(2)] == ["expired"] * 2
    assert kinds(base.places(fourth, fifth, seconds=5)) == [Done, TooManyUnpaid]
    assert units_free(base.ctx, [sku_id]) == {sku_id: 16}
    jobs.expire_holds()  # by the real clock, long after
    assert units_free(base.ctx, [sku_id]) == {sku_id: 19}
    assert kinds(base.places(fifth, sixth, seconds=HELD_S)) == [Done, Done]


def test_declined_cards_hold_the_goods_no_longer_than_a_quarter_of_an_hour_however_many(cast: Cast) -> None:
    base = cast.east
    sku_id = base.sells("A", 3)
    request = base.wants((sku_id, 1))
    base.places(request)
    for seconds in (30, 599, 890):
        assert orders.pay(base.at(seconds), request.checkout_id, DECLINED_CARD, "sandbox").state == "declined"
        assert orders.get_checkout(base.ctx, request.checkout_id).expires_at == NOON + timedelta(seconds=900)
        held = Reservation.objects.of(base.ctx.base_id).values_list("expires_at", flat=True)
        assert list(held) == [NOON + timedelta(seconds=900)]
    with pytest.raises(CheckoutClosed):
        orders.pay(base.at(901), request.checkout_id, GOOD_CARD, "sandbox")
    jobs.expire_holds()
    assert units_free(base.ctx, [sku_id]) == {sku_id: 3}


def test_what_is_paid_cannot_be_let_go(cast: Cast) -> None:
    base = cast.east
    sku_id = base.sells("A", 3)
    checkout_id = base.bought((sku_id, 1))
    with pytest.raises(CheckoutClosed):
        base.does(orders.LetGo(checkout_id=checkout_id))
    assert orders.get_checkout(base.ctx, checkout_id).state == "paid"
    assert units_free(base.ctx, [sku_id]) == {sku_id: 2}


def test_a_repeat_gets_its_first_answer_also_where_no_more_may_be_held(cast: Cast, bound: Bound) -> None:
    bound(viewer=1)
    base = cast.east
    asked = base.wants((base.sells("A", 9), 1))

    def places(key: str) -> Any:
        return run_many([base.ctx], [asked], [key], ["d"])[0]

    assert kinds([places("k"), places("k"), places("other")]) == [Done, Replayed, TooManyUnpaid]


def test_all_viewers_of_an_address_hold_so_many_purchases_unpaid(cast: Cast, bound: Bound) -> None:
    bound(viewer=2, address=2)
    base, west = cast.east, cast.west
    sku_id, theirs = base.sells("A", 20), west.sells("A", 20)

    def asks(viewer: str, address: int | None) -> orders.PlaceOrder:
        return base.wants((sku_id, 1), viewer=viewer, address=address)

    first, second = asks("a", -7), asks("b", -7)
    outcomes = base.places(first, second, asks("c", -7), asks("d", 8), asks("e", None), asks("f", None))
    assert kinds(outcomes) == [Done, Done, TooManyUnpaidThere, Done, Done, Done]
    assert outcomes[2].facts == {"most": 2}
    assert kinds(west.places(west.wants((theirs, 1), address=-7))) == [Done]
    assert kinds(base.places(asks("c", -7), seconds=1)) == [TooManyUnpaidThere]
    orders.pay(base.at(2), first.checkout_id, GOOD_CARD, "sandbox")
    base.does(orders.LetGo(checkout_id=second.checkout_id))
    assert kinds(base.places(asks("c", -7), asks("g", -7), asks("h", -7), seconds=3)) == [
        Done,
        Done,
        TooManyUnpaidThere,
    ]


def test_where_a_buyer_came_from_is_kept_no_longer_than_the_hold_and_in_no_audit(cast: Cast) -> None:
    base = cast.east
    sku_id = base.sells("A", 20)
    show = limited(base, sku_id, 20)
    paid, gone, late = (base.wants((sku_id, 1), address=987654321, on_air=(show,)) for _ in range(3))
    assert kinds(base.places(paid, gone, late)) == [Done] * 3
    rows = Checkout.objects.of(base.ctx.base_id)
    assert rows.filter(address=987654321).count() == 3
    orders.pay(base.at(1), paid.checkout_id, GOOD_CARD, "sandbox")
    base.does(orders.LetGo(checkout_id=gone.checkout_id))
    jobs.expire_holds()
    assert sorted(rows.values_list("state", "address")) == [("expired", None), ("expired", None), ("paid", None)]
    audited = AuditEntry.objects.of(base.ctx.base_id).filter(action="orders.place").values_list("request", flat=True)
    assert not [text for text in map(str, audited) if "987654321" in text or str(show.show_id) in text]


def test_bounds_cost_a_batch_one_question_however_many_it_holds_and_wherever_they_buy(cast: Cast, bound: Bound) -> None:
    base = cast.east
    sku_id = base.sells("A", 100)
    show = limited(base, sku_id, 5)

    def asked(count: int, **how: Any) -> int:
        wanted = [base.wants((sku_id, 1), viewer=str(new_id()), address=n, **how) for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert kinds(base.places(*wanted)) == [Done] * count
        asks = [each["sql"] for each in queries if each["sql"].startswith(("SELECT", "WITH"))]
        return len([text for text in asks if "set_config" not in text and "pg_advisory" not in text])

    inside: dict[str, Any] = {"show": on_air(show.show_id, 0)}
    bound()
    without = asked(8, **inside)
    bound(units=20, viewer=3, address=50)
    assert [asked(count, **inside) - without for count in (1, 8)] == [1, 1]
    assert [asked(count, on_air=(show,)) - without for count in (1, 8)] == [1, 1]


def test_what_is_open_is_found_without_reading_what_is_paid(cast: Cast, bound: Bound) -> None:
    bound(viewer=3, address=50)
    base = cast.east
    sku_id = base.sells("A", 9)
    paid = base.bought((sku_id, 1))
    (row,) = Checkout.objects.of(base.ctx.base_id).filter(id=paid).values()
    insert_rows(Checkout, [{**row, "id": new_id(), "number": number} for number in range(2, 2_002)])
    Counter.objects.of(base.ctx.base_id).filter(kind="checkout").update(last=2_001)
    with CaptureQueriesContext(connection) as queries:
        assert kinds(base.places(base.wants((sku_id, 1), address=5))) == [Done]
    (question,) = [each["sql"] for each in queries if "UNION ALL" in each["sql"] and "orders_checkout" in each["sql"]]
    statement("ANALYZE orders_checkout")
    plan = rows_of(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + question)
    assert [name in str(plan) for name in ("unpaid_of_viewer", "unpaid_of_address")] == [True, True]
