"""Each signal counts once: exact removal of repeated ids, where an id is (source, 128 bits) within a base.

Ids are UUIDv7, so their own time says in which bucket of about a minute they live; a repeat always meets its first in
the same bucket, whatever any clock said since. Buckets are caches of the log: one that is not in memory is first read
back from there, which makes a late id as exact as a fresh one, only slower.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable

import numpy as np

from silkcast.domains.audience.engine.batch import U64, Batch, Ids, Mask, Rows, distinct
from silkcast.domains.audience.engine.table import ROW_BITS, SLOTS_LEAST, WordTable, slots_for, spread

_HALF = np.uint64(32)
BUCKET_MS = 1 << 16  # the upper half of an id's high word is its time in units of this
HORIZON_MS = 2 * 60 * 60 * 1000  # younger ids are kept in memory before all others
WEIGHT_MAX = 1 << 26  # slots of 16 bytes each, 1 GiB; past it the longest unused buckets are let go
_BUCKET_WEIGHT = 128  # what a bucket costs beside its slots

Recall = Callable[[Collection[int]], Iterable[Ids]]


def bucket_of(id_high: U64) -> U64:
    """A UUIDv7 begins with 48 bits of Unix milliseconds; the first 32 of them name the bucket."""
    return id_high >> _HALF


class Identities:
    """Every id of one base, bucket by bucket. `recall(buckets)` reads back from the log whatever lies in them."""

    def __init__(self, *, seed: int, recall: Recall, weight_max: int = WEIGHT_MAX) -> None:
        self._seed = seed
        self._recall = recall
        self._weight_max = weight_max
        self._weight = 0
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()

    def take_new(self, batch: Batch) -> Mask:
        """Which rows carry an id for the first time; of two in one batch, the first. They are known from now on."""
        new = np.zeros(len(batch), np.bool_)
        bucket, rest = bucket_of(batch.id_high), _rest_of(batch.ids)
        touched = [int(number) for number in distinct(bucket)]
        self._bring(touched)
        for number in touched:
            rows = (bucket == number).nonzero()[0] if len(touched) > 1 else slice(None)
            new[rows] = self._add(number, batch.id_low[rows], rest[rows])
        return new

    def drop(self, batch: Batch) -> None:
        """Forget what `take_new` learnt of a batch that then could not be logged."""
        for number in distinct(bucket_of(batch.id_high)):
            self._remove(int(number))

    def let_go(self, now_ms: int) -> None:
        """Drop what is more than may stay: first the longest unused outside the horizon, then the longest unused."""
        if self._weight <= self._weight_max:
            return
        hot = range((now_ms - HORIZON_MS) // BUCKET_MS, now_ms // BUCKET_MS + 1)
        for number in sorted(self._buckets, key=lambda number: number in hot):
            if self._weight <= self._weight_max:
                return
            self._remove(number)

    def _add(self, number: int, low: U64, rest: U64) -> Mask:
        bucket = self._buckets[number]
        self._weight -= bucket.weight
        new = bucket.add(low, rest)
        self._weight += bucket.weight
        return new

    def _remove(self, number: int) -> None:
        bucket = self._buckets.pop(number, None)
        self._weight -= bucket.weight if bucket else 0

    def _bring(self, numbers: Collection[int]) -> None:
        missing = [number for number in numbers if number not in self._buckets]
        for number in numbers:
            if number not in self._buckets:
                # A minute of a show is like the one before it, so the table is made in the size that one needed.
                before = self._buckets.get(number - 1)
                slots = slots_for(before.count) if before else SLOTS_LEAST
                self._buckets[number] = _Bucket(seed=self._seed, slots=slots)
                self._weight += self._buckets[number].weight
            self._buckets.move_to_end(number)
        try:
            for ids in self._recall(missing) if missing else ():
                bucket, rest = bucket_of(ids.id_high), _rest_of(ids)
                for number in set(distinct(bucket).tolist()).intersection(missing):
                    rows = (bucket == number).nonzero()[0]
                    self._add(number, ids.id_low[rows], rest[rows])
        except BaseException:
            # Half a bucket would call a repeat new.
            for number in missing:
                self._remove(number)
            raise


def _rest_of(ids: Ids) -> U64:
    """What with the bucket and the low word makes up the identity: 32 bits of the id and 32 of its source."""
    return ids.id_high << _HALF | ids.source


class _Bucket:
    """A set of (low, rest). Beside `rest` it keeps one word: low, shifted by a number made of rest.

    From the two, low follows, so comparing them is comparing everything; and nearly every look-up reads the word alone.
    """

    def __init__(self, *, seed: int, slots: int) -> None:
        self._secret = np.uint64(spread(seed))
        self._table = WordTable(seed=seed, slots=slots)
        self._rest = np.zeros(self._table.slots, np.uint64)
        self._clashes: set[tuple[int, int]] = set()  # those whose word is 0 or another's

    @property
    def count(self) -> int:
        return self._table.count

    @property
    def weight(self) -> int:
        return self._table.slots + _BUCKET_WEIGHT

    def add(self, low: U64, rest: U64) -> Mask:
        """True at the first row of each member that was not here."""
        word = low ^ ((rest ^ self._secret) * np.uint64(0xBF58476D1CE4E5B9))
        if not word.all():
            return self._add_apart(word, low, rest)
        self._make_room(word.shape[0])
        order, meets = self._table.in_order(word)
        new = np.empty(word.shape[0], np.bool_)
        new[order] = self._add_in_order(word[order], low[order], rest[order], meets)
        return new

    def _add_in_order(self, word: U64, low: U64, rest: U64, meets: Mask) -> Mask:
        slot, new = self._table.place(word)
        repeats = _rows_that_repeat(slot, new & meets)
        new[repeats] = False
        self._table.count -= repeats.shape[0]
        rows = new.nonzero()[0]
        self._rest[slot[rows]] = rest[rows]
        old = (~new).nonzero()[0]
        self._add_clashing(old[self._rest[slot[old]] != rest[old]], low, rest, new)
        return new

    def _add_apart(self, word: U64, low: U64, rest: U64) -> Mask:
        """Word 0 would look like an empty slot: whoever has it (one id in 2**64) is kept with the clashes."""
        placeable = word != 0
        new: Mask = placeable.copy()
        new[placeable] = self.add(low[placeable], rest[placeable])
        self._add_clashing((~placeable).nonzero()[0], low, rest, new)
        return new

    def _add_clashing(self, rows: Rows, low: U64, rest: U64, new: Mask) -> None:
        for row in rows.tolist():
            member = (int(low[row]), int(rest[row]))
            new[row] = member not in self._clashes
            self._clashes.add(member)

    def _make_room(self, more: int) -> None:
        if moved := self._table.reserve(more):
            before, now = moved
            larger = np.zeros(self._table.slots, np.uint64)
            larger[now] = self._rest[before]
            self._rest = larger


def _rows_that_repeat(slot: Rows, new: Mask) -> Rows:
    """Of the new rows, those whose slot an earlier one has. Slot and row are sorted together, in one word."""
    rows = new.nonzero()[0]
    ordered = np.sort(slot[rows] << ROW_BITS | rows)
    again = (ordered[1:] >> ROW_BITS) == (ordered[:-1] >> ROW_BITS)
    repeats: Rows = ordered[1:][again] & ((1 << ROW_BITS) - 1)
    return repeats
