"""64 virtual shards, for ever: a row lies in one by its base, its show and a bucket of its viewer.

Whoever counts, counts whole shards; so each viewer of a show is counted in one place, and sums over places are exact.
An order's facts name one viewer, or none, so they too lie together.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection

import numpy as np

from silkcast.domains.audience.engine.batch import U64, Batch, Mask, Names, Words

SHARDS = 64
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(58)  # leaves six bits


class Sharding:
    """Of one base. Batches come under the `Names` it was made for; each word is hashed once."""

    def __init__(self, base_id: str, names: Names) -> None:
        self.names = names
        self._shows = _Hashes(names.shows, seed=zlib.crc32(base_id.encode()))
        self._viewers = _Hashes(names.viewers, seed=0)

    def shards(self, batch: Batch) -> U64:
        assert batch.names is self.names
        mixed = self._shows.known()[batch.show] << np.uint64(32) | self._viewers.known()[batch.viewer]
        mixed ^= mixed >> np.uint64(29)
        found: U64 = (mixed * _FACTOR) >> _SHIFT
        return found

    def within(self, batch: Batch, shards: Collection[int]) -> Batch:
        """The rows of these shards."""
        if len(shards) == SHARDS:
            return batch
        wanted: Mask = np.isin(np.arange(SHARDS), list(shards))
        return batch.where(wanted[self.shards(batch)])


class _Hashes:
    """One 32-bit number for each word, the same in every process and on every machine."""

    def __init__(self, words: Words, *, seed: int) -> None:
        self._words = words
        self._seed = seed
        self._hashes: U64 = np.zeros(0, np.uint64)

    def known(self) -> U64:
        have, want = self._hashes.shape[0], len(self._words)
        if have < want:
            new = [zlib.crc32(word.encode(), self._seed) for word in self._words.of(range(have, want))]
            self._hashes = np.concatenate((self._hashes, np.array(new, np.uint64)))
        return self._hashes


def share_of(worker: int, workers: int) -> frozenset[int]:
    """Which shards the worker of that number (from 0) counts."""
    return frozenset(range(worker, SHARDS, workers))
