from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from pysqlite3 import dbapi2
from tests.cast import Base, Cast, on_air

from silkcast.domains.catalog.api import SetOffer
from silkcast.domains.inventory.api import units_free
from silkcast.domains.inventory.errors import OutOfStock
from silkcast.domains.orders.buyers import find_buyer, subject
from silkcast.domains.orders.contracts import CheckoutState, PlaceOrder
from silkcast.domains.orders.errors import PerBuyerLimit
from silkcast.domains.orders.models import Order
from silkcast.domains.orders.queries import get_checkout
from silkcast.kernel.actions import Done, Replayed, run_many
from silkcast.kernel.errors import IdempotencyMismatch
from silkcast.kernel.ids import ShowId, SkuId, new_id
from silkcast.kernel.money import Money


def places(base: Base, *asked: tuple[str, PlaceOrder]) -> list[Any]:
    """Answers of one batch under keys of the test's choice; what is asked is told apart by its lines."""
    requests = [request for _, request in asked]
    digests = [sha256(str(request.lines).encode()).hexdigest() for request in requests]
    return run_many([base.ctx] * len(asked), requests, [key for key, _ in asked], digests)


def offered(base: Base, units: int, most: int) -> tuple[SkuId, ShowId]:
    """A SKU of which each buyer may have so many in a show."""
    sku_id, show_id = base.sells("Scarce", units), ShowId(new_id())
    offer = Money(2900, base.currency)
    base.does(SetOffer(show_id=show_id, sku_id=sku_id, price=offer, per_buyer_max=most))
    return sku_id, show_id


def kinds(outcomes: Sequence[Any]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_a_cart_over_two_merchants_is_one_purchase_and_two_orders(cast: Cast) -> None:
    mine, yours = cast.east.sells("A", 5), cast.east.sells("B", 5, merchant=1, price=1000)
    request = cast.east.wants((mine, 2), (yours, 1))
    (outcome,) = cast.east.places(request)
    assert isinstance(outcome, Done)
    purchase = get_checkout(cast.east.ctx, request.checkout_id)
    assert purchase.state is CheckoutState.AWAITING
    assert [
        (o.goods.minor, o.shipping.minor, o.total.minor) for o in sorted(purchase.orders, key=lambda o: -o.goods.minor)
    ] == [
        (7800, 500, 8300),
        (1000, 500, 1500),
    ]
    assert purchase.total.minor == 9800


def test_a_cart_that_cannot_be_filled_takes_nothing(cast: Cast) -> None:
    full, short = cast.east.sells("A", 5), cast.east.sells("B", 1)
    (outcome,) = cast.east.places(cast.east.wants((full, 2), (short, 2)))
    assert isinstance(outcome, OutOfStock)
    assert units_free(cast.east.ctx, [full, short]) == {full: 5, short: 1}


def test_what_is_sold_out_is_answered_without_a_transaction(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 0)
    cast.east.receives(sku_id, 1)
    cast.east.bought((sku_id, 1))
    with CaptureQueriesContext(connection) as asked:
        outcomes = cast.east.places(*(cast.east.wants((sku_id, 1)) for _ in range(20)))
    assert kinds(outcomes) == [OutOfStock] * 20
    # One read of the shelves and one of the keys, however many asked.
    assert [query["sql"].split()[0] for query in asked.captured_queries if "set_config" not in query["sql"]] == [
        "SELECT"
    ] * 2


def test_units_that_come_back_are_sold_at_once(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 1)
    request = cast.east.wants((sku_id, 1))
    assert kinds(cast.east.places(request)) == [Done]
    assert kinds(cast.east.places(cast.east.wants((sku_id, 1)))) == [OutOfStock]
    cast.east.receives(sku_id, 1)
    assert kinds(cast.east.places(cast.east.wants((sku_id, 1)))) == [Done]


def test_a_key_that_won_gets_its_answer_also_when_nothing_is_left(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 1)
    (won,) = places(cast.east, ("k", cast.east.wants((sku_id, 1))))
    again, other, late = places(
        cast.east,
        ("k", cast.east.wants((sku_id, 1))),
        ("k", cast.east.wants((sku_id, 2))),
        ("late", cast.east.wants((sku_id, 1))),
    )
    assert isinstance(again, Replayed) and won.answer.checkout_id in again.answer
    assert kinds([other, late]) == [IdempotencyMismatch, OutOfStock]


def test_a_key_that_was_refused_may_be_tried_again(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 1)
    assert kinds(places(cast.east, ("k", cast.east.wants((sku_id, 2))))) == [OutOfStock]
    cast.east.receives(sku_id, 1)
    assert kinds(places(cast.east, ("k", cast.east.wants((sku_id, 2))))) == [Done]


def test_equal_keys_of_one_batch_are_one_purchase(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 5)
    outcomes = places(cast.east, *(("k", cast.east.wants((sku_id, units))) for units in (1, 1, 2)))
    assert kinds(outcomes) == [Done, Replayed, IdempotencyMismatch]
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 4}


