"""The one encode of a room: H.264 by x264 without delay, and AAC.

Both write what FLV wants, length-prefixed NAL units and raw AAC, with their headers aside. Opening an encoder
holds the interpreter for a few milliseconds (7 measured), so it may be done between two pictures.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from silkcast.media.mixer.canvas import PIXEL_FORMAT
from silkcast.media.mixer.sound import CHANNELS, RATE_HZ, Samples, silence

# From the dearest to the cheapest; a room that can't keep up steps to the right.
PRESETS: Final = ("medium", "fast", "faster", "veryfast", "superfast", "ultrafast")
ONE_THREAD_PRESETS: Final = ("veryfast", "superfast", "ultrafast")
THREADS_MAX: Final = 4
AAC_FRAME_SAMPLES: Final = 1024
BT709: Final = 1  # the number of the primaries, the transfer curve and the matrix alike


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    width: int
    height: int
    fps: int
    video_kbps: int
    preset: str
    audio_kbps: int = 128


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """`number` counts the encoder's pictures; `payload` is NAL units, each behind four bytes of length."""

    number: int
    is_keyframe: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class CodedSound:
    """`sample` is the first of the 1024 samples that this raw AAC frame holds, counted from the start."""

    sample: int
    payload: bytes


class VideoEncoder:
    """Keyframes exactly once a second and nowhere else, so that segments and reconnects have their place."""

    def __init__(self, settings: EncoderSettings) -> None:
        self.settings = settings
        encoder = VideoCodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = settings.width, settings.height, PIXEL_FORMAT
        encoder.time_base, encoder.framerate = Fraction(1, settings.fps), Fraction(settings.fps, 1)
        encoder.bit_rate = settings.video_kbps * 1000
        encoder.gop_size, encoder.max_b_frames = settings.fps, 0
        encoder.color_range = 1  # limited
        encoder.color_primaries = encoder.color_trc = encoder.colorspace = BT709
        encoder.flags |= Flags.global_header
        # One slice per picture codes best; more threads only where one could not keep up.
        one_thread = settings.preset in ONE_THREAD_PRESETS
        encoder.thread_count = 1 if one_thread else min(THREADS_MAX, os.cpu_count() or 1)
        gop, kbps = settings.fps, settings.video_kbps
        encoder.options = {
            "preset": settings.preset,
            "tune": "zerolatency",
            "forced-idr": "1",
            "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:annexb=0:vbv-maxrate={kbps}:vbv-bufsize={kbps}",
        }
        encoder.open()
        self._encoder = encoder
        assert encoder.extradata is not None
        self.header = encoder.extradata  # AVCDecoderConfigurationRecord, since annexb=0

    def encode(self, frame: av.VideoFrame, number: int, *, keyframe: bool = False) -> list[CodedPicture]:
        frame.pts, frame.time_base = number, Fraction(1, self.settings.fps)
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        coded = []
        for packet in self._encoder.encode(frame):
            assert packet.pts is not None
            coded.append(CodedPicture(packet.pts, packet.is_keyframe, bytes(packet)))
        return coded


class SoundEncoder:
    """Takes any number of samples, gives whole AAC frames; what is left over waits for the next call."""

    def __init__(self, kbps: int) -> None:
        encoder = AudioCodecContext.create("aac", "w")
        encoder.sample_rate, encoder.format, encoder.layout = RATE_HZ, "fltp", "stereo"
        encoder.bit_rate = kbps * 1000
        encoder.flags |= Flags.global_header
        # The default search takes 4.5 times the time (78 against 17 ms a second of sound, measured).
        encoder.options = {"aac_coder": "fast"}
        encoder.open()
        self._encoder = encoder
        assert encoder.extradata is not None
        self.header = encoder.extradata  # AudioSpecificConfig
        self._rest: Samples = silence(0)
        self._next_sample = 0

    def encode(self, samples: Samples) -> list[CodedSound]:
        pending = np.concatenate((self._rest, samples), axis=1)
        coded = []
        while pending.shape[1] >= AAC_FRAME_SAMPLES:
            coded += self._encode_one(np.ascontiguousarray(pending[:, :AAC_FRAME_SAMPLES]))
            pending = pending[:, AAC_FRAME_SAMPLES:]
        self._rest = pending
        return coded

    def _encode_one(self, samples: Samples) -> list[CodedSound]:
        assert samples.shape == (CHANNELS, AAC_FRAME_SAMPLES)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._next_sample, Fraction(1, RATE_HZ)
        self._next_sample += AAC_FRAME_SAMPLES
        coded = []
        for packet in self._encoder.encode(frame):
            # The first packet only primes the decoder and lies before the programme's start.
            if packet.pts is not None and packet.pts >= 0:
                coded.append(CodedSound(packet.pts, bytes(packet)))
        return coded
