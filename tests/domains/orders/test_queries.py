"""What a show's console lists of its orders."""

from __future__ import annotations

from dataclasses import replace

from tests.cast import Cast, on_air

from silkcast.domains.orders.api import newest_orders
from silkcast.domains.orders.contracts import OrderState
from silkcast.kernel.ids import ShowId, new_id
from silkcast.kernel.money import Money


def test_a_shows_newest_orders_come_first_each_merchants_own_and_no_other_shows(cast: Cast) -> None:
    own, show_id = cast.east, ShowId(new_id())
    scarf, mask = own.sells("scarf", 9), own.sells("mask", 9, merchant=1)
    own.bought((scarf, 2), show=on_air(show_id, 1))
    own.bought((scarf, 1), (mask, 3), show=on_air(show_id, 2))
    own.bought((scarf, 1), show=on_air(new_id(), 3))
    found = newest_orders(own.ctx, show_id, limit=30)
    assert sorted((order.number, order.units) for order in found) == [(1, 2), (2, 1), (3, 3)]
    assert [order.number for order in found] == [3, 2, 1]
    assert (found[2].state, found[2].placed_at, found[2].total) == (OrderState.PAID, own.ctx.at, Money(8300, "USD"))
    assert newest_orders(own.ctx, show_id, limit=1) == found[:1]
    of_second = replace(own.ctx, merchant_id=own.merchants[1])
    (theirs,) = newest_orders(of_second, show_id, limit=30)
    assert (theirs.merchant_id, theirs.units) == (own.merchants[1], 3)
    assert newest_orders(cast.west.ctx, show_id, limit=30) == []
