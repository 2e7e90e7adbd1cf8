"""When a program is started again."""

from __future__ import annotations

from silkcast.supervisor.backoff import STABLE_S, Backoff


def test_the_wait_grows_with_each_short_run_up_to_a_bound() -> None:
    backoff = Backoff()
    assert [backoff.next_s(0.5) for _ in range(9)] == [0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 30.0, 30.0, 30.0]


def test_a_long_run_earns_a_fresh_start() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.next_s(0.5)
    assert backoff.next_s(STABLE_S) == 0.1
    assert backoff.next_s(0.5) == 0.3
