"""The units of one H.264 picture in FLV, each behind its length (ISO/IEC 14496-15 5.3.4.2)."""

from __future__ import annotations

from typing import Final

_SLICES: Final = range(1, 6)
_MESSAGE: Final = 6
_LENGTH_SIZE_AT: Final = 4  # in the configuration


def with_messages_first(coded: bytes, header: bytes) -> bytes:
    """What a picture says of itself before its slices, as ITU-T H.264 7.4.1.2.3 has it: a decoder heeds it there alone,
    and some encoders append it. Units that make no sense stay as they are."""
    octets = (header[_LENGTH_SIZE_AT] & 3) + 1
    before, slices, late, at = list[bytes](), list[bytes](), list[bytes](), 0
    while at + octets < len(coded):
        end = at + octets + int.from_bytes(coded[at : at + octets])
        kind = coded[at + octets] & 0x1F
        group = late if slices and kind == _MESSAGE else slices if slices or kind in _SLICES else before
        group.append(coded[at:end])
        at = end
    return b"".join((*before, *late, *slices)) if late and at == len(coded) else coded
