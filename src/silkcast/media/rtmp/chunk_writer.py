"""Chunks out: cuts messages up, each with the shortest header that every known server reads alike."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from silkcast.media.rtmp.messages import Message

CHUNK_BYTES_DEFAULT: Final = 128

_EXTENDED: Final = 0xFFFFFF
_U32: Final = struct.Struct(">I")
_WRAP: Final = 1 << 32


@dataclass(slots=True)
class _Outgoing:
    """What the last header on one chunk stream said; `delta_ms` is None after a header that gave a full time."""

    timestamp_ms: int
    delta_ms: int | None
    length: int
    type_id: int
    stream_id: int


class ChunkWriter:
    def __init__(self) -> None:
        self.chunk_bytes = CHUNK_BYTES_DEFAULT
        self._streams: dict[int, _Outgoing] = {}

    def write(self, message: Message, chunk_stream: int) -> list[bytes | memoryview]:
        """The pieces to send; payloads are views of the message's body, not copies. Chunk stream ids stay below 64."""
        assert 2 <= chunk_stream < 64
        body = message.body
        header, extended = self._header(message, chunk_stream)
        if len(body) <= self.chunk_bytes:
            return [header, body]
        view = memoryview(body)
        # A continuation repeats the extended time, but nothing else.
        again = bytes((0xC0 | chunk_stream,)) + extended
        parts: list[bytes | memoryview] = [header, view[: self.chunk_bytes]]
        for start in range(self.chunk_bytes, len(body), self.chunk_bytes):
            parts.append(again)
            parts.append(view[start : start + self.chunk_bytes])
        return parts

    def _header(self, message: Message, chunk_stream: int) -> tuple[bytes, bytes]:
        """The first chunk's header, and the extended time in it (empty when there is none)."""
        timestamp_ms, length = message.timestamp_ms % _WRAP, len(message.body)
        last = self._streams.get(chunk_stream)
        delta_ms = None
        if last is not None and last.stream_id == message.stream_id:
            step_ms = timestamp_ms - last.timestamp_ms
            # Steps back or too wide for three bytes start afresh with a full time.
            delta_ms = step_ms if 0 <= step_ms < _EXTENDED else None
        self._streams[chunk_stream] = _Outgoing(timestamp_ms, delta_ms, length, message.type_id, message.stream_id)
        if last is None or delta_ms is None:
            return _full_header(chunk_stream, timestamp_ms, message)
        if last.length != length or last.type_id != message.type_id:
            told = delta_ms.to_bytes(3, "big") + length.to_bytes(3, "big") + bytes((message.type_id,))
            return bytes((0x40 | chunk_stream,)) + told, b""
        # After a full header servers disagree about the step that a bare header means, so it is said once.
        if last.delta_ms != delta_ms:
            return bytes((0x80 | chunk_stream,)) + delta_ms.to_bytes(3, "big"), b""
        return bytes((0xC0 | chunk_stream,)), b""


def _full_header(chunk_stream: int, timestamp_ms: int, message: Message) -> tuple[bytes, bytes]:
    extended = _U32.pack(timestamp_ms) if timestamp_ms >= _EXTENDED else b""
    told = min(timestamp_ms, _EXTENDED).to_bytes(3, "big") + len(message.body).to_bytes(3, "big")
    tail = bytes((message.type_id,)) + message.stream_id.to_bytes(4, "little")
    return bytes((chunk_stream,)) + told + tail + extended, extended
