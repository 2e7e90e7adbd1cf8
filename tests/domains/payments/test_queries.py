"""What the books say that a show sold."""

from __future__ import annotations

from dataclasses import replace

from tests.cast import Base, Cast, on_air

from silkcast.domains.orders.api import RefundOrder, get_checkout
from silkcast.domains.orders.contracts import OrderView
from silkcast.domains.orders.fulfilment import make_refund
from silkcast.domains.payments.api import sales_of_shows
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import Money


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def refunds(own: Base, order: OrderView, minor: int) -> None:
    refund_id = new_id()
    own.does(RefundOrder(order_id=order.id, refund_id=refund_id, amount=usd(minor)), seconds=9)
    make_refund(str(own.ctx.base_id), str(refund_id), "")


def test_sales_are_added_up_by_show_and_seen_by_each_merchant_for_its_own(cast: Cast) -> None:
    own, first, second, unsold = cast.east, new_id(), new_id(), new_id()
    scarf, mask = own.sells("scarf", 9), own.sells("mask", 9, merchant=1)
    checkout = own.bought((scarf, 1), (mask, 2), show=on_air(first, 1))
    own.bought((scarf, 1), show=on_air(second, 1))
    order, other = get_checkout(own.ctx, checkout).orders
    refunds(own, order, 900)
    sold = sales_of_shows(own.ctx, [first, second, unsold])
    assert {show: (of.gmv, of.refunds, of.orders) for show, of in sold.items()} == {
        first: (usd(3 * 3900 + 2 * 500), usd(900), 2),
        second: (usd(3900 + 500), usd(0), 1),
        unsold: (usd(0), usd(0), 0),
    }
    theirs = sales_of_shows(replace(own.ctx, merchant_id=own.merchants[1]), [first, second])
    assert [(theirs[show].gmv, theirs[show].orders) for show in (first, second)] == [(other.total, 1), (usd(0), 0)]
    assert theirs[first].refunds == usd(0)
    assert sales_of_shows(cast.west.ctx, [first])[first].gmv == Money(0, "JPY")
    assert sales_of_shows(own.ctx, []) == {}
