"""Chunks in: puts messages together again from the interleaved, header-saving pieces in which they travel.

No work is done per byte: a payload is copied once when it arrives whole, and once more when it does not.
"""

from __future__ import annotations

from typing import Final

import msgspec

from silkcast.media.rtmp.errors import ChunkError, TooLarge
from silkcast.media.rtmp.messages import ABORT, SET_CHUNK_SIZE, Message, u32

CHUNK_BYTES_DEFAULT: Final = 128
# The least that a sender should use (RTMP 1.0, 5.4.1); of smaller ones each byte or two costs us a header's work.
CHUNK_BYTES_MIN: Final = 128
CHUNK_BYTES_MAX: Final = 16 * 1024 * 1024
CHUNK_STREAMS_MAX: Final = 64
MESSAGE_BYTES_MAX: Final = 8 * 1024 * 1024
UNFINISHED_BYTES_MAX: Final = 2 * MESSAGE_BYTES_MAX  # all half-received messages of one connection together

_EXTENDED: Final = 0xFFFFFF
_HEADER_BYTES: Final = (11, 7, 3, 0)
_WRAP: Final = 1 << 32


class Incoming(msgspec.Struct):
    """What the headers of one chunk stream have said so far, and the message being put together."""

    timestamp_ms: int = 0
    field_ms: int = 0  # the time or time difference of the last full header
    extended: bool = False
    length: int = 0
    type_id: int = 0
    stream_id: int = 0
    body: bytearray | None = None


class ReaderState(msgspec.Struct):
    """Where a reader stands, so that another process can read on; `current` is the id of the chunk begun."""

    message_bytes_max: int
    chunk_bytes: int
    streams: dict[int, Incoming]
    current: int | None
    chunk_left: int
    unread: bytes


