"""An exact hash table over whole columns of 64-bit words: every step handles all words still without a place."""

from __future__ import annotations

import numpy as np

from silkcast.domains.audience.engine.batch import Rows, U64

SLOTS_LEAST = 64
FILL_MAX = 0.5
# Fibonacci hashing: the top bits of a product with 2**64 / golden ratio spread even words that lie in a row.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
EMPTY = np.uint64(0)


class WordTable:
    """Gives each word a slot. Words are never 0. Columns that belong to the words are grown alongside by `on_move`.

    `seed` decides only where a word lies, so that nobody outside can aim words at one slot; no result depends on it.
    """

    def __init__(self, *, seed: int, slots: int = SLOTS_LEAST) -> None:
        assert slots & (slots - 1) == 0
        self._seed = np.uint64(seed & (2**64 - 1))
        self.words: U64 = np.zeros(slots, np.uint64)
        self.count = 0

    def __len__(self) -> int:
        return self.count

    @property
    def slots(self) -> int:
        return int(self.words.shape[0])

    def is_too_small_for(self, more: int) -> bool:
        return self.count + more > self.slots * FILL_MAX

    def grown_for(self, more: int) -> tuple[WordTable, Rows, Rows]:
        """A larger table with the same words, and where each lay before and lies now."""
        slots = self.slots
        while self.count + more > slots * FILL_MAX:
            slots *= 2
        larger = WordTable(seed=int(self._seed), slots=slots)
        before = np.flatnonzero(self.words)
        return larger, before, larger.place(self.words[before])

    def place(self, words: U64) -> Rows:
        """The slot of each word, new words included. The caller has made room for all of them; repeats are welcome."""
        found = np.empty(words.shape[0], np.intp)
        pending: Rows | None = None
        slot = self._home(words)
        mask = self.slots - 1
        while True:
            held = self.words[slot]
            empty = np.flatnonzero(held == EMPTY)
            if empty.shape[0]:
                # Several words may want one empty slot: the last write stays, and the others see whose it is.
                claimed = slot[empty]
                self.words[claimed] = words[empty]
                held[empty] = self.words[claimed]
                self.count += self._claims_won(claimed)
            placed = held == words
            if pending is None:
                found[:] = slot
                pending = np.flatnonzero(~placed)
                words, slot = words[pending], slot[pending]
            else:
                found[pending] = slot
                lost = np.flatnonzero(~placed)
                pending, words, slot = pending[lost], words[lost], slot[lost]
            if not pending.shape[0]:
                return found
            slot = (slot + 1) & mask

    def _home(self, words: U64) -> Rows:
        shift = np.uint64(64 - (self.slots.bit_length() - 1))
        return (((words ^ self._seed) * _SPREAD) >> shift).view(np.int64)

    @staticmethod
    def _claims_won(claimed: Rows) -> int:
        ordered = np.sort(claimed)
        return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + 1
