from __future__ import annotations

import pytest

from silkcast.media.mixer.camera_clock import (
    AHEAD_MS_MAX,
    BEHIND_MS_MAX,
    BUFFER_MS,
    RAISE_MS_PER_WINDOW_MAX,
    CameraClock,
    Kind,
)

FRAME_MS = 100 / 3


def fed(clock: CameraClock, seconds: float, *, from_ms: float = 0.0, late_ms: float = 0.0, pace: float = 1.0) -> float:
    """Frames 30 a second by the room's clock; their stamps advance by `pace`. Gives the last room time."""
    now_ms = from_ms
    for frame in range(round(seconds * 30)):
        now_ms = from_ms + frame * FRAME_MS
        stamp_ms = now_ms * pace
        clock.stamped("video", stamp_ms, now_ms)
        clock.available("video", stamp_ms, now_ms + late_ms)
    return now_ms


def test_the_first_frame_is_due_a_buffer_after_it_came() -> None:
    clock = CameraClock()
    clock.available("video", 5000.0, 100.0)
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
                clock.available("video", now_ms + 100 - shown * FRAME_MS, now_ms)
        clock.available("audio", now_ms, now_ms)
        slacks.append(clock.room_ms(now_ms) - now_ms)
    assert min(slacks[32:]) > 0


def with_sound(
    clock: CameraClock, seconds: float, *, from_ms: float, behind_ms: float, picture_ms: float = 0.0
) -> float:
    """Pictures stamped by the room's clock plus `picture_ms`, sound with stamps that lie `behind_ms` before them."""
    now_ms = from_ms
    for frame in range(round(seconds * 30)):
        now_ms = from_ms + frame * FRAME_MS
        stamps: tuple[tuple[Kind, float], ...]
        stamps = ("video", now_ms + picture_ms), ("audio", now_ms + picture_ms - behind_ms)
        for kind, stamp_ms in stamps:
            clock.stamped(kind, stamp_ms, now_ms)
            clock.available(kind, stamp_ms, now_ms)
    return now_ms


@pytest.mark.parametrize("behind_ms", [-10_000.0, -1400.0, -100.0, 0.0, 250.0, 700.0, 2100.0, 3_600_000.0])
def test_pictures_never_wait_long_for_sound_and_sound_is_always_due(behind_ms: float) -> None:
    clock = CameraClock()
    now_ms = with_sound(clock, 60, from_ms=0, behind_ms=behind_ms)
    assert 0 <= clock.room_ms(now_ms) - now_ms <= BUFFER_MS + BEHIND_MS_MAX
    assert -AHEAD_MS_MAX <= now_ms - behind_ms - clock.sound_stamp_ms(now_ms) - BUFFER_MS <= AHEAD_MS_MAX


def test_sound_that_its_stamps_can_place_shares_the_map_of_the_pictures() -> None:
    for behind_ms in (-1400.0, 250.0):
        clock = CameraClock()
        now_ms = with_sound(clock, 10, from_ms=0, behind_ms=behind_ms)
        assert clock.sound_stamp_ms(now_ms) == clock.stamp_ms(now_ms)


def test_sound_that_found_back_to_its_pictures_shares_their_map_again() -> None:
    clock = CameraClock()
    with_sound(clock, 10, from_ms=0, behind_ms=900)
    assert clock.sound_stamp_ms(0) != clock.stamp_ms(0)
    now_ms = with_sound(clock, 10, from_ms=10_000, behind_ms=0)
    assert clock.sound_stamp_ms(now_ms) == clock.stamp_ms(now_ms)
    assert 0 <= clock.room_ms(now_ms) - now_ms <= BUFFER_MS + BEHIND_MS_MAX


@pytest.mark.parametrize("jump_ms", [3_600_000.0, -3_600_000.0])
def test_a_clock_that_jumps_by_an_hour_costs_nothing_whichever_half_jumps(jump_ms: float) -> None:
    for picture_ms, behind_ms in ((jump_ms, 0.0), (jump_ms, jump_ms), (0.0, -jump_ms)):
        clock = CameraClock()
        with_sound(clock, 10, from_ms=0, behind_ms=0)
        now_ms = with_sound(clock, 0.1, from_ms=10_000, behind_ms=behind_ms, picture_ms=picture_ms)
        assert 0 <= clock.room_ms(now_ms + picture_ms) - now_ms <= 2 * BUFFER_MS
        assert abs(now_ms + picture_ms - behind_ms - clock.sound_stamp_ms(now_ms)) <= 2 * BUFFER_MS


def test_one_late_burst_costs_little_and_is_forgotten() -> None:
    clock = CameraClock()
    fed(clock, 5)
    before = clock.room_ms(0.0)
    for frame in range(12):  # held up for 400 ms, then all at once
        clock.available("video", 5000 + frame * FRAME_MS, 5400.0)
    fed(clock, 3, from_ms=5433)
    assert clock.room_ms(0.0) - before <= 2 * RAISE_MS_PER_WINDOW_MAX  # it may fall into two windows
    fed(clock, 30, from_ms=8433)
    assert clock.room_ms(0.0) == pytest.approx(before, abs=1.0)


def test_what_a_camera_sent_ahead_at_its_start_does_not_stay_as_delay() -> None:
    clock = CameraClock()
    for frame in range(60):  # two seconds of pictures in one go
        clock.available("video", frame * FRAME_MS, 0.0)
    now_ms = 0.0
    for frame in range(60, 200):
        now_ms = (frame - 59) * FRAME_MS
        clock.available("video", frame * FRAME_MS, now_ms)
    assert clock.room_ms(199 * FRAME_MS) - now_ms < 2 * BUFFER_MS


def test_a_jump_past_two_seconds_begins_a_new_epoch_either_way() -> None:
    for jump_ms in (2001.0, -2001.0):
        clock = CameraClock()
        now_ms = fed(clock, 3)
        assert clock.stamped("video", now_ms + jump_ms, now_ms)
        assert not clock.is_set
        clock.available("video", now_ms + jump_ms, now_ms)
        assert clock.room_ms(now_ms + jump_ms) == now_ms + BUFFER_MS
        assert clock.epochs == 2


def test_a_smaller_jump_is_jitter() -> None:
    clock = CameraClock()
    now_ms = fed(clock, 3)
    assert not clock.stamped("video", now_ms + 1999.0, now_ms)
    assert clock.is_set


def test_a_pause_that_the_stamps_tell_of_is_no_jump() -> None:
    clock = CameraClock()
    now_ms = fed(clock, 3)
    assert not clock.stamped("video", now_ms + 9000.0, now_ms + 9100.0)
    assert not clock.stamped("video", now_ms + 9033.0, now_ms + 29_000.0)  # held up on the way, and late from now on
    assert clock.is_set


def test_sound_and_picture_may_start_far_apart_without_being_a_jump() -> None:
    clock = CameraClock()
    assert not clock.stamped("video", 0.0, 0.0)
    assert not clock.stamped("audio", 9000.0, 0.0)


def test_both_kinds_jumping_together_are_one_new_epoch() -> None:
    clock = CameraClock()
    clock.stamped("video", 0.0, 0.0)
    clock.stamped("audio", 0.0, 0.0)
    assert clock.stamped("video", 50_000.0, 0.0)
    assert not clock.stamped("audio", 50_000.0, 0.0)
