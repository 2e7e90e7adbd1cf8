from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
import pytest

from silkcast.media.lettering.faces import Faces
from silkcast.media.mixer.camera_clock import BUFFER_MS
from silkcast.media.mixer.canvas import Picture
from silkcast.media.mixer.card import CardPress, Label
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.layout import SLATE, Layout, Presence
from silkcast.media.mixer.mixer import Mixer, Plan
from silkcast.media.mixer.shot import Shot
from silkcast.media.mixer.sound import Samples

Frames = Callable[..., av.VideoFrame]
TICK_MS = 1000 / 30
RED, BLUE, GREY = (63, 102, 240), (32, 240, 118), (60, 128, 128)


@pytest.fixture
def mixer(plain: Frames) -> Mixer:
    return Mixer(512, 288, 30, Shot(plain(GREY, 512, 288)))


@pytest.fixture
def cameras(plain: Frames) -> Callable[..., CameraFeed]:
    """A camera of one colour that has sent pictures up to a tick."""

    def make(colour: tuple[int, int, int], *, ticks: int = 300) -> CameraFeed:
        feed, frame = CameraFeed(), Shot(plain(colour, 512, 288))
        for tick in range(min(ticks, 10)):
            feed.put_picture(frame, tick * TICK_MS, tick * TICK_MS)
        return feed

    return make


def colour_at(picture: Picture, x: int, y: int) -> tuple[int, int, int]:
    return int(picture.y[y, x]), int(picture.u[y // 2, x // 2]), int(picture.v[y // 2, x // 2])


def test_a_plan_takes_effect_with_the_next_tick(mixer: Mixer, cameras: Callable[..., CameraFeed]) -> None:
    feeds = {"a": cameras(RED), "b": cameras(BLUE)}
    mixer.use(Plan(Layout.FULL, ("a", "b")))
    first = mixer.mix(BUFFER_MS + TICK_MS, feeds)
    mixer.use(Plan(Layout.SIDE_BY_SIDE, ("b", "a")))
    second = mixer.mix(BUFFER_MS + 2 * TICK_MS, feeds)
    assert first.canvas is not None
    assert second.canvas is not None
    assert {colour_at(first.canvas.picture, x, 100) for x in (10, 500)} == {RED}
    assert [colour_at(second.canvas.picture, x, 100) for x in (10, 500)] == [BLUE, RED]


def test_a_camera_that_closes_is_replaced_on_the_very_next_tick_and_taken_back(
    mixer: Mixer, cameras: Callable[..., CameraFeed]
) -> None:
    red, blue = cameras(RED), cameras(BLUE)
    mixer.use(Plan(Layout.FULL, ("a", "b"), hold_ms=60_000))
    shown = []
    for tick, feeds in enumerate(({"a": red, "b": blue}, {"b": blue}, {}, {"a": red, "b": blue})):
        mixed = mixer.mix(BUFFER_MS + tick * TICK_MS, feeds)
        assert mixed.canvas is not None
        shown.append((mixed.chosen, colour_at(mixed.canvas.picture, 100, 100)))
    assert shown == [(("a",), RED), (("b",), BLUE), ((SLATE,), GREY), (("a",), RED)]


def test_a_stalled_camera_gives_way_to_the_slate_after_its_hold(
    mixer: Mixer, cameras: Callable[..., CameraFeed]
) -> None:
    mixer.use(Plan(Layout.FULL, ("a",), hold_ms=500))
    feeds = {"a": cameras(RED)}
    states = []
    for tick in range(9, 40):
        mixed = mixer.mix(BUFFER_MS + tick * TICK_MS, feeds)
        assert mixed.canvas is not None
        states.append((mixed.presence["a"], colour_at(mixed.canvas.picture, 100, 100)))
    assert states[:10] == [(Presence.LIVE, RED)] * 10
    assert states[10:16] == [(Presence.HOLDING, RED)] * 6
    assert states[16:] == [(Presence.SLATE, GREY)] * 15


def test_a_mix_without_any_camera_is_slate_and_silence(mixer: Mixer) -> None:
    mixed = mixer.mix(0.0, {})
    assert mixed.canvas is not None
    assert colour_at(mixed.canvas.picture, 100, 100) == GREY
    assert mixed.sound.shape == (2, 1600)
    assert not mixed.sound.any()


def test_overlays_lie_on_top(mixer: Mixer, cameras: Callable[..., CameraFeed]) -> None:
    press = CardPress(Faces(None), 512, 288)
    mixer.use(Plan(Layout.FULL, ("a",), overlays=tuple(press.draw([Label("LIVE")]))))
    mixed = mixer.mix(BUFFER_MS, {"a": cameras(RED)})
    assert mixed.canvas is not None
    assert int((mixed.canvas.picture.y != RED[0]).sum()) > 300


def test_a_repeated_tick_paints_nothing_but_its_sound_goes_on(
    mixer: Mixer, cameras: Callable[..., CameraFeed], tone: Callable[..., Samples]
) -> None:
    feed = cameras(RED)
    for chunk in range(30):
        feed.put_sound(tone(1024, first=chunk * 1024), chunk * 1024 / 48, 10 * TICK_MS)
    mixer.use(Plan(Layout.FULL, ("a",)))
    sounds = [mixer.mix(BUFFER_MS + tick * TICK_MS, {"a": feed}, repeat=tick % 2 == 1) for tick in range(8)]
    assert [mixed.canvas is None for mixed in sounds] == [False, True] * 4
    joined = np.concatenate([mixed.sound for mixed in sounds], axis=1)
    assert float(np.abs(np.diff(joined[0, 300:])).max()) < 0.02


def test_canvases_given_back_are_used_again(mixer: Mixer) -> None:
    first = mixer.mix(0.0, {}).canvas
    assert first is not None
    mixer.pool.give_back(first)
    assert mixer.mix(TICK_MS, {}).canvas is first


def test_a_flash_and_its_beep_come_out_together(mixer: Mixer, plain: Frames, tone: Callable[..., Samples]) -> None:
    """Both at the camera's 500 ms, in a stream whose packets come as unevenly as AAC and video do."""
    feed, dark, bright = CameraFeed(), Shot(plain(GREY, 512, 288)), Shot(plain((235, 128, 128), 512, 288))
    mixer.use(Plan(Layout.FULL, ("a",)))
    onset_ms = flash_ms = None
    next_sample = 0
    for tick in range(40):
        now_ms = 7000 + tick * TICK_MS
        feed.put_picture(bright if tick >= 15 else dark, round(tick * TICK_MS), now_ms)
        while next_sample < (tick + 1) * 1600:
            beep = tone(1024, first=next_sample, hz=6000) * (np.arange(1024) + next_sample >= 24_000)
            feed.put_sound(beep.astype(np.float32), round(next_sample / 48), now_ms)
            next_sample += 1024
        mixed = mixer.mix(now_ms, {"a": feed})
        loud = np.flatnonzero(np.abs(mixed.sound[0]) > 0.1)
        if onset_ms is None and loud.size:
            onset_ms = now_ms + float(loud[0]) / 48
        if flash_ms is None and mixed.canvas is not None and colour_at(mixed.canvas.picture, 100, 100)[0] > 200:
            flash_ms = now_ms
    assert onset_ms is not None
    assert flash_ms is not None
    assert abs(flash_ms - onset_ms) <= TICK_MS
