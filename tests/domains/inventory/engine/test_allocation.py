from __future__ import annotations

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from silkcast.domains.inventory.contracts import Need
from silkcast.domains.inventory.engine.allocation import Allocation, Pick, Shelf
from silkcast.kernel.ids import MerchantId, OrderId, SkuId, new_id

MERCHANT = MerchantId(new_id())
SKUS = [SkuId(new_id()) for _ in range(3)]


def need(sku: int, units: int) -> Need:
    return Need(order_id=OrderId(new_id()), merchant_id=MERCHANT, sku_id=SKUS[sku], units=units)


def shelves(*units: tuple[int, int]) -> dict[UUID, list[Shelf]]:
    found: dict[UUID, list[Shelf]] = {}
    for sku, free in units:
        found.setdefault(SKUS[sku], []).append(Shelf(new_id(), new_id(), free))
    return found


def allocate(carts: list[list[Need]], stock: dict[UUID, list[Shelf]]) -> tuple[list[list[Pick]], dict[int, Need]]:
    """What each cart takes, and by cart the need that failed."""
    allocation = Allocation(stock)
    taken = [allocation.take(cart) for cart in carts]
    failed = {index: found for index, found in enumerate(taken) if isinstance(found, Need)}
    return [[] if isinstance(found, Need) else found for found in taken], failed


def test_a_line_is_filled_over_warehouses_in_their_order() -> None:
    stock = shelves((0, 2), (0, 5))
    picks, failed = allocate([[need(0, 4)]], stock)
    assert ([pick.units for pick in picks[0]], failed) == ([2, 2], {})
    assert [pick.stock_id for pick in picks[0]] == [shelf.stock_id for shelf in stock[SKUS[0]]]


def test_two_lines_of_one_cart_cannot_both_take_the_last_unit() -> None:
    picks, failed = allocate([[need(0, 1), need(0, 1)]], shelves((0, 1)))
    assert (picks, list(failed)) == ([[]], [0])


def test_a_cart_that_fails_leaves_its_units_to_the_next() -> None:
    picks, failed = allocate([[need(0, 1), need(1, 1)], [need(0, 1)]], shelves((0, 1)))
    assert ([len(taken) for taken in picks], list(failed)) == ([0, 1], [0])


def test_a_sku_without_a_shelf_is_sold_out() -> None:
    assert list(allocate([[need(2, 1)]], {})[1]) == [0]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6)), max_size=6),
    st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=4), max_size=12),
)
def test_nothing_is_promised_twice_and_every_cart_is_filled_wholly_or_not_at_all(
    free: list[tuple[int, int]], wanted: list[list[tuple[int, int]]]
) -> None:
    stock = shelves(*free)
    carts = [[need(sku, units) for sku, units in cart] for cart in wanted]
    picks, failed = allocate(carts, stock)
    taken = Counter[UUID]()
    for index, cart in enumerate(carts):
        got = Counter[UUID]()
        for pick in picks[index]:
            got[pick.need.sku_id] += pick.units
            taken[pick.stock_id] += pick.units
        asked = Counter[UUID]()
        for line in cart:
            asked[line.sku_id] += line.units
        assert got == (Counter() if index in failed else asked)
    assert all(taken[shelf.stock_id] <= shelf.units_free for rows in stock.values() for shelf in rows)
