"""Which products the viewers of a show looked at: clicks, carts, and each visitor of a product once."""

from __future__ import annotations

from collections import Counter

import numpy as np

from silkcast.domains.audience.engine.batch import NOBODY, U32, Batch, distinct
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
    rows = np.bincount(numbers)
    found = rows.nonzero()[0]
    return dict(zip(found.tolist(), rows[found].tolist(), strict=True))
