"""A batch of signals as columns: the one form in which they are checked, logged, counted and counted again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from silkcast.domains.audience.engine.kinds import Kind

U8: TypeAlias = NDArray[np.uint8]
U32: TypeAlias = NDArray[np.uint32]
U64: TypeAlias = NDArray[np.uint64]
I64: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = NDArray[np.intp]
Mask: TypeAlias = NDArray[np.bool_]

_SPAN_A_ROW_MAX = 4
_UNKNOWN = 2**32 - 1
NOBODY = 0  # the number of the empty word: no viewer known, no product meant


class Words:
    """Numbers words from 1, in the order in which they came; 0 is the empty one.

    A column of numbers is what the engine counts with. Numbers mean something only together with their `Words`.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._numbers = {"": NOBODY}
        self._words = [""]
        self.numbers(list(words))

    def __len__(self) -> int:
        return len(self._words)

    def __getitem__(self, number: int) -> str:
        return self._words[number]

    def of(self, numbers: Iterable[int]) -> list[str]:
        return list(map(self._words.__getitem__, numbers))

    def numbers(self, words: Sequence[str]) -> U32:
        """The number of each word; a word not met before gets the next one."""
        # Nearly all words are known, and asking for all of them at once needs no step of Python for each.
        found = np.fromiter(map(self._numbers.get, words, repeat(_UNKNOWN)), np.uint32, len(words))
        for place in (found == _UNKNOWN).nonzero()[0].tolist():
            found[place] = self._number_of_new(words[place])
        return found

    def _number_of_new(self, word: str) -> int:
        number = self._numbers.setdefault(word, len(self._words))
        if number == len(self._words):  # and not new a moment ago, at an earlier place
            self._words.append(word)
        return number


@dataclass(frozen=True, slots=True)
class Names:
    """The words of all columns. Batches that are counted together share one."""

    sources: Words = field(default_factory=Words)
    shows: Words = field(default_factory=Words)
    viewers: Words = field(default_factory=Words)
    skus: Words = field(default_factory=Words)
    orders: Words = field(default_factory=Words)

    def __len__(self) -> int:
        return sum(map(len, (self.sources, self.shows, self.viewers, self.skus, self.orders)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """What makes the rows of a batch the same or different: all that is read back to find repeats."""

    id_high: U64
    id_low: U64
    source: U32


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One row a signal, as columns. Words stand in the columns by their numbers.

    `order`, `units` and `amount_minor` have one entry for each fact (buy, refund), and `texts` one for each comment,
    both in the order of their rows.
    """

    id_high: U64
    id_low: U64
    at_ms: I64
    received_ms: I64
    kind: U8
    source: U32
    show: U32
    viewer: U32
    sku: U32
    order: U32
    units: I64
    amount_minor: I64
    texts: Sequence[bytes]
    names: Names

    def __len__(self) -> int:
        return int(self.kind.shape[0])

    def take(self, rows: Rows) -> Batch:
        """These rows, in this order, under the same words."""
        facts = self._places_among(self.is_fact, rows)
        texts = self._places_among(self.kind == Kind.COMMENT, rows)
        return Batch(
            id_high=self.id_high[rows],
            id_low=self.id_low[rows],
            at_ms=self.at_ms[rows],
            received_ms=self.received_ms[rows],
            kind=self.kind[rows],
            source=self.source[rows],
            show=self.show[rows],
            viewer=self.viewer[rows],
            sku=self.sku[rows],
            order=self.order[facts],
            units=self.units[facts],
            amount_minor=self.amount_minor[facts],
            texts=[self.texts[place] for place in texts.tolist()],
            names=self.names,
        )

    @property
    def ids(self) -> Ids:
        return Ids(id_high=self.id_high, id_low=self.id_low, source=self.source)

    @property
    def is_fact(self) -> Mask:
        return self.kind >= Kind.BUY

    def show_names(self) -> list[str]:
        """Each show that has a row here, once."""
        return self.names.shows.of(ranked(self.show)[0].tolist())

    def by_show(self) -> list[tuple[str, Batch]]:
        names = self.show_names()
        if len(names) < 2:
            return [(name, self) for name in names]
        numbers = self.names.shows.numbers(names)
        return [(name, self.where(self.show == number)) for name, number in zip(names, numbers, strict=True)]

    def where(self, chosen: Mask) -> Batch:
        rows = chosen.nonzero()[0]
        return self if rows.shape[0] == len(self) else self.take(rows)

    @staticmethod
    def _places_among(chosen: Mask, rows: Rows) -> Rows:
        if not chosen.any():
            return np.empty(0, np.intp)
        wanted = rows[chosen[rows]]
        places: Rows = np.cumsum(chosen)[wanted] - 1
        return places


def distinct(keys: U64) -> U64:
    """Sorted, each once. Sorting integers is vectorised and far quicker than the hashing of `np.unique`."""
    if keys.shape[0] < 2:
        return keys
    ordered = np.sort(keys)
    keep = np.empty(ordered.shape[0], np.bool_)
    keep[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return ordered[keep]


def ranked(numbers: U32) -> tuple[U32, Rows]:
    """The numbers that occur, ascending, and each row's place among them."""
    rows = numbers.shape[0]
    if not rows:
        return numbers, np.empty(0, np.intp)
    least = numbers.min()
    span = int(numbers.max()) - int(least) + 1
    if span > _SPAN_A_ROW_MAX * rows:  # a table of them all would cost more than sorting these few
        return np.unique(numbers, return_inverse=True)
    offset = numbers - least
    place = np.zeros(span, np.intp)
    place[offset] = 1
    found = place.nonzero()[0]
    place[found] = np.arange(found.shape[0])
    return found.astype(np.uint32) + least, place[offset]
