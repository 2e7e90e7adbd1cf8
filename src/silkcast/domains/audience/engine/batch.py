"""A batch of signals as columns: the one form in which they are checked, logged, counted and counted again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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

NOBODY = 0  # `viewers[0]` and `skus[0]` are empty: no viewer known, no product meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One row a signal. Strings stand once in a dictionary, and the column holds their place in it.

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
    sources: Sequence[str]
    shows: Sequence[str]
    viewers: Sequence[str]
    skus: Sequence[str]
    order: U32
    units: I64
    amount_minor: I64
    orders: Sequence[str]
    texts: Sequence[bytes]

    def __len__(self) -> int:
        return int(self.kind.shape[0])

    def take(self, rows: Rows) -> Batch:
        """These rows, in this order, under the same dictionaries."""
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
            sources=self.sources,
            shows=self.shows,
            viewers=self.viewers,
            skus=self.skus,
            order=self.order[facts],
            units=self.units[facts],
            amount_minor=self.amount_minor[facts],
            orders=self.orders,
            texts=[self.texts[place] for place in texts],
        )

    @property
    def is_fact(self) -> Mask:
        return self.kind >= Kind.BUY

    def shows_used(self) -> list[int]:
        """Places of the shows that have a row here; a dictionary may hold more."""
        return [int(place) for place in np.flatnonzero(np.bincount(self.show, minlength=len(self.shows)))]

    def of_show(self, place: int) -> Batch:
        rows = np.flatnonzero(self.show == place)
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
