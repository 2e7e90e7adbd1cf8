"""FLV's H.264 tags of one camera as pictures; whatever the camera sends, only StreamError leaves here."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext

from silkcast.media.mixer.avc_header import find_size
from silkcast.media.mixer.avc_units import with_messages_first
from silkcast.media.mixer.errors import PictureTooLarge, Undecodable, UnsupportedCodec
from silkcast.media.mixer.packet import packet
from silkcast.media.mixer.shot import Brush, Shot
from silkcast.media.rtmp.tags import FlvTag

PIXELS_MAX: Final = 4096 * 2304  # a header may promise more, and would be believed with gigabytes
PIXELS_MIN: Final = 16
WRONG_IN_A_ROW_MAX: Final = 30
PICTURELESS_MAX: Final = 600  # video tags without a picture: the longest wait for a keyframe, at 60 a second
AVC_RECORD_OCTETS_MIN: Final = 7
HEAD: Final = 5  # octets before the codec's own

_AVC: Final = 7
_ENHANCED: Final = 0x80


class PictureDecoder:
    """A changed sequence header in mid-stream means a new decoder."""

    def __init__(self) -> None:
        self._decoder: VideoCodecContext | None = None
        self._header = b""
        self._brush = Brush()
        self._wrong_in_a_row = 0
        self._pictureless = 0
        self._has_keyframe = False
        self.pictures = 0
        self.wrong = 0

    def take(self, tag: FlvTag) -> list[tuple[Shot, float]]:
        """The pictures that came out, each with its stamp."""
        body = tag.body
        if len(body) < HEAD:
            return []  # an empty tag is some encoders' way to keep a connection alive
        if body[0] & _ENHANCED or body[0] & 0x0F != _AVC:
            raise UnsupportedCodec(video=body[0] & 0x0F)
        if body[1] == 0:
            self._open(body[HEAD:])
        elif body[1] == 1 and len(body) > HEAD:
            return self._decode(tag)
        return []

    def _open(self, header: bytes) -> None:
        if len(header) < AVC_RECORD_OCTETS_MIN or header[0] != 1:
            # The decoder would take it for another form of stream, and wait for ever for what never comes.
            raise Undecodable(header="video", reason="not an AVC configuration")
        if header == self._header:
            return  # encoders repeat it; the decoder at work knows it
        size = find_size(header)
        if size is not None and size[0] * size[1] > PIXELS_MAX:
            raise PictureTooLarge(width=size[0], height=size[1])
        decoder = VideoCodecContext.create("h264", "r")
        decoder.extradata = header
        # A thread per camera is the parallelism here; the decoder's own threads would only add delay.
        decoder.thread_count = 1
        decoder.options = {"max_pixels": str(PIXELS_MAX)}
        try:
            decoder.open()
        except (av.FFmpegError, ValueError) as error:
            raise Undecodable(header="video", reason=str(error)) from error
        self._decoder, self._header = decoder, header
        self._brush = Brush()
        self._has_keyframe = False

    def _decode(self, tag: FlvTag) -> list[tuple[Shot, float]]:
        self._pictureless += 1
        if self._pictureless > PICTURELESS_MAX:
            raise Undecodable(pictureless_tags=self._pictureless)
        if self._decoder is None or not (self._has_keyframe or tag.is_keyframe):
            return []
        self._has_keyframe = True
        delay_ms = int.from_bytes(tag.body[2:HEAD], signed=True)
        payload = tag.body[HEAD:]
        if tag.is_keyframe:
            payload = with_messages_first(payload, self._header)
        coded = packet(payload, tag.timestamp_ms, tag.timestamp_ms + delay_ms)
        try:
            frames = self._decoder.decode(coded)
            return [shot for frame in frames for shot in self._shots(frame, tag.timestamp_ms, self._decoder)]
        except (av.FFmpegError, ValueError) as error:
            self._count_wrong(error)
            return []

    def _shots(self, frame: av.VideoFrame, sent_at_ms: int, decoder: VideoCodecContext) -> list[tuple[Shot, float]]:
        if min(frame.width, frame.height) < PIXELS_MIN:
            raise UnsupportedCodec(format=frame.format.name, width=frame.width, height=frame.height)
        if frame.pts is None:
            frame.pts, frame.time_base = sent_at_ms, Fraction(1, 1000)
        shots = self._brush.shots(frame, decoder.sample_aspect_ratio)
        self._wrong_in_a_row = self._pictureless = 0
        self.pictures += len(shots)
        return [(shot, float(sent_at_ms if shot.frame.pts is None else shot.frame.pts)) for shot in shots]

    def _count_wrong(self, error: Exception) -> None:
        self.wrong += 1
        self._wrong_in_a_row += 1
        if self._wrong_in_a_row > WRONG_IN_A_ROW_MAX:
            raise Undecodable(wrong_in_a_row=self._wrong_in_a_row, reason=str(error)) from error
