from __future__ import annotations

from tests.cast import Cast

from silkcast.domains.inventory.errors import OutOfStock
from silkcast.domains.orders.contracts import CheckoutState
from silkcast.domains.orders.queries import get_checkout
from silkcast.kernel.actions import Done


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
    from silkcast.domains.inventory.api import units_free

    assert units_free(cast.east.ctx, [full, short]) == {full: 5, short: 1}
