from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
import pytest

from silkcast.media.mixer.encode import AAC_FRAME_SAMPLES, PRESETS, EncoderSettings, SoundEncoder, VideoEncoder
from silkcast.media.mixer.sound import Samples, silence

pytestmark = pytest.mark.slow

Frames = Callable[..., av.VideoFrame]


@pytest.mark.parametrize("preset", PRESETS[1:])
def test_keyframes_come_once_a_second_and_nowhere_else_however_the_picture_jumps(preset: str, textured: Frames) -> None:
    encoder = VideoEncoder(EncoderSettings(512, 288, 10, 1000, preset))
    frames = [textured(seed, 512, 288) for seed in range(5)]
    coded = [picture for number in range(25) for picture in encoder.encode(frames[number * 7 % 5], number)]
    assert [picture.number for picture in coded] == list(range(25))
    assert [picture.number for picture in coded if picture.is_keyframe] == [0, 10, 20]


def test_every_picture_comes_out_in_the_call_it_went_in(textured: Frames) -> None:
    encoder = VideoEncoder(EncoderSettings(512, 288, 30, 1000, "veryfast"))
    assert [len(encoder.encode(textured(1, 512, 288), number)) for number in range(10)] == [1] * 10


def test_a_keyframe_can_be_asked_for(textured: Frames) -> None:
    encoder = VideoEncoder(EncoderSettings(512, 288, 30, 1000, "veryfast"))
    frame = textured(1, 512, 288)
    keys = [encoder.encode(frame, number, keyframe=number == 7)[0].is_keyframe for number in range(12)]
    assert [number for number, is_key in enumerate(keys) if is_key] == [0, 7]


def test_the_bitrate_is_kept_on_the_worst_of_pictures(textured: Frames) -> None:
    encoder = VideoEncoder(EncoderSettings(512, 288, 30, 1000, "veryfast"))
    frames = [textured(seed, 512, 288) for seed in range(6)]
    sizes = [len(encoder.encode(frames[number % 6], number)[0].payload) for number in range(150)]
    assert sum(sizes[60:]) * 8 / 3 < 1_100_000


def test_units_are_length_prefixed_and_the_header_is_avc_c(textured: Frames) -> None:
    encoder = VideoEncoder(EncoderSettings(512, 288, 30, 1000, "veryfast"))
    assert encoder.header[0] == 1
    assert encoder.header[4] & 3 == 3  # four bytes of length
    payload = encoder.encode(textured(1, 512, 288), 0)[0].payload
    at = 0
    while at < len(payload):
        at += 4 + int.from_bytes(payload[at : at + 4])
    assert at == len(payload)


def test_sound_frames_follow_each_other_without_gap_from_zero(tone: Callable[..., Samples]) -> None:
    encoder = SoundEncoder(128)
    coded = [frame for tick in range(100) for frame in encoder.encode(tone(1600, first=tick * 1600))]
    assert [frame.sample for frame in coded] == [number * AAC_FRAME_SAMPLES for number in range(len(coded))]
    assert len(coded) == 100 * 1600 // AAC_FRAME_SAMPLES - 2  # the encoder looks one frame ahead, and one primes it


def test_silence_is_coded_as_continuously_as_sound() -> None:
    encoder = SoundEncoder(128)
    coded = [frame for _ in range(100) for frame in encoder.encode(silence(1600))]
    assert [frame.sample for frame in coded] == [number * AAC_FRAME_SAMPLES for number in range(154)]


def test_what_was_encoded_is_what_is_heard(tone: Callable[..., Samples]) -> None:
    encoder = SoundEncoder(192)
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = encoder.header
    heard = []
    for tick in range(60):
        for coded in encoder.encode(tone(1600, first=tick * 1600)):
            heard += [np.asarray(frame.to_ndarray(), np.float32) for frame in decoder.decode(av.Packet(coded.payload))]
    sound = np.concatenate(heard, axis=1)
    expected = tone(sound.shape[1])
    settled = slice(4096, sound.shape[1] - 4096)
    assert float(np.abs(sound[:, settled] - expected[:, settled]).max()) < 0.02
