from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from silkcast.roles.edge.http.parts import CRUMB_BYTES, GATHERED_BYTES, Parts

EDGES = (CRUMB_BYTES - 1, CRUMB_BYTES, GATHERED_BYTES, 2 * GATHERED_BYTES)
SIZES = st.one_of(st.integers(1, 200), st.sampled_from(EDGES))


@given(st.lists(SIZES, max_size=20))
def test_a_body_is_whole_however_it_came_and_its_crumbs_are_counted(sizes: list[int]) -> None:
    sent = [bytes([number % 251]) * size for number, size in enumerate(sizes)]
    parts = Parts()
    for part in sent:
        parts.add(part)
    assert parts.whole() == b"".join(sent)
    assert parts.crumbs == sum(size < CRUMB_BYTES for size in sizes)


def test_a_body_in_one_piece_is_not_copied_and_many_crumbs_share_a_buffer() -> None:
    one, piece = Parts(), b"x" * 1000
    one.add(piece)
    assert one.whole() is piece
    many = Parts()
    for _ in range(5_000):
        many.add(b"ab")
    assert len(many._parts) == 2
