from __future__ import annotations

from silkcast.kernel import patience
from silkcast.kernel.patience import Patience


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_fails_is_due_later_each_time_and_in_an_hour_at_most() -> None:
    clock = Clock()
    waiting = Patience(5, 3_600, clock)
    asked = []
    for second in range(0, 20_000, 5):
        clock.now = float(second)
        if waiting.is_due("payment"):
            asked.append(second)
            waiting.failed("payment")
    assert asked == [0, 5, 15, 35, 75, 155, 315, 635, 1275, 2555, 5115, 8715, 12315, 15915, 19515]


def test_what_is_done_is_as_good_as_new_and_no_name_waits_for_another() -> None:
    waiting = Patience(5, 3_600, Clock())
    waiting.failed("one")
    assert (waiting.is_due("one"), waiting.is_due("two")) == (False, True)
    waiting.done("one")
    assert waiting.is_due("one")


def test_of_too_many_names_the_oldest_are_forgotten() -> None:
    waiting = Patience(5, 3_600, Clock())
    for name in range(patience.REMEMBERED_MAX + 1):
        waiting.failed(name)
    assert (waiting.is_due(0), waiting.is_due(1)) == (True, False)