class ChunkReader:
    """Bytes in by `push`, messages out by `next`, which takes no more than it needs and leaves the rest."""

    def __init__(self, *, message_bytes_max: int = MESSAGE_BYTES_MAX) -> None:
        self.message_bytes_max = message_bytes_max
        self._chunk_bytes = CHUNK_BYTES_DEFAULT
        self._streams: dict[int, Incoming] = {}
        self._current: Incoming | None = None
        self._chunk_left = 0
        self._unfinished_bytes = 0
        self._buffer = b""
        self._at = 0

    @classmethod
    def restore(cls, state: ReaderState) -> ChunkReader:
        reader = cls(message_bytes_max=state.message_bytes_max)
        reader._chunk_bytes = state.chunk_bytes
        reader._streams = state.streams
        reader._current = None if state.current is None else state.streams[state.current]
        reader._chunk_left = state.chunk_left
        reader._unfinished_bytes = sum(len(stream.body or b"") for stream in state.streams.values())
        reader._buffer = state.unread
        return reader

    def export(self) -> ReaderState:
        current = next((number for number, stream in self._streams.items() if stream is self._current), None)
        return ReaderState(
            message_bytes_max=self.message_bytes_max,
            chunk_bytes=self._chunk_bytes,
            streams=self._streams,
            current=current,
            chunk_left=self._chunk_left,
            unread=self._buffer[self._at :],
        )

    @property
    def unread_bytes(self) -> int:
        return len(self._buffer) - self._at

    def push(self, received: bytes) -> None:
        rest = self._buffer[self._at :]
        self._buffer = rest + received if rest else received
        self._at = 0

    def next(self) -> Message | None:
        """The next whole message; None when more bytes are needed. Chunk-layer control is obeyed, not returned."""
        while self._current is not None or self._read_header():
            message = self._read_payload()
            if message is None:
                if self._at == len(self._buffer):
                    return None
            elif message.type_id == SET_CHUNK_SIZE:
                self._set_chunk_size(u32(message))
            elif message.type_id == ABORT:
                self._abort(u32(message))
            else:
                return message
        return None

    def _read_header(self) -> bool:
        """Take one chunk header if it is there whole."""
        buffer, at = self._buffer, self._at
        if at >= len(buffer):
            return False
        form, number = buffer[at] >> 6, buffer[at] & 0x3F
        at += 1
        if number < 2:  # ids from 64 on take one byte more, from 320 on two
            end = at + 1 + number
            if end > len(buffer):
                return False
            number = 64 + int.from_bytes(buffer[at:end], "little")
            at = end
        end = at + _HEADER_BYTES[form]
        if end > len(buffer):
            return False
        stream = self._stream(number, form)
        field_ms = int.from_bytes(buffer[at : at + 3], "big") if form < 3 else stream.field_ms
        extended = field_ms == _EXTENDED if form < 3 else stream.extended
        if extended and (stream.body is None or self._repeats_time(stream, end)):
            if end + 4 > len(buffer):
                return False
            field_ms = int.from_bytes(buffer[end : end + 4], "big")
            end += 4
        if stream.body is None:
            self._begin(stream, form, field_ms, buffer[at:end])
            stream.extended = extended
        self._current, self._at = stream, end
        self._chunk_left = min(self._chunk_bytes, stream.length - len(stream.body or b""))
        return True

    def _repeats_time(self, stream: Incoming, at: int) -> bool:
        """Whether a continuation begins with the extended time; some encoders leave it out, so these may be payload."""
        told = self._buffer[at : at + 4]
        return stream.field_ms.to_bytes(4, "big").startswith(told)

    def _stream(self, number: int, form: int) -> Incoming:
        stream = self._streams.get(number)
        if stream is None:
            # A first header of form 1 lacks only the message stream id; librtmp's pings begin so.
            if form > 1:
                raise ChunkError(chunk_stream=number, form=form)
            if len(self._streams) >= CHUNK_STREAMS_MAX:
                raise TooLarge(chunk_streams=CHUNK_STREAMS_MAX)
            stream = self._streams[number] = Incoming()
        elif stream.body is not None and form < 3:
            raise ChunkError(chunk_stream=number, interrupted_bytes=len(stream.body))
        return stream

    def _begin(self, stream: Incoming, form: int, field_ms: int, header: bytes) -> None:
        if form < 2:
            length = int.from_bytes(header[3:6], "big")
            if length > self.message_bytes_max:
                raise TooLarge(message_bytes=length, most=self.message_bytes_max)
            stream.length, stream.type_id = length, header[6]
        if form == 0:
            stream.stream_id = int.from_bytes(header[7:11], "little")
            stream.timestamp_ms = field_ms
        else:
            stream.timestamp_ms = (stream.timestamp_ms + field_ms) % _WRAP
        stream.field_ms = field_ms

    def _read_payload(self) -> Message | None:
        stream = self._current
        assert stream is not None
        available = len(self._buffer) - self._at
        count = self._chunk_left if self._chunk_left <= available else available
        end = self._at + count
        body = stream.body
        if body is None and count == stream.length:
            payload = self._buffer[self._at : end]
            self._at, self._current = end, None
            return Message(stream.type_id, stream.stream_id, stream.timestamp_ms, payload)
        if body is None:
            body = stream.body = bytearray()
        body += memoryview(self._buffer)[self._at : end]
        self._at = end
        self._chunk_left -= count
        self._unfinished_bytes += count
        if self._unfinished_bytes > UNFINISHED_BYTES_MAX:
            raise TooLarge(unfinished_bytes=self._unfinished_bytes, most=UNFINISHED_BYTES_MAX)
        if self._chunk_left:
            return None
        self._current = None
        if len(body) < stream.length:
            return None
        self._unfinished_bytes -= len(body)
        stream.body = None
        return Message(stream.type_id, stream.stream_id, stream.timestamp_ms, bytes(body))

    def _set_chunk_size(self, count: int) -> None:
        if not CHUNK_BYTES_MIN <= count <= CHUNK_BYTES_MAX:
            raise ChunkError(chunk_bytes=count, least=CHUNK_BYTES_MIN, most=CHUNK_BYTES_MAX)
        self._chunk_bytes = count

    def _abort(self, number: int) -> None:
        stream = self._streams.get(number)
        if stream is not None and stream.body is not None:
            self._unfinished_bytes -= len(stream.body)
            stream.body = None
