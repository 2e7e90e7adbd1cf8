"""Back-off: how long to wait before the next attempt."""

from __future__ import annotations

import random

from silkcast.media.rtmp.backoff import AWAY_S, AWAY_TRIES, FINAL_REFUSAL_S, Backoff


class Middle(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def test_waits_double_from_a_fifth_of_a_second_to_ten() -> None:
    backoff = Backoff(Middle())
    assert [backoff.next_s(is_final=False) for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_success_starts_again_at_the_beginning() -> None:
    backoff = Backoff(Middle())
    for _ in range(5):
        backoff.next_s(is_final=False)
    backoff.reset()
    assert backoff.next_s(is_final=False) == 0.2


def test_a_wrong_key_is_not_hammered() -> None:
    assert Backoff(Middle()).next_s(is_final=True) == FINAL_REFUSAL_S


def test_a_server_that_is_away_is_looked_for_every_half_second_for_half_a_minute() -> None:
    backoff = Backoff(Middle())
    assert backoff.next_s(is_final=False) == 0.2  # the reset itself
    away = [backoff.next_s(is_final=False, is_away=True) for _ in range(AWAY_TRIES + 2)]
    assert away == [AWAY_S] * AWAY_TRIES + [0.4, 0.8]
    backoff.reset()
    assert backoff.next_s(is_final=False, is_away=True) == AWAY_S


def test_waits_are_spread_by_a_quarter() -> None:
    waits = [Backoff(random.Random(seed)).next_s(is_final=False) for seed in range(200)]
    assert 0.15 <= min(waits) < 0.16
    assert 0.24 < max(waits) <= 0.25
