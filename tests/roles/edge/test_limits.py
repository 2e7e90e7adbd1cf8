"""Rates and places: exact counts, with the clock as an argument."""

from __future__ import annotations

import pytest

from silkcast.roles.edge.limits import Places, Rate
from silkcast.roles.edge.refusals import Busy, TooManyRequests


def taken_at_once(rate: Rate, name: str, now_s: float) -> int:
    count = 0
    while True:
        try:
            rate.take(name, now_s)
        except TooManyRequests:
            return count
        count += 1


def test_a_burst_is_taken_whole_and_no_request_more() -> None:
    assert taken_at_once(Rate(10.0, 25.0), "a", 100.0) == 25


def test_a_spent_bucket_fills_at_its_rate() -> None:
    rate = Rate(10.0, 25.0)
    taken_at_once(rate, "a", 100.0)
    assert taken_at_once(rate, "a", 101.0) == 10


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    rate = Rate(10.0, 25.0)
    taken_at_once(rate, "a", 100.0)
    assert taken_at_once(rate, "a", 10_000.0) == 25


def test_one_name_spends_nothing_of_another() -> None:
    rate = Rate(1.0, 3.0)
    taken_at_once(rate, "a", 100.0)
    assert taken_at_once(rate, "b", 100.0) == 3


def test_a_refusal_says_how_long_to_wait() -> None:
    rate = Rate(0.1, 1.0)
    rate.take("a", 100.0)
    with pytest.raises(TooManyRequests) as refused:
        rate.take("a", 100.0)
    assert refused.value.facts == {"retry_after_s": 5}


def test_a_place_is_free_again_after_a_failure() -> None:
    places = Places(1, door="signals")
    with pytest.raises(RuntimeError), places.take():
        raise RuntimeError
    assert places.taken == 0


def test_the_place_beyond_the_last_is_refused() -> None:
    places = Places(1, door="signals")
    with places.take(), pytest.raises(Busy) as refused, places.take():
        pass
    assert refused.value.facts == {"door": "signals", "retry_after_s": 1}
    assert places.taken == 0
