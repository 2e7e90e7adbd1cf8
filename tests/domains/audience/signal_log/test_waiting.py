from __future__ import annotations

import pytest

from silkcast.domains.audience.signal_log.waiting import SignalsOverloaded, WaitingRoom


def room(signals_max: int = 100, rate: float = 0.0) -> WaitingRoom[str]:
    return WaitingRoom(rate=lambda: rate, signals_max=signals_max)


def enter(where: WaitingRoom[str], name: str, signals: int) -> None:
    where.enter(name, holder=name.rstrip("0123456789"), signals=signals, size=10)


def test_first_come_is_first_served_in_parts_that_fit() -> None:
    where = room()
    for number, signals in enumerate((10, 10, 25, 1)):
        enter(where, f"ann{number}", signals)
    assert where.leave(signals_max=20, size_max=1_000) == ["ann0", "ann1"]
    assert where.leave(signals_max=20, size_max=1_000) == ["ann2"]  # too large, and alone
    assert where.leave(signals_max=20, size_max=1_000) == ["ann3"]
    assert where.leave(signals_max=20, size_max=1_000) == []
    assert where.signals == 0


def test_a_part_is_bounded_in_bytes_too() -> None:
    where = room()
    for number in range(5):
        enter(where, f"ann{number}", 1)
    assert len(where.leave(signals_max=100, size_max=25)) == 2


def test_a_flood_is_refused_at_half_while_others_still_enter() -> None:
    where = room()
    enter(where, "ben0", 1)
    enter(where, "ann0", 49)
    with pytest.raises(SignalsOverloaded):
        enter(where, "ann1", 2)
    for name in ("ben1", "cleo0", "dora0"):
        enter(where, name, 5)
    assert where.signals == 65


def test_nobody_enters_a_full_room() -> None:
    where = room()
    for name in "abcd":
        enter(where, name, 25)
    with pytest.raises(SignalsOverloaded):
        enter(where, "e", 1)
    assert len(where) == 4


def test_room_that_was_left_can_be_taken_again() -> None:
    where = room()
    enter(where, "ann0", 100)
    where.leave(signals_max=100, size_max=100)
    enter(where, "ann1", 100)
    assert where.signals == 100


@pytest.mark.parametrize(("rate", "retry_after_ms"), [(0.0, 5_000), (1_000.0, 100), (200.0, 500), (1.0, 5_000)])
def test_a_refusal_says_when_the_room_will_be_free(rate: float, retry_after_ms: int) -> None:
    where = room(rate=rate)
    enter(where, "ann", 100)
    with pytest.raises(SignalsOverloaded) as refused:
        enter(where, "ben", 1)
    assert refused.value.facts == {"retry_after_ms": retry_after_ms, "waiting": 100}
