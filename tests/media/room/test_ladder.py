from __future__ import annotations

from silkcast.media.room.ladder import CALM_S, SETTLE_S, Ladder

MAX = 30


def test_a_backlog_sheds_one_preset_and_waits_for_its_effect() -> None:
    ladder = Ladder("veryfast", 0.0)
    assert not ladder.judge(30, MAX, SETTLE_S - 1)
    assert ladder.judge(30, MAX, SETTLE_S)
    assert ladder.preset == "superfast"
    assert not ladder.judge(30, MAX, SETTLE_S + 1)
    assert ladder.judge(30, MAX, 2 * SETTLE_S)
    assert (ladder.preset, ladder.steps_down) == ("ultrafast", 2)
    assert not ladder.judge(30, MAX, 3 * SETTLE_S)


def test_a_short_queue_is_no_reason() -> None:
    ladder = Ladder("veryfast", 0.0)
    assert not any(ladder.judge(15, MAX, float(second)) for second in range(60))


def test_after_a_long_calm_the_dearer_preset_is_tried_again_and_not_above_the_wish() -> None:
    ladder = Ladder("veryfast", 0.0)
    ladder.judge(30, MAX, 10.0)
    calm = [ladder.judge(0, MAX, 10.0 + second) for second in range(1, 2000)]
    assert calm.count(True) == 1
    assert ladder.preset == "veryfast"


def test_each_failed_climb_doubles_the_wait() -> None:
    ladder = Ladder("veryfast", 0.0)
    waits = []
    now_s = 1000.0
    for _ in range(4):
        ladder.judge(30, MAX, now_s)
        shed_s = now_s
        while not ladder.judge(0, MAX, now_s):
            now_s += 1.0
        waits.append(now_s - shed_s)
        now_s += SETTLE_S  # and at once it is too much again
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * CALM_S


def test_a_new_wish_starts_over() -> None:
    ladder = Ladder("veryfast", 0.0)
    ladder.judge(30, MAX, 10.0)
    ladder.want("fast", 20.0)
    assert (ladder.preset, ladder.steps_down) == ("fast", 0)
