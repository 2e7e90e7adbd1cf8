from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from silkcast.media.mixer.sound import FADE_SAMPLES, PER_MS, Samples, SoundMix, SoundTrack, silence

pytestmark = pytest.mark.slow

TICK = 1600
Tone = Callable[..., Samples]


def written(track: SoundTrack, tone: Tone, seconds: float, *, pace: float = 1.0, from_s: float = 0.0) -> None:
    """Chunks of 1024 samples as AAC gives them, stamped in whole milliseconds by a clock of another pace."""
    first = round(from_s * 48_000)
    for at in range(first, first + round(seconds * 48_000), 1024):
        track.write(tone(1024, first=at), round(at / PER_MS * pace))


def read(track: SoundTrack, ticks: int, *, from_ms: float = 0.0) -> list[Samples | None]:
    return [track.read(from_ms + tick * 1000 / 30, TICK) for tick in range(ticks)]


def test_sound_in_step_is_passed_on_sample_by_sample(tone: Tone) -> None:
    track = SoundTrack()
    written(track, tone, 1.0)
    blocks = read(track, 20)
    sound = np.concatenate([block for block in blocks if block is not None], axis=1)
    assert sound.shape == (2, 20 * TICK)
    assert np.array_equal(sound[:, FADE_SAMPLES:], tone(20 * TICK)[:, FADE_SAMPLES:])
    assert sound[0, 0] == 0.0  # faded in


def test_without_sound_there_is_none_and_reading_goes_on(tone: Tone) -> None:
    track = SoundTrack()
    assert read(track, 3) == [None, None, None]
    written(track, tone, 0.5)
    assert track.read(100.0, TICK) is not None
    assert track.read(10_000.0, TICK) is None


def test_the_end_of_sound_fades_out(tone: Tone) -> None:
    track = SoundTrack()
    track.write(tone(2000), 0.0)
    first, last = track.read(0.0, TICK), track.read(1000 / 30, TICK)
    assert first is not None
    assert last is not None
    assert abs(float(last[0, 399])) < 0.002
    assert not last[:, 400:].any()


def test_lost_sound_leaves_a_gap_and_what_follows_stays_in_sync(tone: Tone) -> None:
    track = SoundTrack()
    written(track, tone, 0.5)
    written(track, tone, 0.5, from_s=0.75)  # a quarter of a second never came
    sound = np.concatenate([silence(TICK) if block is None else block for block in read(track, 36)], axis=1)
    assert not sound[:, round(0.6 * 48_000) : round(0.7 * 48_000)].any()
    assert np.allclose(
        sound[:, round(0.9 * 48_000) : round(1.1 * 48_000)],
        tone(round(0.2 * 48_000), first=round(0.9 * 48_000)),
        atol=0.05,
    )


@pytest.mark.parametrize("pace", [1.001, 0.999])
def test_a_drifting_camera_stays_within_ten_milliseconds_without_a_gap(pace: float) -> None:
    """A minute at 1000 ppm would part sound and picture by 60 ms. Each sample tells its own place."""
    track = SoundTrack()
    at, scale = 0, float(1 << 22)
    worst_ms, gaps = 0.0, 0
    for tick in range(60 * 30):
        while at < (tick + 12) * TICK / pace:
            places = (np.arange(1024) + at) / scale
            track.write(np.stack([places, places]).astype(np.float32), round(at / PER_MS * pace))
            at += 1024
        block = track.read(tick * 1000 / 30, TICK)
        if tick == 0:
            continue  # the first may begin a few samples before the camera's sound
        if block is None:
            gaps += 1
        else:
            off = float(block[0, TICK // 2]) * scale - (tick + 0.5) * TICK / pace
            worst_ms = max(worst_ms, abs(off) / PER_MS)
    assert gaps == 0
    assert worst_ms < 10.0


def test_a_map_moved_to_later_is_followed_at_once_when_the_sound_has_run_dry(tone: Tone) -> None:
    track = SoundTrack()
    for tick in range(60):  # sound arrives just in time for a map that is 50 ms late from the second half on
        track.write(tone(TICK, first=tick * TICK), tick * 1000 / 30)
        block = track.read(tick * 1000 / 30 - (50.0 if tick >= 30 else -10.0), TICK)
        if tick > 31:
            assert block is not None
            assert abs(float(np.abs(block).max()) - 0.25) < 0.01


def test_a_new_epoch_forgets_what_was_buffered(tone: Tone) -> None:
    track = SoundTrack()
    written(track, tone, 1.0)
    assert track.read(0.0, TICK) is not None
    track.clear()
    assert track.read(1000 / 30, TICK) is None


def test_the_ring_keeps_the_newest_two_seconds(tone: Tone) -> None:
    track = SoundTrack()
    written(track, tone, 5.0)
    assert track.read(1000.0, TICK) is None
    block = track.read(4000.0, TICK)
    assert block is not None
    assert np.allclose(block[:, FADE_SAMPLES:], tone(TICK, first=192_000)[:, FADE_SAMPLES:], atol=1e-6)


def test_cameras_are_summed(tone: Tone) -> None:
    one, other = tone(TICK, hz=440), tone(TICK, hz=1000)
    assert np.array_equal(SoundMix(TICK).mix({"a": one, "b": other, "c": None}), one + other)


def test_a_gain_weights_a_camera_and_zero_mutes_it(tone: Tone) -> None:
    one, other = tone(TICK, hz=440), tone(TICK, hz=1000)
    assert np.allclose(SoundMix(TICK).mix({"a": one, "b": other}, {"a": 0.5, "b": 0.0}), 0.5 * one)


def test_nobody_speaking_is_silence_of_the_same_length() -> None:
    mixed = SoundMix(TICK).mix({})
    assert mixed.shape == (2, TICK)
    assert not mixed.any()


def test_loud_cameras_together_stay_below_the_ceiling_and_come_back(tone: Tone) -> None:
    mix = SoundMix(TICK)
    for tick in range(10):
        loud = tone(TICK, first=tick * TICK, loudness=0.9)
        assert np.abs(mix.mix({"a": loud, "b": loud})).max() <= SoundMix.CEILING + 1e-6
    quiet = [mix.mix({"a": tone(TICK, loudness=0.1)}) for _ in range(40)]
    assert np.array_equal(quiet[-1], tone(TICK, loudness=0.1))


def test_a_camera_cut_off_in_mid_wave_does_not_click() -> None:
    mix = SoundMix(TICK)
    mix.mix({"a": np.full((2, TICK), 0.5, np.float32)})
    after = mix.mix({})
    assert after[0, 0] == pytest.approx(0.5)
    assert float(np.abs(np.diff(after[0])).max()) < 0.003
    assert not after[:, FADE_SAMPLES:].any()
