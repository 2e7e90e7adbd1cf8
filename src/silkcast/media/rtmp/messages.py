"""RTMP messages above the chunk layer: types, protocol control, commands, and how tags travel in them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from silkcast.media.rtmp import amf0
from silkcast.media.rtmp.amf0 import AmfValue
from silkcast.media.rtmp.enhanced import unfold
from silkcast.media.rtmp.errors import AmfError, ChunkError, CommandError, TooLarge
from silkcast.media.rtmp.tags import FlvTag, TagKind

SET_CHUNK_SIZE: Final = 1
ABORT: Final = 2
ACKNOWLEDGEMENT: Final = 3
USER_CONTROL: Final = 4
WINDOW_ACK_SIZE: Final = 5
SET_PEER_BANDWIDTH: Final = 6
AUDIO: Final = 8
VIDEO: Final = 9
DATA_AMF3: Final = 15
COMMAND_AMF3: Final = 17
DATA_AMF0: Final = 18
COMMAND_AMF0: Final = 20
AGGREGATE: Final = 22

STREAM_BEGIN: Final = 0
PING_REQUEST: Final = 6
PING_RESPONSE: Final = 7

COMMAND_BYTES_MAX: Final = 64 * 1024
SET_DATA_FRAME: Final = "@setDataFrame"

# Chunk streams; 2 is fixed by the protocol, the others are what encoders use.
CONTROL_CHUNKS: Final = 2
COMMAND_CHUNKS: Final = 3
KIND_CHUNKS: Final[dict[TagKind, int]] = {"audio": 4, "script": 5, "video": 6}
KIND_TYPES: Final[dict[TagKind, int]] = {"audio": AUDIO, "script": DATA_AMF0, "video": VIDEO}

_U16: Final = struct.Struct(">H")
_U32: Final = struct.Struct(">I")
_AGGREGATE_HEADER_BYTES: Final = 11


class Message(NamedTuple):
    type_id: int
    stream_id: int
    timestamp_ms: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    transaction: float
    arguments: list[AmfValue]

    def text(self, position: int) -> str:
        """The argument as a string, or a refusal: the peer left out what the command is about."""
        value = self.arguments[position] if position < len(self.arguments) else None
        if not isinstance(value, str):
            raise CommandError(command=self.name[:64], missing=position)
        return value

    def members(self, position: int) -> dict[str, AmfValue]:
        value = self.arguments[position] if position < len(self.arguments) else None
        return value if isinstance(value, dict) else {}


def u32(message: Message) -> int:
    """The number that protocol control messages consist of."""
    if len(message.body) < 4:
        raise ChunkError(control=message.type_id, bytes=len(message.body))
    return int(_U32.unpack_from(message.body)[0])


def control(type_id: int, value: int, tail: bytes = b"") -> Message:
    return Message(type_id, 0, 0, _U32.pack(value & 0xFFFFFFFF) + tail)


def user_control(event: int, value: int) -> Message:
    return Message(USER_CONTROL, 0, 0, _U16.pack(event) + _U32.pack(value & 0xFFFFFFFF))


def ping_answer(message: Message) -> Message | None:
    """The reply that a user control message calls for: only a ping does."""
    if len(message.body) < 6 or _U16.unpack_from(message.body)[0] != PING_REQUEST:
        return None
    return user_control(PING_RESPONSE, int(_U32.unpack_from(message.body, 2)[0]))


def command(name: str, transaction: float, *arguments: AmfValue, stream_id: int = 0) -> Message:
    return Message(COMMAND_AMF0, stream_id, 0, amf0.encode(name, float(transaction), *arguments))


def status(level: str, code: str, description: str, *, stream_id: int) -> Message:
    told: amf0.AmfObject = {"level": level, "code": code, "description": description}
    return command("onStatus", 0, None, told, stream_id=stream_id)


def read_command(message: Message) -> Command:
    if len(message.body) > COMMAND_BYTES_MAX:
        raise TooLarge(command_bytes=len(message.body), most=COMMAND_BYTES_MAX)
    body = message.body
    if message.type_id == COMMAND_AMF3 and body[:1] == b"\0":
        body = body[1:]  # the AMF3 form wraps AMF0 values behind one zero byte
    values = amf0.decode(body)
    name = values[0] if values else None
    transaction = values[1] if len(values) > 1 else 0.0
    if not isinstance(name, str) or not isinstance(transaction, float):
        raise CommandError(missing="name")
    return Command(name, transaction, values[2:])


def tag_message(tag: FlvTag, timestamp_ms: int, stream_id: int) -> Message:
    body = tag.body
    if tag.kind == "script":
        body = amf0.encode(SET_DATA_FRAME) + body
    return Message(KIND_TYPES[tag.kind], stream_id, timestamp_ms, body)


def read_tags(message: Message) -> list[FlvTag]:
    """The tags in a media message; none for empty ones, which encoders send to say "no change"."""
    if not message.body:
        return []
    if message.type_id == VIDEO:
        return unfold(FlvTag("video", message.timestamp_ms, message.body))
    if message.type_id == AUDIO:
        return unfold(FlvTag("audio", message.timestamp_ms, message.body))
    if message.type_id == AGGREGATE:
        return _split_aggregate(message)
    return _read_script(message)


def _read_script(message: Message) -> list[FlvTag]:
    """None for data without a name, which is meant for others: a picture must not end by it."""
    body = message.body
    if message.type_id == DATA_AMF3 and body[:1] == b"\0":
        body = body[1:]
    try:
        name, rest = amf0.leading_string(body)
    except AmfError:
        return []
    if name == SET_DATA_FRAME:
        body = body[rest:]
    return [FlvTag("script", message.timestamp_ms, body)] if body else []


def _split_aggregate(message: Message) -> list[FlvTag]:
    """Several tags in one message, FLV-framed; their times are relative to the first one's."""
    body, at, tags = message.body, 0, list[FlvTag]()
    first_ms: int | None = None
    while at + _AGGREGATE_HEADER_BYTES <= len(body):
        length = int.from_bytes(body[at + 1 : at + 4], "big")
        at_ms = int.from_bytes(body[at + 4 : at + 7], "big") | body[at + 7] << 24
        first_ms = at_ms if first_ms is None else first_ms
        start = at + _AGGREGATE_HEADER_BYTES
        if start + length > len(body):
            raise ChunkError(aggregate_bytes=len(body), tag_bytes=length)
        inner = Message(
            body[at], message.stream_id, message.timestamp_ms + at_ms - first_ms, body[start : start + length]
        )
        if inner.type_id in (AUDIO, VIDEO, DATA_AMF0):
            tags += read_tags(inner)
        at = start + length + 4  # each tag is followed by its length
    return tags
