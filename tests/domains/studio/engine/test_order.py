from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from silkcast.domains.studio.engine.order import free_key, placed

A, B, C, D = (UUID(int=number) for number in range(4))


def test_a_line_takes_its_place_and_the_others_keep_their_order() -> None:
    assert placed([A, B, C], D, 2) == [A, D, B, C]
    assert placed([A, B, C], A, 3) == [B, C, A]
    assert placed([A, B, C], C, 1) == [C, A, B]
    assert placed([A, B, C], B, 2) == [A, B, C]


def test_a_place_beyond_either_end_is_that_end() -> None:
    assert placed([A, B], C, None) == placed([A, B], C, 99) == [A, B, C]
    assert placed([A, B], C, 0) == placed([A, B], C, -5) == [C, A, B]


@given(st.lists(st.uuids(), unique=True, min_size=1), st.data())
def test_moving_neither_loses_nor_doubles_a_line(order: list[UUID], data: st.DataObject) -> None:
    moved = data.draw(st.sampled_from(order))
    position = data.draw(st.integers(1, len(order)))
    after = placed(order, moved, position)
    assert after.index(moved) == position - 1
    assert [line for line in after if line != moved] == [line for line in order if line != moved]


def test_the_lowest_free_key_is_given() -> None:
    assert free_key([], 8) == 1
    assert free_key([1, 2, 4], 8) == 3
    assert free_key(range(1, 9), 8) is None
