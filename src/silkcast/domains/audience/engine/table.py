"""An exact hash table over whole columns of 64-bit words: every step moves all words that have no place yet."""

from __future__ import annotations

import numpy as np

from silkcast.domains.audience.engine.batch import U64, Mask, Rows

SLOTS_LEAST = 64
FILL_MAX = 0.5
ROW_BITS = 24  # of a row's number within a batch
_SLOT_BITS = 32  # of a word's number within a table
_EMPTY = np.uint64(0)
_FEW = 64
_WINDOW = np.arange(1, 17)


class WordTable:
    """Gives each word a slot, for ever until the table grows. Words are never 0.

    `seed` decides only where a word lies, so that nobody outside can aim many words at one slot; no result depends
    on it.
    """

    def __init__(self, *, seed: int, slots: int = SLOTS_LEAST) -> None:
        assert slots & (slots - 1) == 0
        self._factor = np.uint64(spread(seed) | 1)
        self.words: U64 = np.zeros(slots, np.uint64)
        self.count = 0

    @property
    def slots(self) -> int:
        return int(self.words.shape[0])

    def reserve(self, more: int) -> tuple[Rows, Rows] | None:
        """Make room. Where that moved the words: their slots before and now, for the columns that lie beside them."""
        slots = slots_for(self.count + more)
        if slots <= self.slots:
            return None
        before = np.flatnonzero(self.words)
        words = self.words[before]
        self.words = np.zeros(slots, np.uint64)
        # In the order of their homes each lies at home, or next to the one before: what placing them would give.
        row = np.arange(words.shape[0])
        ordered = np.sort(self._home(words) << _SLOT_BITS | row)
        rows = ordered & ((1 << _SLOT_BITS) - 1)
        slot = np.maximum.accumulate((ordered >> _SLOT_BITS) - row) + row
        fitting = int(np.searchsorted(slot, slots))
        self.words[slot[:fitting]] = words[rows[:fitting]]
        self.count = fitting
        slot[fitting:] = self.place(words[rows[fitting:]])[0]  # behind the end they go on at the beginning
        return before[rows], slot

    def place(self, words: U64) -> tuple[Rows, Mask]:
        """The slot of each word, and whether it is new here; all rows of a new word say so. Room was reserved before.

        `count` counts every such row: whoever places a word twice takes the repeats off again.
        """
        slot = self._home(words)
        found, fresh = slot, np.empty(0, np.bool_)
        rows: Rows | None = None  # those still without a place; None means all
        while True:
            held = self.words[slot]
            empty = held == _EMPTY
            claims = empty.nonzero()[0]
            if claims.shape[0]:
                # Several words may want one empty slot: the last write stays, and each looks whose it is.
                self.words[slot[claims]] = words[claims]
                held[claims] = self.words[slot[claims]]
            placed = held == words
            won = placed & empty
            self.count += int(np.count_nonzero(won))
            if rows is None:
                fresh = won
            else:
                found[rows] = slot
                fresh[rows] = won
            lost = (~placed).nonzero()[0]
            if not lost.shape[0]:
                return found, fresh
            rows = lost if rows is None else rows[lost]
            words, slot = words[lost], self._after(slot[lost], words[lost])

    def in_order(self, words: U64) -> tuple[Rows, Mask]:
        """Rows by where their words lie: a table larger than the processor's caches is then walked through once, and
        not jumped about in. Rows of one word keep their order. And which of them, so ordered, may be of one word with
        another: all who begin to look for a place at the same slot."""
        rows = np.arange(words.shape[0])
        ordered = np.sort(self._home(words) << ROW_BITS | rows)
        home = ordered >> ROW_BITS
        meets = np.zeros(rows.shape[0], np.bool_)
        np.equal(home[1:], home[:-1], out=meets[1:])
        meets[:-1] |= meets[1:]
        found: Rows = ordered & ((1 << ROW_BITS) - 1)
        return found, meets

    def _after(self, slot: Rows, words: U64) -> Rows:
        """Where to look next: one slot on; or for the last few words, far enough that few more rounds are needed."""
        if slot.shape[0] > _FEW:
            return (slot + 1) & (self.slots - 1)
        ahead = (slot[:, None] + _WINDOW) & (self.slots - 1)
        held = self.words[ahead]
        stops = (held == words[:, None]) | (held == _EMPTY)
        stops[:, -1] = True
        found: Rows = ahead[np.arange(slot.shape[0]), stops.argmax(axis=1)]
        return found

    def _home(self, words: U64) -> Rows:
        # Multiply-shift with a secret odd factor: for any two words, a collision is as rare as chance makes it.
        shift = np.uint64(64 - (self.slots.bit_length() - 1))
        return ((words * self._factor) >> shift).view(np.int64)


def slots_for(words: int) -> int:
    """The least size of a table that may hold so many."""
    return max(SLOTS_LEAST, 1 << max(0, int(words / FILL_MAX) - 1).bit_length())


def spread(seed: int) -> int:
    """A 64-bit number whose bits all depend on all bits of the seed (the finaliser of splitmix64)."""
    word = (seed + 0x9E3779B97F4A7C15) & (2**64 - 1)
    word = ((word ^ word >> 30) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    word = ((word ^ word >> 27) * 0x94D049BB133111EB) & (2**64 - 1)
    return word ^ word >> 31
