"""Which products the viewers of a show looked at: clicks, carts, and each visitor of a product once."""

from __future__ import annotations

from collections import Counter

import numpy as np

from silkcast.domains.audience.engine.batch import NOBODY, U32, Batch, Mask, distinct, ranked
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.domains.audience.engine.table import WordTable

_VIEWER = np.uint64(32)


class Visits:
    """Counts by the number of the SKU."""

    def __init__(self, *, seed: int) -> None:
        self.clicks: Counter[int] = Counter()
        self.carts: Counter[int] = Counter()
        self.visitors: Counter[int] = Counter()
        self._pairs = WordTable(seed=seed)

    def beyond(self, batch: Batch, most: int) -> Mask:
        """Rows of products that are new here, where with them there were more than so many."""
        names_one = (batch.sku != NOBODY) & ((batch.kind == Kind.CLICK) | (batch.kind == Kind.CART))
        found = set(distinct(batch.sku[names_one].astype(np.uint64)).tolist())
        known = self.clicks.keys() | self.carts.keys() if found else found
        if len(found - known) + len(known) <= most:
            return np.zeros(len(batch), np.bool_)
        new: Mask = names_one & np.isin(batch.sku, list(found - known))
        return new

    def add(self, batch: Batch) -> None:
        named = batch.sku != NOBODY
        clicks = (named & (batch.kind == Kind.CLICK)).nonzero()[0]
        carts = (named & (batch.kind == Kind.CART)).nonzero()[0]
        pair = distinct(batch.sku[clicks].astype(np.uint64) << _VIEWER | batch.viewer[clicks])
        self._pairs.reserve(pair.shape[0])
        new = pair[self._pairs.place(pair)[1]]
        self.clicks.update(_rows_by_number(batch.sku[clicks]))
        self.carts.update(_rows_by_number(batch.sku[carts]))
        self.visitors.update(_rows_by_number((new >> _VIEWER).astype(np.uint32)))


def _rows_by_number(numbers: U32) -> dict[int, int]:
    found, place = ranked(numbers)
    return dict(zip(found.tolist(), np.bincount(place).tolist(), strict=True))
