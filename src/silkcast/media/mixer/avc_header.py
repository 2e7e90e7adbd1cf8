"""How large an H.264 header says its pictures are (ITU-T H.264 7.3.2.1.1, ISO/IEC 14496-15 5.3.3.1).

Asked before a decoder is: it answers a picture past its bound with the same words as one that is broken.
"""

from __future__ import annotations

from typing import Final

_WITH_CHROMA: Final = frozenset((44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244))  # profiles
_SPS_AT: Final = 8  # after five octets of profile and lengths, the count, and the first one's size


def find_size(record: bytes) -> tuple[int, int] | None:
    """Width and height as coded, before cropping; None where they cannot be read."""
    size = int.from_bytes(record[6:_SPS_AT])
    bits = _Bits(record[_SPS_AT + 1 : _SPS_AT + size].replace(b"\0\0\3", b"\0\0"))
    try:
        return _size_in(bits)
    except IndexError:
        return None


def _size_in(bits: _Bits) -> tuple[int, int]:
    profile = bits.fixed(8)
    bits.fixed(16)  # constraints and level
    bits.golomb()
    if profile in _WITH_CHROMA:
        if bits.golomb() == 3:
            bits.fixed(1)
        bits.golomb(), bits.golomb(), bits.fixed(1)
        if bits.fixed(1):
            raise IndexError  # scaling lists of its own: none of our business
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.fixed(1), bits.golomb(), bits.golomb()
        for _ in range(bits.golomb()):
            bits.golomb()
    bits.golomb(), bits.fixed(1)
    width, height = bits.golomb() + 1, bits.golomb() + 1
    return 16 * width, 16 * height * (2 - bits.fixed(1))


class _Bits:
    """IndexError past the end."""

    def __init__(self, octets: bytes) -> None:
        self._octets, self._at = octets, 0

    def fixed(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self._octets[self._at >> 3] >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def golomb(self) -> int:
        zeros = 0
        while not self.fixed(1):
            zeros += 1
        return (1 << zeros) - 1 + self.fixed(zeros)
