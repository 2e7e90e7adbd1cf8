"""How a record lies in a file: a mark, its length, a checksum and its number in the base's log, then its bytes.

The checksum covers length and number too, so nothing of a frame can change unseen. One append is one frame and one
sync: after a crash at most the last frame of the last file can be half there.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MARK = b"\xf3SIG"
_HEAD = struct.Struct("<4sIIQ")  # mark, length, checksum, sequence
HEAD_BYTES = _HEAD.size
PAYLOAD_BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    sequence: int
    offset: int
    end: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """Where reading had to stop, and why."""

    offset: int
    reason: str


def frame(sequence: int, payload: bytes) -> bytes:
    assert len(payload) <= PAYLOAD_BYTES_MAX
    return _HEAD.pack(MARK, len(payload), _checksum(sequence, payload), sequence) + payload


def read_frame(raw: bytes) -> Frame | Broken:
    """The frame that these bytes are, wholly and alone."""
    found = _read_one(io.BytesIO(raw), 0, len(raw))
    return Broken(found.end, "trailing bytes") if isinstance(found, Frame) and found.end < len(raw) else found


def read_frames(file: BinaryIO, *, start: int, end: int) -> Iterator[Frame | Broken]:
    """Every frame from `start` to `end`; where one is broken, that is the last thing said."""
    file.seek(start)
    offset = start
    while offset < end:
        found = _read_one(file, offset, end)
        yield found
        if isinstance(found, Broken):
            return
        offset = found.end


def has_frame_after(file: BinaryIO, *, offset: int, end: int) -> bool:
    """Whether a whole frame lies anywhere behind: then what is broken at `offset` is no torn tail."""
    file.seek(offset)
    rest = file.read(end - offset)
    place = rest.find(MARK, 1)
    while place >= 0:
        file.seek(offset + place)
        if isinstance(_read_one(file, offset + place, end), Frame):
            return True
        place = rest.find(MARK, place + 1)
    return False


def _read_one(file: BinaryIO, offset: int, end: int) -> Frame | Broken:
    head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES or offset + HEAD_BYTES > end:
        return Broken(offset, "short head")
    mark, length, checksum, sequence = _HEAD.unpack(head)
    if mark != MARK or length > PAYLOAD_BYTES_MAX:
        return Broken(offset, "no frame")
    if offset + HEAD_BYTES + length > end:
        return Broken(offset, "short frame")
    payload = file.read(length)
    if len(payload) < length:
        return Broken(offset, "short frame")
    if _checksum(sequence, payload) != checksum:
        return Broken(offset, "checksum")
    return Frame(sequence, offset, offset + HEAD_BYTES + length, payload)


def _checksum(sequence: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(struct.pack("<IQ", len(payload), sequence)))
