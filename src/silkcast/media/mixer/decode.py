"""Turns one camera's FLV tags into pictures and sound; whatever the camera sends, only StreamError leaves here."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext

from silkcast.media.mixer.errors import Undecodable, UnsupportedCodec
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.sound import RATE_HZ, Samples
from silkcast.media.rtmp.tags import FlvTag

PIXELS_MAX: Final = 4096 * 2304  # a header may promise more, and would be believed with gigabytes
PIXELS_MIN: Final = 16
FORMATS: Final = frozenset(
    f"{sampling}{depth}"
    for sampling in ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p")
    for depth in ("", "10le")
)
WRONG_IN_A_ROW_MAX: Final = 30
PICTURELESS_MAX: Final = 600  # video tags without a picture: the longest wait for a keyframe, at 60 a second
AVC_RECORD_OCTETS_MIN: Final = 7

_MILLISECONDS: Final = Fraction(1, 1000)
_AVC, _AAC = 7, 10
_ENHANCED: Final = 0x80
_VIDEO_HEAD, _AUDIO_HEAD = 5, 2  # octets before the codec's own


class CameraDecoder:
    """For one thread. A changed sequence header in mid-stream means a new decoder."""

    def __init__(self, feed: CameraFeed, now_ms: Callable[[], float]) -> None:
        self._feed = feed
        self._now_ms = now_ms
        self._video: VideoCodecContext | None = None
        self._video_header = b""
        self._audio: AudioCodecContext | None = None
        self._audio_header = b""
        self._resampler: AudioResampler | None = None
        self._resampler_input: tuple[int, str, str] | None = None
        self._wrong_in_a_row = 0
        self._pictureless = 0
        self._has_keyframe = False
        self.pictures = 0
        self.wrong = 0
        self.sound_is_unsupported = False

    def take(self, tag: FlvTag) -> None:
        """Raises StreamError when the camera can't be of use any more."""
        if tag.kind == "video":
            self._take_video(tag)
        elif tag.kind == "audio":
            self._take_audio(tag)

    def _take_video(self, tag: FlvTag) -> None:
        body = tag.body
        if len(body) < _VIDEO_HEAD:
            return  # an empty tag is some encoders' way to keep a connection alive
        if body[0] & _ENHANCED or body[0] & 0x0F != _AVC:
            raise UnsupportedCodec(video=body[0] & 0x0F)
        if body[1] == 0:
            self._open_video(body[_VIDEO_HEAD:])
        elif body[1] == 1 and len(body) > _VIDEO_HEAD:
            self._feed.stamped("video", tag.timestamp_ms)
            self._decode_picture(tag)

    def _open_video(self, header: bytes) -> None:
        if len(header) < AVC_RECORD_OCTETS_MIN or header[0] != 1:
            # The decoder would take it for another form of stream, and wait for ever for what never comes.
            raise Undecodable(header="video", reason="not an AVC configuration")
        if header == self._video_header:
            return  # encoders repeat it; the decoder at work knows it
        decoder = VideoCodecContext.create("h264", "r")
        decoder.extradata = header
        # A thread per camera is the parallelism here; the decoder's own threads would only add delay.
        decoder.thread_count = 1
        decoder.options = {"max_pixels": str(PIXELS_MAX)}
        try:
            decoder.open()
        except (av.FFmpegError, ValueError) as error:
            raise Undecodable(header="video", reason=str(error)) from error
        self._video, self._video_header = decoder, header
        self._has_keyframe = False

    def _decode_picture(self, tag: FlvTag) -> None:
        self._pictureless += 1
        if self._pictureless > PICTURELESS_MAX:
            raise Undecodable(pictureless_tags=self._pictureless)
        if self._video is None or not (self._has_keyframe or tag.is_keyframe):
            return
        self._has_keyframe = True
        delay_ms = int.from_bytes(tag.body[2:_VIDEO_HEAD], signed=True)
        packet = _packet(tag.body[_VIDEO_HEAD:], tag.timestamp_ms, tag.timestamp_ms + delay_ms)
        try:
            frames = self._video.decode(packet)
        except av.FFmpegError as error:
            self._count_wrong(error)
            return
        for frame in frames:
            if frame.format.name not in FORMATS or min(frame.width, frame.height) < PIXELS_MIN:
                raise UnsupportedCodec(format=frame.format.name, width=frame.width, height=frame.height)
            self._wrong_in_a_row = self._pictureless = 0
            self.pictures += 1
            stamp_ms = tag.timestamp_ms if frame.pts is None else frame.pts
            self._feed.put_picture(frame, stamp_ms, self._now_ms())

    def _take_audio(self, tag: FlvTag) -> None:
        body = tag.body
        if len(body) < _AUDIO_HEAD:
            return
        if body[0] >> 4 != _AAC:
            self.sound_is_unsupported = True  # its pictures are still worth having
            return
        if body[1] == 0:
            self._open_audio(body[_AUDIO_HEAD:])
        elif self._audio is not None and len(body) > _AUDIO_HEAD:
            self._feed.stamped("audio", tag.timestamp_ms)
            self._decode_sound(self._audio, tag)

    def _open_audio(self, header: bytes) -> None:
        if header == self._audio_header:
            return
        decoder = AudioCodecContext.create("aac", "r")
        decoder.extradata = header
        try:
            decoder.open()
        except (av.FFmpegError, ValueError) as error:
            raise Undecodable(header="audio", reason=str(error)) from error
        self._audio, self._audio_header = decoder, header

    def _decode_sound(self, decoder: AudioCodecContext, tag: FlvTag) -> None:
        packet = _packet(tag.body[_AUDIO_HEAD:], tag.timestamp_ms, tag.timestamp_ms)
        try:
            blocks = [self._samples(frame) for frame in decoder.decode(packet)]
        except av.FFmpegError as error:
            self._count_wrong(error)
            return
        stamp_ms = float(tag.timestamp_ms)
        for block in blocks:
            self._wrong_in_a_row = 0
            self._feed.put_sound(block, stamp_ms, self._now_ms())
            stamp_ms += block.shape[1] * 1000 / RATE_HZ

    def _samples(self, frame: av.AudioFrame) -> Samples:
        shape = (frame.sample_rate, frame.format.name, frame.layout.name)
        if shape == (RATE_HZ, "fltp", "stereo"):
            return _array(frame)
        if self._resampler is None or shape != self._resampler_input:
            self._resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
            self._resampler_input = shape
        frame.pts = None  # the tag's stamp counts; the resampler would insist on its own order
        parts = [_array(part) for part in self._resampler.resample(frame)]
        return np.concatenate(parts, axis=1) if parts else np.empty((2, 0), np.float32)

    def _count_wrong(self, error: av.FFmpegError) -> None:
        self.wrong += 1
        self._wrong_in_a_row += 1
        if self._wrong_in_a_row > WRONG_IN_A_ROW_MAX:
            raise Undecodable(wrong_in_a_row=self._wrong_in_a_row, reason=error.strerror or "") from error


def _packet(payload: bytes, dts: int, pts: int) -> av.Packet[Stream]:
    # Memory of libav's own: a packet around Python's bytes is freed by a callback that needs the interpreter.
    packet = av.Packet(len(payload))
    packet.update(payload)
    packet.dts, packet.pts, packet.time_base = dts, pts, _MILLISECONDS
    return packet


def _array(frame: av.AudioFrame) -> Samples:
    return np.asarray(frame.to_ndarray(), dtype=np.float32)
