from __future__ import annotations

from itertools import pairwise

from silkcast.domains.audience.engine.curve import SAMPLES_MAX, Curve, Sample

START_MS = 1_790_000_040_000


def sample(at_ms: int) -> Sample:
    return Sample(at_ms, 1, 0.0, 0.0, 0.0, 0)


def test_a_sample_is_taken_every_ten_seconds_while_signals_come() -> None:
    curve = Curve()
    curve.advance(START_MS + 3_000, 0, sample)
    for second in range(4, 60):
        curve.advance(START_MS + second * 1000, START_MS + second * 1000 - 1000, sample)
    assert [point.at_ms - START_MS for point in curve.points(100)] == [10_000, 20_000, 30_000, 40_000, 50_000]


def test_a_silence_is_followed_until_nobody_can_be_online() -> None:
    curve = Curve()
    curve.advance(START_MS, 0, sample)
    curve.advance(START_MS + 3_600_000, START_MS + 1_000, sample)
    assert [point.at_ms - START_MS for point in curve.points(100)] == [10_000, 20_000, 30_000, 40_000, 50_000, 60_000]
    curve.advance(START_MS + 3_615_000, START_MS + 3_605_000, sample)
    assert curve.points(100)[-1].at_ms == START_MS + 3_610_000


def test_a_long_show_keeps_every_second_sample() -> None:
    curve = Curve()
    curve.advance(START_MS, 0, sample)
    end_ms = START_MS + (SAMPLES_MAX + 100) * 10_000
    curve.advance(end_ms, end_ms, sample)
    points = curve.points(10**6)
    assert len(points) == SAMPLES_MAX // 2 + 50
    assert {later.at_ms - earlier.at_ms for earlier, later in pairwise(points)} == {20_000}


def test_thinning_keeps_the_latest_point() -> None:
    curve = Curve()
    curve.advance(START_MS, 0, sample)
    curve.advance(START_MS + 1_000_000, START_MS + 1_000_000, sample)
    points = curve.points(7)
    assert len(points) == 7
    assert points[-1].at_ms == START_MS + 1_000_000
