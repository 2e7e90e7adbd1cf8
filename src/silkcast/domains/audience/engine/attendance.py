"""Who was there in which slot and minute, each viewer once: an exact set, kept as 45 bits per viewer and five minutes.

Viewers who came together are there together, so the bits lie in pages of 64 viewers that are made on first touch.

    bits  0..29   the viewer has a heartbeat in this slot of ten seconds
    bits 30..34   ... a heartbeat in this minute              (follows from the first)
    bits 35..39   the viewer interacted in this minute
    bits 40..44   the viewer has any signal in this minute    (follows from all of them)

Setting bits forgets their order, so late, repeated and shuffled signals give the same counts.
"""

from __future__ import annotations

import numpy as np

from silkcast.domains.audience.engine.batch import I64, U8, U32, U64, Mask, Rows, distinct
from silkcast.domains.audience.engine.kinds import FACTS, INTERACTIONS, KINDS_MAX, Kind
from silkcast.domains.audience.engine.metrics import MINUTE_MS, SLOT_MS
from silkcast.domains.audience.engine.table import WordTable

BLOCK_MINUTES = 5
BLOCK_MS = BLOCK_MINUTES * MINUTE_MS
_SLOTS = BLOCK_MS // SLOT_MS
_SLOTS_A_MINUTE = MINUTE_MS // SLOT_MS
ONLINE, INTERACTED, SEEN = _SLOTS, _SLOTS + BLOCK_MINUTES, _SLOTS + 2 * BLOCK_MINUTES
BITS = _SLOTS + 3 * BLOCK_MINUTES
_NONE = 63  # no bit

# A key is block | viewer (32 bits) | bit (6 bits), and without the last 6 bits of the viewer it names the page.
_BIT, _BLOCK, _PAGE = np.uint64(6), np.uint64(38), np.uint64(12)
_BIT_MASK = np.uint64(63)
_VIEWERS_A_PAGE = 64


def _first_bits() -> U8:
    """The bit that a signal of a kind sets by itself, by [kind, slot]."""
    table = np.full((KINDS_MAX, _SLOTS), _NONE, np.uint8)
    for slot in range(_SLOTS):
        minute = slot // _SLOTS_A_MINUTE
        for kind in Kind:
            if kind == Kind.HEARTBEAT:
                table[kind, slot] = slot
            elif kind in INTERACTIONS:
                table[kind, slot] = INTERACTED + minute
            elif kind not in FACTS:
                table[kind, slot] = SEEN + minute
    return table


def _following_bits() -> U8:
    """The bit that follows from a bit."""
    slots = [ONLINE + slot // _SLOTS_A_MINUTE for slot in range(_SLOTS)]
    minutes = [SEEN + minute for minute in range(BLOCK_MINUTES)]
    return np.array([*slots, *minutes, *minutes, *[_NONE] * (64 - SEEN)], np.uint8)


_FIRST = _first_bits()
_FOLLOWING = _following_bits()


class Attendance:
    """`counts[block][bit]` is the number of viewers who have that bit in that block of five minutes; `slots` counts the
    slots of all of them."""

    def __init__(self, *, seed: int) -> None:
        self.counts: dict[int, I64] = {}
        self.slots = 0
        self._table = WordTable(seed=seed)
        self._page = np.zeros(self._table.slots, np.int64)  # by slot of the table
        self._bits = np.zeros(_VIEWERS_A_PAGE, np.uint64)  # page after page

    def add(self, viewer: U32, kind: U8, block: I64, slot: I64) -> None:
        """`slot` is the one within the block."""
        bit = _FIRST[kind, slot]
        key = block.view(np.uint64) << _BLOCK | viewer.astype(np.uint64) << _BIT | bit
        if (bit == _NONE).any():
            key = key[bit != _NONE]
        while key.shape[0] and (key := self._set(distinct(key))).shape[0]:
            self._count(key)
            following = _FOLLOWING[key & _BIT_MASK]
            key = (key & ~_BIT_MASK | following)[following != _NONE]

    def _set(self, key: U64) -> U64:
        """Set the bits that are not set, and return their keys."""
        starts = _starts(key >> _PAGE)
        page = self._pages_of(key[starts] >> _PAGE)[np.cumsum(starts) - 1]
        cell = page * _VIEWERS_A_PAGE + (key >> _BIT & np.uint64(_VIEWERS_A_PAGE - 1)).view(np.int64)
        bit = np.uint64(1) << (key & _BIT_MASK)
        clear = (self._bits[cell] & bit) == 0
        # Adding distinct powers of two that are not there yet is setting bits, and quicker than `bitwise_or.at`.
        np.add.at(self._bits, cell[clear], bit[clear])
        new: U64 = key[clear]
        return new

    def _pages_of(self, names: U64) -> Rows:
        if moved := self._table.reserve(names.shape[0]):
            before, now = moved
            larger = np.zeros(self._table.slots, np.int64)
            larger[now] = self._page[before]
            self._page = larger
        pages = self._table.count
        slot, new = self._table.place(names)
        self._page[slot[new]] = np.arange(pages, self._table.count)
        missing = self._table.count * _VIEWERS_A_PAGE - self._bits.shape[0]
        if missing > 0:
            more = max(missing, self._bits.shape[0])
            self._bits = np.concatenate((self._bits, np.zeros(more, np.uint64)))
        return self._page[slot]

    def _count(self, key: U64) -> None:
        self.slots += int(np.count_nonzero((key & _BIT_MASK) < ONLINE))
        block = key >> _BLOCK
        first = _starts(block).nonzero()[0].tolist()
        for start, stop in zip(first, [*first[1:], key.shape[0]], strict=True):
            counts = self.counts.setdefault(int(block[start]), np.zeros(BITS, np.int64))
            counts += np.bincount((key[start:stop] & _BIT_MASK).view(np.int64), minlength=BITS)


def _starts(ordered: U64) -> Mask:
    """True where a value differs from the one before it."""
    starts = np.ones(ordered.shape[0], np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    return starts
