"""A frame counter in the pixels, which survives encoding: tests read from any recording which ticks it holds.

24 bits of counter and 8 of CRC as black and white blocks of 16x16 pixels in the top left corner; a block is
as large as the encoder's own, and its colour planes are grey, so that it stays legible where the picture does.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from silkcast.media.mixer.canvas import Picture, Plane

BLOCK_PX: Final = 16
COUNTER_BITS: Final = 24
CRC_BITS: Final = 8
BLOCKS: Final = COUNTER_BITS + CRC_BITS
WIDTH_PX: Final = BLOCK_PX * BLOCKS
COUNTER_MODULUS: Final = 1 << COUNTER_BITS
_DARK: Final = 16
_BRIGHT: Final = 235
_MIDDLE: Final = (_DARK + _BRIGHT) / 2
_CLEAR: Final = 40
_CRC_POLYNOMIAL: Final = 0x2F  # CRC-8/AUTOSAR: finds any three wrong bits in a word of this length
_CRC_START: Final = 0xFF


def burn(picture: Picture, counter: int) -> None:
    """Write `counter` (modulo 2**24) over the picture's first 16 rows."""
    assert picture.width >= WIDTH_PX
    word = counter % COUNTER_MODULUS
    word = word << CRC_BITS | _crc(word)
    bits = np.unpackbits(np.array([word], dtype=">u4").view(np.uint8))
    luma = np.where(bits, np.uint8(_BRIGHT), np.uint8(_DARK))
    region = picture.region(0, 0, WIDTH_PX, BLOCK_PX)
    region.y[:] = np.repeat(luma, BLOCK_PX)
    region.u.fill(128)
    region.v.fill(128)


def read(luma: Plane) -> int | None:
    """The counter of a decoded picture, or None where there is none that can be trusted."""
    if luma.shape[0] < BLOCK_PX or luma.shape[1] < WIDTH_PX:
        return None
    blocks = luma[:BLOCK_PX, :WIDTH_PX].reshape(BLOCK_PX, BLOCKS, BLOCK_PX)
    edge = BLOCK_PX // 4  # the middle of a block is what ringing at its edges reaches last
    means = blocks[edge:-edge, :, edge:-edge].mean(axis=(0, 2))
    if (np.abs(means - _MIDDLE) < _CLEAR).any():
        return None  # neither black nor white: no counter was ever here
    word = int(np.packbits(means > _MIDDLE).view(">u4")[0])
    counter, crc = word >> CRC_BITS, word & (1 << CRC_BITS) - 1
    return counter if crc == _crc(counter) else None


def _crc(word: int) -> int:
    register = _CRC_START
    for octet in word.to_bytes(COUNTER_BITS // 8):
        register ^= octet
        for _ in range(8):
            register = (register << 1 ^ (_CRC_POLYNOMIAL if register & 0x80 else 0)) & 0xFF
    return register
