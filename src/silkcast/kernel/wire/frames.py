"""The frame: four bytes of length, then msgpack. Version N reads what version N-1 wrote."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import msgspec

from silkcast.kernel.errors import SilkcastError

VERSION = 1
FRAME_BYTES_MAX = 32 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class WireError(SilkcastError):
    """A call to another process of ours failed."""

    code = "wire.error"
    status = 503


class WireClosed(WireError):
    """Nobody answers at that socket, or the connection broke; whether the call was done is unknown."""

    code = "wire.closed"


class WireTimeout(WireError):
    """No answer before the deadline; whether the call was done is unknown."""

    code = "wire.timeout"


class WireRefused(WireError):
    """The other side answered with an error of its own; nothing was done. `status` is the one it would give in HTTP."""

    code = "wire.refused"

    def __init__(self, code: str, facts: dict[str, Any], status: int = 503) -> None:
        super().__init__(**facts)
        self.refusal = code
        self.status = status

    def __str__(self) -> str:
        return f"{self.refusal} {self.facts}"


def refused(frame: Frame) -> WireRefused:
    """The error that an "e" frame carries."""
    body = frame.body or {}
    return WireRefused(frame.name, body.get("facts", {}), body.get("status", 503))


class Frame(msgspec.Struct, array_like=True, omit_defaults=True):
    """kind: q request, r reply, e error, p publish, s subscribe."""

    version: int
    kind: str
    number: int
    name: str
    body: Any = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Frame).decode


def pack(kind: str, number: int, name: str, body: Any = None) -> bytes:
    raw = _encode(Frame(VERSION, kind, number, name, body))
    if len(raw) > FRAME_BYTES_MAX:
        raise WireError(bytes=len(raw), most=FRAME_BYTES_MAX)
    return _LENGTH.pack(len(raw)) + raw


def length_of(head: bytes) -> int:
    length = int(_LENGTH.unpack(head)[0])
    if length > FRAME_BYTES_MAX:
        raise WireError(bytes=length, most=FRAME_BYTES_MAX)
    return length


def unpack(raw: bytes) -> Frame:
    try:
        return _decode(raw)
    except msgspec.MsgspecError as error:
        raise WireError(reason=str(error)) from error


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """The next frame; None once the other side is gone."""
    try:
        return unpack(await reader.readexactly(length_of(await reader.readexactly(4))))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
