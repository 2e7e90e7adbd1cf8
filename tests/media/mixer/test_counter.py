from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkcast.media.mixer import counter
from silkcast.media.mixer.canvas import Canvas, picture_of
from silkcast.media.mixer.encode import EncoderSettings, VideoEncoder

pytestmark = pytest.mark.slow

Frames = Callable[..., av.VideoFrame]


@given(st.integers(0, counter.COUNTER_MODULUS - 1))
def test_any_counter_is_read_back(value: int) -> None:
    canvas = Canvas(512, 64)
    counter.burn(canvas.picture, value)
    assert counter.read(canvas.picture.y) == value


def test_a_counter_past_24_bits_starts_over() -> None:
    canvas = Canvas(512, 64)
    counter.burn(canvas.picture, counter.COUNTER_MODULUS + 7)
    assert counter.read(canvas.picture.y) == 7


def test_a_picture_without_a_counter_has_none(plain: Frames, textured: Frames) -> None:
    assert counter.read(picture_of(plain()).y) is None
    assert counter.read(picture_of(textured()).y) is None
    assert counter.read(np.zeros((8, 8), np.uint8)) is None


def test_one_wrong_block_is_noticed(plain: Frames) -> None:
    canvas = Canvas(512, 64)
    counter.burn(canvas.picture, 1_234_567)
    for block in range(counter.BLOCKS):
        region = canvas.picture.y[:16, block * 16 : block * 16 + 16]
        region[:] = 251 - region
        assert counter.read(canvas.picture.y) is None
        region[:] = 251 - region


@pytest.mark.parametrize(("is_noise", "kbps"), [(True, 3000), (False, 300)])
def test_counters_survive_x264(is_noise: bool, kbps: int, plain: Frames, textured: Frames) -> None:  # noqa: FBT001
    encoder = VideoEncoder(EncoderSettings(1280, 720, 30, kbps, "ultrafast"))
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = encoder.header
    sent = [0, 1, 0xAAAAAA, 0x555555, 0xFFFFFF, *range(8_000_000, 8_000_040)]
    read = []
    canvas = Canvas(1280, 720)
    for number, value in enumerate(sent):
        frame = textured(number % 3) if is_noise else plain((16 + 5 * number % 220, 90, 160))
        canvas.picture.paste(picture_of(frame))
        counter.burn(canvas.picture, value)
        for coded in encoder.encode(canvas.frame, number):
            read += [counter.read(picture_of(frame).y) for frame in decoder.decode(av.Packet(coded.payload))]
    read += [counter.read(picture_of(frame).y) for frame in decoder.decode(None)]
    assert read == sent
