"""One FLV tag: the unit that cameras send, the mixer's encoder makes and destinations take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

TagKind = Literal["video", "audio", "script"]

_KEY_FRAME: Final = 1
_AVC: Final = 7
_HEVC_OLD: Final = 12  # not in any standard, but sent by many encoders before Enhanced RTMP
_AAC: Final = 10
_ENHANCED_AUDIO: Final = 9
_ENHANCED_VIDEO_BIT: Final = 0x80
_SEQUENCE_START: Final = 0
_CODED_FRAMES: Final = (1, 3)


@dataclass(frozen=True, slots=True)
class FlvTag:
    """`body` is what follows the 11-byte tag header in an FLV file; a script body begins with "onMetaData"."""

    kind: TagKind
    timestamp_ms: int
    body: bytes

    @property
    def is_sequence_header(self) -> bool:
        """The decoder's configuration (SPS/PPS, AudioSpecificConfig), in the old or the enhanced form."""
        if len(self.body) < 2:
            return False
        first = self.body[0]
        if self.kind == "video":
            if first & _ENHANCED_VIDEO_BIT:
                return first & 0x0F == _SEQUENCE_START
            return first & 0x0F in (_AVC, _HEVC_OLD) and self.body[1] == 0
        if self.kind == "audio":
            if first >> 4 == _ENHANCED_AUDIO:
                return first & 0x0F == _SEQUENCE_START
            return first >> 4 == _AAC and self.body[1] == 0
        return False

    @property
    def is_keyframe(self) -> bool:
        """A picture from which decoding can begin; a sequence header is none, though its frame type says so."""
        if self.kind != "video" or len(self.body) < 2:
            return False
        first = self.body[0]
        if first & _ENHANCED_VIDEO_BIT:
            return first >> 4 & 0x07 == _KEY_FRAME and first & 0x0F in _CODED_FRAMES
        if first >> 4 != _KEY_FRAME:
            return False
        return first & 0x0F not in (_AVC, _HEVC_OLD) or self.body[1] == 1
