from __future__ import annotations

import pytest

from silkcast.media.mixer.camera_clock import BUFFER_MS, RAISE_MS_PER_WINDOW_MAX, CameraClock

FRAME_MS = 100 / 3


def fed(clock: CameraClock, seconds: float, *, from_ms: float = 0.0, late_ms: float = 0.0, pace: float = 1.0) -> float:
    """Frames 30 a second by the room's clock; their stamps advance by `pace`. Gives the last room time."""
    now_ms = from_ms
    for frame in range(round(seconds * 30)):
        now_ms = from_ms + frame * FRAME_MS
        stamp_ms = now_ms * pace
        clock.stamped("video", stamp_ms)
        clock.available(stamp_ms, now_ms + late_ms)
    return now_ms


def test_the_first_frame_is_due_a_buffer_after_it_came() -> None:
    clock = CameraClock()
    clock.available(5000.0, 100.0)
    assert clock.room_ms(5000.0) == 100.0 + BUFFER_MS
    assert clock.stamp_ms(100.0 + BUFFER_MS) == 5000.0


def test_a_steady_camera_keeps_its_map() -> None:
    clock = CameraClock()
    fed(clock, 60)
    assert abs(clock.room_ms(1000.0) - 1000.0 - BUFFER_MS) < 1e-6
    assert clock.epochs == 1


def test_the_drift_of_an_hour_is_followed() -> None:
    """200 ppm would part picture and room by 720 ms."""
    clock = CameraClock()
    now_ms = fed(clock, 3600, pace=1.0002)
    assert abs(clock.room_ms(now_ms * 1.0002) - now_ms - BUFFER_MS) < 1.0


def test_a_slow_clock_is_followed_as_well() -> None:
    clock = CameraClock()
    now_ms = fed(clock, 3600, pace=0.9998)
    assert abs(clock.room_ms(now_ms * 0.9998) - now_ms - BUFFER_MS) < 1.0


def test_corrections_are_never_faster_than_half_a_percent() -> None:
    clock = CameraClock()
    fed(clock, 10)
    before = clock.room_ms(0.0)
    fed(clock, 5, from_ms=10_000, late_ms=-50)  # frames come 50 ms earlier now
    assert before - clock.room_ms(0.0) <= 5 * 5.0 + 1e-6


def test_a_line_that_got_slower_is_followed_at_once() -> None:
    clock = CameraClock()
    fed(clock, 5)
    now_ms = fed(clock, 3, from_ms=5000, late_ms=400)
    assert abs(clock.room_ms(now_ms) - now_ms - 400 - BUFFER_MS) < 6.0


def test_pictures_coded_out_of_order_do_not_tear_the_sound() -> None:
    """B-frames: pictures come in threes, the first of them 100 ms before its time, so that sound seems late."""
    clock = CameraClock()
    slacks: list[float] = []
    for frame in range(150):
        now_ms = frame * FRAME_MS
        if frame % 3 == 0:
            for shown in range(3):
                clock.available(now_ms + 100 - shown * FRAME_MS, now_ms)
        clock.available(now_ms, now_ms)  # sound
        slacks.append(clock.room_ms(now_ms) - now_ms)
    assert min(slacks[32:]) > 0


def test_one_late_burst_costs_little_and_is_forgotten() -> None:
    clock = CameraClock()
    fed(clock, 5)
    before = clock.room_ms(0.0)
    for frame in range(12):  # held up for 400 ms, then all at once
        clock.available(5000 + frame * FRAME_MS, 5400.0)
    fed(clock, 3, from_ms=5433)
    assert clock.room_ms(0.0) - before <= 2 * RAISE_MS_PER_WINDOW_MAX  # it may fall into two windows
    fed(clock, 30, from_ms=8433)
    assert clock.room_ms(0.0) == pytest.approx(before, abs=1.0)


def test_what_a_camera_sent_ahead_at_its_start_does_not_stay_as_delay() -> None:
    clock = CameraClock()
    for frame in range(60):  # two seconds of pictures in one go
        clock.available(frame * FRAME_MS, 0.0)
    now_ms = 0.0
    for frame in range(60, 200):
        now_ms = (frame - 59) * FRAME_MS
        clock.available(frame * FRAME_MS, now_ms)
    assert clock.room_ms(199 * FRAME_MS) - now_ms < 2 * BUFFER_MS


def test_a_jump_past_two_seconds_begins_a_new_epoch_either_way() -> None:
    for jump_ms in (2001.0, -2001.0):
        clock = CameraClock()
        now_ms = fed(clock, 3)
        assert clock.stamped("video", now_ms + jump_ms)
        assert not clock.is_set
        clock.available(now_ms + jump_ms, now_ms)
        assert clock.room_ms(now_ms + jump_ms) == now_ms + BUFFER_MS
        assert clock.epochs == 2


def test_a_smaller_jump_is_jitter() -> None:
    clock = CameraClock()
    now_ms = fed(clock, 3)
    assert not clock.stamped("video", now_ms + 1999.0)
    assert clock.is_set


def test_sound_and_picture_may_start_far_apart_without_being_a_jump() -> None:
    clock = CameraClock()
    assert not clock.stamped("video", 0.0)
    assert not clock.stamped("audio", 9000.0)


def test_both_kinds_jumping_together_are_one_new_epoch() -> None:
    clock = CameraClock()
    clock.stamped("video", 0.0)
    clock.stamped("audio", 0.0)
    assert clock.stamped("video", 50_000.0)
    assert not clock.stamped("audio", 50_000.0)
