from __future__ import annotations

import pytest

from silkcast.media.room.news import AT_ONCE_MAX, EVERY_MS, CameraNews
from silkcast.media.room.signs import Signs
from silkcast.media.rtmp.tags import TagKind


def warned(signs: Signs, now_ms: float, *, pictures: int = 1, dropped: int = 0, sound_trouble: str = "") -> list[str]:
    return signs.warnings(now_ms, pictures=pictures, dropped=dropped, sound_trouble=sound_trouble)


def test_an_ordinary_camera_has_nothing_odd() -> None:
    signs = Signs(0.0)
    for at_ms in range(0, 60_000, 40):
        signs.heard("video", at_ms, at_ms)
        signs.heard("audio", at_ms, at_ms)
        assert warned(signs, at_ms) == []


def test_pictures_that_stand_still_are_said_while_the_sound_goes_on() -> None:
    signs = Signs(0.0)
    signs.heard("video", 0.0, 0.0)
    signs.heard("audio", 10_500.0, 10_500.0)
    assert warned(signs, 9_999.0) == []
    assert warned(signs, 10_500.0) == ["camera.picture_stands_still"]


def test_sound_that_stopped_is_said_and_sound_that_never_was_is_not() -> None:
    silent, muted = Signs(0.0), Signs(0.0)
    muted.heard("audio", 0.0, 0.0)
    for signs in (silent, muted):
        signs.heard("video", 6_000.0, 6_000.0)
    assert warned(silent, 6_000.0) == []
    assert warned(muted, 6_000.0) == ["camera.sound_stopped"]


def test_a_connection_without_a_picture_is_said_after_a_while() -> None:
    signs = Signs(1000.0)
    signs.heard("audio", 6_500.0, 6_500.0)
    assert warned(signs, 5_900.0, pictures=0) == []
    assert warned(signs, 6_500.0, pictures=0) == ["camera.no_picture"]


def test_pictures_left_out_are_said_for_a_while() -> None:
    signs = Signs(0.0)
    assert warned(signs, 0.0, dropped=3) == ["camera.too_much"]
    assert warned(signs, 9_999.0, dropped=3) == ["camera.too_much"]
    assert warned(signs, 10_001.0, dropped=3) == []
    assert warned(signs, 11_000.0, dropped=4) == ["camera.too_much"]


@pytest.mark.parametrize("stamps_a_second", [0, 1, 50])
@pytest.mark.parametrize("kind", ["video", "audio"])
def test_stamps_that_hardly_advance_are_said_until_they_do(kind: TagKind, stamps_a_second: int) -> None:
    signs, stamp_ms = Signs(0.0), 0
    for at_ms in range(0, 5_001, 20):
        assert warned(signs, at_ms, pictures=0) == []
        stamp_ms = at_ms * stamps_a_second // 1000
        signs.heard(kind, stamp_ms, at_ms)
    assert warned(signs, 5_000.0, pictures=0) == ["camera.stamps_stand_still"]
    for at_ms in range(5_020, 10_021, 20):
        signs.heard(kind, stamp_ms + at_ms - 5_000, at_ms)
        signs.heard("video", stamp_ms + at_ms - 5_000, at_ms)
    assert warned(signs, 10_020.0) == []


def test_a_pause_and_a_clock_begun_anew_are_no_standing_stamps() -> None:
    signs = Signs(0.0)
    for at_ms in (0, 40, 80, 8_000, 8_040):
        signs.heard("video", min(at_ms, 120), at_ms)
        assert warned(signs, at_ms) == []
    for at_ms in range(8_080, 20_000, 40):
        signs.heard("video", at_ms if at_ms < 12_000 else at_ms - 12_000, at_ms)
        assert warned(signs, at_ms) == []


def test_trouble_with_the_sound_is_passed_on() -> None:
    assert warned(Signs(0.0), 0.0, sound_trouble="camera.sound_unsupported") == ["camera.sound_unsupported"]


def test_a_stall_and_its_end_are_told_at_once() -> None:
    news = CameraNews()
    news.see("red", is_stalled=False)
    assert news.due(0.0) == []
    news.see("red", is_stalled=True)
    assert news.due(1.0) == [("camera_stalled", "red")]
    assert news.due(2.0) == []
    news.see("red", is_stalled=False)
    assert news.due(3.0) == [("camera_returned", "red")]


def test_a_flapping_camera_is_told_of_a_few_times_and_then_each_quarter_of_a_minute() -> None:
    news, told = CameraNews(), []
    for at_ms in range(0, 600_000, 1500):
        news.see("red", is_stalled=at_ms % 3000 == 0)
        told += news.due(float(at_ms))
    assert AT_ONCE_MAX <= len(told) <= AT_ONCE_MAX + 600_000 / EVERY_MS
    assert [kind for kind, _ in told] == ["camera_stalled", "camera_returned"] * (len(told) // 2) + [
        "camera_stalled"
    ] * (len(told) % 2)


def test_what_was_told_last_always_becomes_what_is() -> None:
    news, told = CameraNews(), []
    for at_ms in range(0, 30_000, 100):
        news.see("red", is_stalled=at_ms < 29_900 and at_ms % 200 == 0)
        told += news.due(float(at_ms))
    told += news.due(30_000.0 + EVERY_MS)
    assert told[-1] == ("camera_returned", "red")
