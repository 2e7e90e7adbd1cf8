"""AMF0, the value notation of RTMP commands and FLV script tags.

Undefined, dates, XML and typed objects are read into their nearest plain value, a reference into None: we read them, we
never send them.
"""

from __future__ import annotations

import struct
from typing import Final, Union

from silkcast.media.rtmp.errors import AmfError

AmfValue = Union[float, bool, str, None, "AmfObject", "AmfArray"]
AmfObject = dict[str, AmfValue]
AmfArray = list[AmfValue]


class EcmaArray(dict[str, AmfValue]):
    """An object that is written as an ECMA array, as the metadata of a stream must be."""


DEPTH_MAX: Final = 16

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED, _REFERENCE = 0, 1, 2, 3, 5, 6, 7
_ECMA_ARRAY, _OBJECT_END, _STRICT_ARRAY, _DATE, _LONG_STRING = 8, 9, 10, 11, 12
_UNSUPPORTED, _XML, _TYPED_OBJECT, _AMF3 = 13, 15, 16, 17

_DOUBLE: Final = struct.Struct(">d")
_U16: Final = struct.Struct(">H")
_U32: Final = struct.Struct(">I")


def encode(*values: AmfValue) -> bytes:
    out = bytearray()
    for value in values:
        _write(out, value, 0)
    return bytes(out)


def decode(body: bytes) -> list[AmfValue]:
    """Read every value in `body`, up to one in AMF3, whose end is not known here."""
    reader = _Reader(body)
    values: list[AmfValue] = []
    while reader.at < len(body) and body[reader.at] != _AMF3:
        values.append(reader.value(0))
    return values


def leading_string(body: bytes) -> tuple[str, int]:
    """The string that `body` begins with and where the rest starts; for script tags, whose rest we pass on unread."""
    reader = _Reader(body)
    value = reader.value(0)
    if not isinstance(value, str):
        raise AmfError(expected="string")
    return value, reader.at


def _write(out: bytearray, value: AmfValue, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise AmfError(depth_max=DEPTH_MAX)
    if value is None:
        out.append(_NULL)
    elif isinstance(value, bool):
        out += bytes((_BOOLEAN, value))
    elif isinstance(value, (int, float)):
        out.append(_NUMBER)
        out += _DOUBLE.pack(value)
    elif isinstance(value, str):
        _write_string(out, value)
    elif isinstance(value, dict):
        _write_object(out, value, depth)
    else:
        out.append(_STRICT_ARRAY)
        out += _U32.pack(len(value))
        for element in value:
            _write(out, element, depth + 1)


def _write_string(out: bytearray, value: str) -> None:
    raw = value.encode()
    if len(raw) <= 0xFFFF:
        out.append(_STRING)
        out += _U16.pack(len(raw))
    else:
        out.append(_LONG_STRING)
        out += _U32.pack(len(raw))
    out += raw


def _write_object(out: bytearray, value: AmfObject, depth: int) -> None:
    if isinstance(value, EcmaArray):
        out.append(_ECMA_ARRAY)
        out += _U32.pack(len(value))
    else:
        out.append(_OBJECT)
    for name, member in value.items():
        raw = name.encode()
        # An empty name means the end of the object, so it cannot be a member's.
        if not 0 < len(raw) <= 0xFFFF:
            raise AmfError(name_bytes=len(raw))
        out += _U16.pack(len(raw)) + raw
        _write(out, member, depth + 1)
    out += bytes((0, 0, _OBJECT_END))


class _Reader:
    """Reads values one after another; what it may allocate is bounded by the length of the body."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.at = 0

    def value(self, depth: int) -> AmfValue:
        if depth > DEPTH_MAX:
            raise AmfError(depth_max=DEPTH_MAX)
        marker = self._take(1)[0]
        if marker == _NUMBER:
            return self._double()
        if marker == _BOOLEAN:
            return self._take(1)[0] != 0
        if marker == _STRING:
            return self._string(self._u16())
        if marker in (_LONG_STRING, _XML):
            return self._string(self._u32())
        if marker in (_NULL, _UNDEFINED, _UNSUPPORTED):
            return None
        if marker == _REFERENCE:
            self._take(2)
            return None
        if marker == _DATE:
            milliseconds = self._double()
            self._take(2)  # the zone, which the format reserves
            return milliseconds
        return self._compound(marker, depth)

    def _compound(self, marker: int, depth: int) -> AmfValue:
        if marker == _STRICT_ARRAY:
            return [self.value(depth + 1) for _ in range(self._count())]
        if marker == _ECMA_ARRAY:
            self._u32()  # some encoders write 0 here: only the end marker can be trusted
            return self._members(EcmaArray(), depth)
        if marker == _TYPED_OBJECT:
            self._string(self._u16())
            return self._members({}, depth)
        if marker == _OBJECT:
            return self._members({}, depth)
        raise AmfError(marker=marker)

    def _members(self, members: AmfObject, depth: int) -> AmfObject:
        while True:
            name = self._string(self._u16())
            if not name and self._take(1)[0] == _OBJECT_END:
                return members
            if not name:
                raise AmfError(expected="object end")
            members[name] = self.value(depth + 1)

    def _count(self) -> int:
        count = self._u32()
        if count > len(self._body) - self.at:
            raise AmfError(elements=count)
        return count

    def _take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self._body):
            raise AmfError(missing_bytes=end - len(self._body))
        taken = self._body[self.at : end]
        self.at = end
        return taken

    def _string(self, count: int) -> str:
        # A wrong byte in a title must not cost the stream.
        return self._take(count).decode(errors="replace")

    def _double(self) -> float:
        number: float = _DOUBLE.unpack(self._take(8))[0]
        return number

    def _u16(self) -> int:
        number: int = _U16.unpack(self._take(2))[0]
        return number

    def _u32(self) -> int:
        number: int = _U32.unpack(self._take(4))[0]
        return number
