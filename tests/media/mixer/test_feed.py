from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np

from silkcast.media.mixer.camera_clock import BUFFER_MS
from silkcast.media.mixer.feed import FRAMES_MAX, CameraFeed
from silkcast.media.mixer.layout import Presence
from silkcast.media.mixer.shot import Shot

Frames = Callable[..., av.VideoFrame]
HOLD_MS = 1000.0


def put(feed: CameraFeed, shot: Shot, at_ms: float) -> None:
    feed.stamped("video", at_ms, at_ms)
    feed.put_picture(shot, at_ms, at_ms)


def test_the_newest_frame_that_is_due_is_shown(plain: Frames) -> None:
    feed, frames = CameraFeed(), [Shot(plain(width=32, height=32)) for _ in range(3)]
    for number, frame in enumerate(frames):
        put(feed, frame, number * 10.0)
    assert feed.look(BUFFER_MS - 1, HOLD_MS) == (Presence.ABSENT, None)
    assert feed.look(BUFFER_MS + 11, HOLD_MS) == (Presence.LIVE, frames[1])
    assert feed.look(BUFFER_MS + 20, HOLD_MS) == (Presence.LIVE, frames[2])
    assert feed.look(BUFFER_MS + 50, HOLD_MS) == (Presence.LIVE, frames[2])


def test_a_stalled_camera_holds_its_last_frame_and_then_gives_way_to_the_slate(plain: Frames) -> None:
    feed, frame = CameraFeed(), Shot(plain(width=32, height=32))
    put(feed, frame, 0.0)
    shown_ms = BUFFER_MS + 1
    assert feed.look(shown_ms, HOLD_MS) == (Presence.LIVE, frame)
    assert feed.look(shown_ms + 300, HOLD_MS) == (Presence.LIVE, frame)
    assert feed.look(shown_ms + 301, HOLD_MS) == (Presence.HOLDING, frame)
    assert feed.look(shown_ms + 1000, HOLD_MS) == (Presence.HOLDING, frame)
    assert feed.look(shown_ms + 1001, HOLD_MS) == (Presence.SLATE, None)


def test_a_stalled_camera_is_back_with_its_next_frame(plain: Frames) -> None:
    feed, frame = CameraFeed(), Shot(plain(width=32, height=32))
    put(feed, Shot(plain(width=32, height=32)), 0.0)
    feed.look(BUFFER_MS, HOLD_MS)
    assert feed.look(5000.0, HOLD_MS)[0] is Presence.SLATE
    put(feed, frame, 6000.0)
    assert feed.look(6000.0 + BUFFER_MS, HOLD_MS) == (Presence.LIVE, frame)
    assert feed.epochs == 1  # its clock went on meanwhile


def presences(seconds: int, *, picture_every_ms: int, sound_until_ms: int = 0) -> list[tuple[Presence, bool]]:
    """What a camera is worth at each tick, and whether its sound was there, with stamps by the room's clock."""
    feed, seen = CameraFeed(), []
    for now_ms in range(0, seconds * 1000, 20):
        pictured, sounds = now_ms % picture_every_ms == 0, now_ms < sound_until_ms
        if pictured or sounds:
            feed.heard(now_ms)
        if pictured:
            put(feed, Shot(av.VideoFrame(32, 32, "yuv420p")), now_ms)
        if sounds:
            feed.stamped("audio", now_ms, now_ms)
            feed.put_sound(np.full((2, 960), 0.5, np.float32), now_ms, now_ms)
        block = feed.listen(now_ms, 960)
        seen.append((feed.look(now_ms, HOLD_MS)[0], block is not None and block[0, 480] == 0.5))
    return seen


def test_a_shared_screen_that_stands_still_stays_while_its_sound_comes() -> None:
    seen = presences(30, picture_every_ms=3000, sound_until_ms=30_000)
    assert {presence for presence, _ in seen[10:]} == {Presence.LIVE, Presence.HOLDING}
    assert {presence for presence, _ in seen[300:]} == {Presence.LIVE}  # by then its pace is known
    assert [sounds for _, sounds in seen[10:]] == [True] * (len(seen) - 10)  # no picture tears it


def test_a_camera_with_one_picture_a_second_and_no_sound_is_always_seen() -> None:
    assert {presence for presence, _ in presences(30, picture_every_ms=1000)[10:]} == {Presence.LIVE, Presence.HOLDING}
    assert {presence for presence, _ in presences(30, picture_every_ms=1000)[150:]} == {Presence.LIVE}


