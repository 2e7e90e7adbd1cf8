"""Made-up pictures and cameras: whatever a test needs is computed, so that every expected value is exact."""

from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
import pytest

from silkcast.media.lettering.faces import installed
from silkcast.media.mixer.canvas import picture_of
from silkcast.media.mixer.card import CardPress
from silkcast.media.mixer.encode import EncoderSettings, SoundEncoder, VideoEncoder
from silkcast.media.mixer.flv import audio_header_tag, picture_tag, sound_tag, video_header_tag
from silkcast.media.mixer.sound import RATE_HZ, Samples
from silkcast.media.rtmp import FlvTag

Colour = tuple[int, int, int]
Frames = Callable[..., av.VideoFrame]
CameraTags = Callable[..., list[FlvTag]]


@pytest.fixture
def press() -> CardPress:
    return CardPress(installed(), 1280, 720)


@pytest.fixture
def plain() -> Frames:
    """A frame of one colour, given as Y, U and V."""

    def make(colour: Colour = (90, 110, 160), width: int = 1280, height: int = 720) -> av.VideoFrame:
        frame = av.VideoFrame(width, height, "yuv420p")
        picture_of(frame).fill(colour)
        return frame

    return make


@pytest.fixture
def textured() -> Frames:
    """A frame in which no two neighbours are alike, the same for the same seed."""

    def make(seed: int = 1, width: int = 1280, height: int = 720, pixel_format: str = "yuv420p") -> av.VideoFrame:
        chance = np.random.default_rng(seed)
        frame = av.VideoFrame(width, height, pixel_format)
        picture = picture_of(frame)
        for plane in (picture.y, picture.u, picture.v):
            plane[:] = chance.integers(16, 236, plane.shape, dtype=np.uint8)
        return frame

    return make


@pytest.fixture
def tone() -> Callable[..., Samples]:
    """Samples of a sine wave, from sample `first` on."""

    def make(samples: int, *, first: int = 0, hz: float = 440.0, loudness: float = 0.25) -> Samples:
        wave = loudness * np.sin(2 * np.pi * hz * (np.arange(samples) + first) / RATE_HZ)
        return np.stack([wave, wave]).astype(np.float32)

    return make


@pytest.fixture
def camera_tags(plain: Frames, tone: Callable[..., Samples]) -> CameraTags:
    """What an encoder sends: both sequence headers, then `ticks` pictures of one colour with their sound."""

    def make(
        ticks: int, colour: Colour = (90, 110, 160), *, width: int = 320, height: int = 192, fps: int = 30
    ) -> list[FlvTag]:
        video = VideoEncoder(EncoderSettings(width, height, fps, 800, "ultrafast"))
        audio = SoundEncoder(128)
        tags = [video_header_tag(video.header, 0), audio_header_tag(audio.header, 0)]
        frame, samples = plain(colour, width, height), RATE_HZ // fps
        for tick in range(ticks):
            tags += [picture_tag(coded, fps) for coded in video.encode(frame, tick)]
            tags += [sound_tag(coded) for coded in audio.encode(tone(samples, first=tick * samples))]
        return tags

    return make
