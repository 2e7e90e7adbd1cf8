from __future__ import annotations

from silkcast.media.mixer.delay import DelayLine


def outputs(line: DelayLine[int], items: range) -> list[int | None]:
    return [line.pass_through(item)[0] for item in items]


def test_without_a_delay_everything_goes_straight_through() -> None:
    line: DelayLine[int] = DelayLine()
    assert outputs(line, range(5)) == [0, 1, 2, 3, 4]
    assert len(line) == 0


def test_a_delay_lets_nothing_out_until_it_is_filled() -> None:
    line: DelayLine[int] = DelayLine()
    line.ticks = 3
    assert outputs(line, range(6)) == [None, None, None, 0, 1, 2]
    assert len(line) == 3


def test_a_longer_delay_pauses_and_loses_nothing() -> None:
    line: DelayLine[int] = DelayLine()
    line.ticks = 1
    assert outputs(line, range(3)) == [None, 0, 1]
    line.ticks = 3
    assert outputs(line, range(3, 8)) == [None, None, 2, 3, 4]


def test_a_shorter_delay_drops_the_oldest_and_says_which() -> None:
    line: DelayLine[int] = DelayLine()
    line.ticks = 4
    outputs(line, range(6))  # 2, 3, 4, 5 wait
    line.ticks = 1
    assert line.pass_through(6) == (5, [2, 3, 4])
    assert outputs(line, range(7, 9)) == [6, 7]


def test_taking_the_delay_away_jumps_to_now() -> None:
    line: DelayLine[int] = DelayLine()
    line.ticks = 3
    outputs(line, range(5))
    line.ticks = 0
    assert line.pass_through(5) == (5, [2, 3, 4])


def test_it_never_holds_more_than_its_ticks() -> None:
    line: DelayLine[int] = DelayLine()
    line.ticks = 450
    outputs(line, range(2000))
    assert len(line) == 450