def test_a_camera_whose_packets_come_in_bursts_is_waited_for() -> None:
    feed, seen = CameraFeed(), []
    for now_ms in range(0, 60_000, 20):
        for _ in range(130 if now_ms % 3000 == 0 else 0):
            feed.heard(float(now_ms))
        if now_ms % 3000 == 0:
            put(feed, Shot(av.VideoFrame(32, 32, "yuv420p")), now_ms)
        seen.append(feed.look(now_ms, HOLD_MS)[0])
    assert set(seen[160:]) == {Presence.LIVE}


def test_pictures_that_ended_stay_while_there_is_sound_and_give_way_to_the_slate_after_it() -> None:
    seen = presences(20, picture_every_ms=1_000_000, sound_until_ms=12_000)
    assert {presence for presence, _ in seen[100:600]} == {Presence.HOLDING}
    assert {presence for presence, _ in seen[652:]} == {Presence.SLATE}


def test_a_picture_stamped_hours_off_is_passed_over() -> None:
    feed, shots = CameraFeed(), [Shot(av.VideoFrame(32, 32, "yuv420p")) for _ in range(90)]
    for number, shot in enumerate(shots):
        now_ms = number * 100 / 3
        off_ms = {40: 7_200_000.0, 60: -7_200_000.0}.get(number, 0.0)
        feed.heard(now_ms)
        feed.stamped("video", now_ms, now_ms)
        feed.put_picture(shot, now_ms + off_ms, now_ms)
        feed.look(now_ms, HOLD_MS)
    presence, shown = feed.look(89 * 100 / 3, HOLD_MS)
    assert presence is Presence.LIVE
    assert shown in shots[84:]


def test_how_long_a_slow_camera_is_waited_for_is_bounded() -> None:
    seen = presences(100, picture_every_ms=30_000)
    assert [seen[(60_000 + after_ms) // 20][0] for after_ms in (9_900, 10_200)] == [Presence.LIVE, Presence.SLATE]


def test_a_camera_whose_sound_counts_on_after_a_pause_keeps_its_picture(plain: Frames) -> None:
    """Stamps of sound that is counted rather than clocked lie behind by the pause for ever."""
    feed, frame, seen = CameraFeed(), Shot(plain(width=32, height=32)), []
    for number in range(30 * 60):
        now_ms = number * 100 / 3
        if not 3000 <= now_ms < 5100:
            put(feed, frame, now_ms)
            sound_ms = now_ms - 2100 * (now_ms >= 5100)
            feed.stamped("audio", sound_ms, now_ms)
            feed.put_sound(np.full((2, 1600), 0.5, np.float32), sound_ms, now_ms)
        block = feed.listen(now_ms, 1600)
        if now_ms >= 5400:
            seen.append((feed.look(now_ms, HOLD_MS)[0], block is not None and block[0, 800] == 0.5))
        else:
            feed.look(now_ms, HOLD_MS)
    assert set(seen) == {(Presence.LIVE, True)}


def test_frames_that_wait_are_bounded_and_the_oldest_are_shown_early(plain: Frames) -> None:
    feed, frames = CameraFeed(), [Shot(plain(width=32, height=32)) for _ in range(FRAMES_MAX + 3)]
    for number, frame in enumerate(frames):
        put(feed, frame, number * 1.0)
    assert feed.frames_early == 3
    assert feed.look(BUFFER_MS - 1, HOLD_MS) == (Presence.LIVE, frames[2])
    assert feed.look(BUFFER_MS + 3, HOLD_MS) == (Presence.LIVE, frames[3])


def test_sound_is_due_together_with_the_picture_of_the_same_stamp(plain: Frames) -> None:
    feed = CameraFeed()
    put(feed, Shot(plain(width=32, height=32)), 1000.0)
    for chunk in range(20):
        places = np.full((2, 480), float(chunk), np.float32)
        feed.put_sound(places, 1000.0 + 10.0 * chunk, 1000.0)
    feed.listen(1000.0 + BUFFER_MS, 480)
    block = feed.listen(1000.0 + BUFFER_MS + 10, 480)
    assert block is not None
    assert block[0].tolist() == [1.0] * 480


def test_a_camera_that_gave_nothing_yet_is_absent_and_silent() -> None:
    feed = CameraFeed()
    assert feed.look(0.0, HOLD_MS) == (Presence.ABSENT, None)
    assert feed.listen(0.0, 1600) is None
