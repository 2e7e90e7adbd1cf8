"""FLV's audio tags of one camera as samples of the room: AAC and whatever else the format knows, old or enhanced.

What cannot be decoded costs the sound alone, and `trouble` says so.
"""

from __future__ import annotations

from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler

from silkcast.media.mixer.packet import packet
from silkcast.media.mixer.sound import RATE_HZ, RING_SAMPLES, Samples
from silkcast.media.rtmp.tags import FlvTag

UNSUPPORTED: Final = "camera.sound_unsupported"
UNDECODABLE: Final = "camera.sound_undecodable"
WRONG_IN_A_ROW_MAX: Final = 30  # from there on the decoder is asked no more
TROUBLE_FROM: Final = 3  # wrong ones in a row: one that was lost on the way is no trouble
RATE_HZ_MIN, RATE_HZ_MAX = 4_000, 192_000  # a header may say 1 Hz, and the resampler would make it gigabytes
CHANNELS_MAX: Final = 8

_AAC, _ENHANCED = 10, 9
# Adobe FLV 10.1, annex E.4.2.1: the decoder and its rate, 0 where the tag's own bits say it.
_CODECS: Final = {
    0: ("pcm_s16le", 0),
    1: ("adpcm_swf", 0),
    2: ("mp3float", 0),
    3: ("pcm_s16le", 0),
    4: ("nellymoser", 16_000),
    5: ("nellymoser", 8_000),
    6: ("nellymoser", 0),
    7: ("pcm_alaw", 8_000),
    8: ("pcm_mulaw", 8_000),
    11: ("speex", 16_000),
    14: ("mp3float", 8_000),
}
_ALWAYS_MONO: Final = ("nellymoser", "speex")
# Enhanced RTMP v2 (2025), FourCC of the audio codecs; a header says the rest.
_FOURCC: Final = {
    b"mp4a": "aac",
    b"Opus": "opus",
    b"fLaC": "flac",
    b".mp3": "mp3float",
    b"ac-3": "ac3",
    b"ec-3": "eac3",
}
_SEQUENCE_START, _CODED_FRAMES, _SEQUENCE_END, _CHANNEL_ORDER = 0, 1, 2, 4


class SoundDecoder:
    """For one thread."""

    def __init__(self) -> None:
        self._decoder: AudioCodecContext | None = None
        self._opened: tuple[str, int, str, bytes] | None = None  # what the decoder at work was made for
        self._header = b""  # the latest of AAC, to which the stream may come back
        self._resampler: AudioResampler | None = None
        self._resampler_input: tuple[int, str, str] | None = None
        self._wrong_in_a_row = 0
        self.wrong = 0
        self.trouble = ""

    def take(self, tag: FlvTag) -> list[Samples]:
        body = tag.body
        if len(body) < 2:
            return []
        number = body[0] >> 4
        if number == _AAC:
            if body[1] == 0:
                self._header = body[2:]
                self._open("aac", header=self._header)
                return []
            if not self._header:
                self.trouble = UNDECODABLE
                return []
            self._open("aac", header=self._header)
            return self._decode(body[2:], tag.timestamp_ms)
        if number == _ENHANCED:
            return self._take_enhanced(body, tag.timestamp_ms)
        if number not in _CODECS:
            self.trouble = UNSUPPORTED
            return []
        name, rate_hz = _CODECS[number]
        if name == "pcm_s16le" and not body[0] & 0x02:
            name = "pcm_u8"
        stereo = bool(body[0] & 0x01) and name not in _ALWAYS_MONO
        self._open(name, rate_hz or 44_100 >> (3 - (body[0] >> 2 & 0x03)), "stereo" if stereo else "mono")
        return self._decode(body[1:], tag.timestamp_ms)

    def _take_enhanced(self, body: bytes, stamp_ms: int) -> list[Samples]:
        kind, name = body[0] & 0x0F, _FOURCC.get(body[1:5])
        if name is None or kind not in (_SEQUENCE_START, _CODED_FRAMES, _SEQUENCE_END, _CHANNEL_ORDER):
            self.trouble = UNSUPPORTED
        elif kind == _SEQUENCE_START:
            self._open(name, header=body[5:])
        elif kind == _CODED_FRAMES:
            if self._opened is None or self._opened[0] != name:
                self._open(name)
            return self._decode(body[5:], stamp_ms)
        return []

    def _open(self, name: str, rate_hz: int = 0, layout: str = "", header: bytes = b"") -> None:
        wanted = (name, rate_hz, layout, header)
        if wanted == self._opened:
            return
        self._opened, self._decoder, self._wrong_in_a_row, self.trouble = wanted, None, 0, ""
        try:
            decoder = AudioCodecContext.create(name, "r")
            assert isinstance(decoder, AudioCodecContext)
            if rate_hz:
                decoder.sample_rate, decoder.layout = rate_hz, layout
            if header:
                decoder.extradata = header
            decoder.open()
        except (av.FFmpegError, ValueError):
            self.trouble = UNDECODABLE
        else:
            self._decoder = decoder

    def _decode(self, payload: bytes, stamp_ms: int) -> list[Samples]:
        if self._decoder is None or not payload:
            return []
        try:
            blocks = [self._samples(frame) for frame in self._decoder.decode(packet(payload, stamp_ms, stamp_ms))]
        except _OutOfBounds:
            self._decoder, self.trouble = None, UNSUPPORTED
            return []
        except (av.FFmpegError, ValueError):
            self._count_wrong()
            return []
        if blocks:
            self._wrong_in_a_row, self.trouble = 0, ""
        return blocks

    def _samples(self, frame: av.AudioFrame) -> Samples:
        shape = (frame.sample_rate, frame.format.name, frame.layout.name)
        if shape == (RATE_HZ, "fltp", "stereo"):
            return _array(frame)
        if shape != self._resampler_input:
            _check(frame)
            # One channel is put on both as it is; the resampler would take half its power from each.
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            self._resampler = AudioResampler(format="fltp", layout=layout, rate=RATE_HZ)
            self._resampler_input = shape
        if frame.samples * RATE_HZ > RING_SAMPLES * frame.sample_rate:
            raise _OutOfBounds
        assert self._resampler is not None
        frame.pts = None  # the tag's stamp counts; the resampler would insist on its own order
        parts = [_array(part) for part in self._resampler.resample(frame)]
        if not parts:
            return np.empty((2, 0), np.float32)
        whole = np.concatenate(parts, axis=1)
        return whole if len(whole) == 2 else np.repeat(whole, 2, axis=0)

    def _count_wrong(self) -> None:
        self.wrong += 1
        self._wrong_in_a_row += 1
        if self._wrong_in_a_row >= TROUBLE_FROM:
            self.trouble = UNDECODABLE
        if self._wrong_in_a_row > WRONG_IN_A_ROW_MAX:
            self._decoder = None


class _OutOfBounds(Exception):
    pass


def _check(frame: av.AudioFrame) -> None:
    if not RATE_HZ_MIN <= frame.sample_rate <= RATE_HZ_MAX or not 0 < frame.layout.nb_channels <= CHANNELS_MAX:
        raise _OutOfBounds


def _array(frame: av.AudioFrame) -> Samples:
    return np.asarray(frame.to_ndarray(), dtype=np.float32)