def test_a_batch_sells_what_is_there_in_the_order_of_asking(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 3)
    outcomes = cast.east.places(*(cast.east.wants((sku_id, units)) for units in (2, 2, 1, 1)))
    assert kinds(outcomes) == [Done, OutOfStock, Done, OutOfStock]
    assert units_free(cast.east.ctx, [sku_id]) == {sku_id: 0}


def test_one_bad_purchase_sinks_no_other_of_its_batch(cast: Cast) -> None:
    sku_id = cast.east.sells("A", 5)
    unknown = cast.east.wants((SkuId(new_id()), 1))
    outcomes = cast.east.places(cast.east.wants((sku_id, 1)), unknown, cast.east.wants((sku_id, 1)))
    assert [isinstance(outcome, Done) for outcome in outcomes] == [True, False, True]


def test_two_bases_share_a_batch_and_nothing_else(cast: Cast) -> None:
    mine, theirs = cast.east.sells("A", 1), cast.west.sells("A", 1)
    requests = [cast.east.wants((mine, 1)), cast.west.wants((theirs, 1)), cast.west.wants((mine, 1))]
    contexts = [cast.east.ctx, cast.west.ctx, cast.west.ctx]
    outcomes = run_many(contexts, requests, ["k", "k", "other"], ["d", "d", "d"])
    assert [isinstance(outcome, Done) for outcome in outcomes] == [True, True, False]
    assert units_free(cast.east.ctx, [mine]) == {mine: 0}


def test_a_buyers_limit_counts_this_batch_and_all_before_but_not_what_was_refused(cast: Cast) -> None:
    sku_id, show_id = offered(cast.east, 3, most=2)
    show = on_air(show_id, 0)

    def asks(units: int, viewer: str = "v") -> PlaceOrder:
        return cast.east.wants((sku_id, units), viewer=viewer, show=show)

    assert kinds(cast.east.places(asks(3), asks(1), asks(1), asks(1))) == [PerBuyerLimit, Done, Done, PerBuyerLimit]
    assert kinds(cast.east.places(asks(1), asks(1, "w"), asks(1, "w"))) == [PerBuyerLimit, Done, OutOfStock]
    cast.east.receives(sku_id, 1)
    assert kinds(cast.east.places(asks(1, "w"), asks(1))) == [Done, PerBuyerLimit]


def test_a_cancelled_order_gives_its_buyer_the_limit_back(cast: Cast) -> None:
    sku_id, show_id = offered(cast.east, 3, most=1)
    request = cast.east.wants((sku_id, 1), viewer="v", show=on_air(show_id, 0))
    cast.east.places(request)
    Order.objects.of(cast.east.ctx.base_id).filter(checkout_id=request.checkout_id).update(state="cancelled")
    assert kinds(cast.east.places(cast.east.wants((sku_id, 1), viewer="v", show=on_air(show_id, 0)))) == [Done]


def test_only_who_gets_the_goods_is_sealed_and_kept(cast: Cast, data: Path) -> None:
    sku_id = cast.east.sells("A", 1)
    won, lost = cast.east.wants((sku_id, 1)), cast.east.wants((sku_id, 1))
    assert kinds(cast.east.places(won, lost)) == [Done, OutOfStock]
    buyer = find_buyer(cast.east.ctx, won.checkout_id)
    assert buyer is not None and buyer.email == "buyer@example.test"
    with dbapi2.connect(data / "keys.db") as keys:
        names = {name for (name,) in keys.execute("SELECT subject FROM subject_key")}
    assert (subject(won.checkout_id) in names, subject(lost.checkout_id) in names) == (True, False)
