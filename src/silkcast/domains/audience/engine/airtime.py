"""Which stamps and ids can belong to a show, so that nobody outside decides how many minutes and buckets there are.

A show has its own time once the studio has told when it went live, and when it ended. Pages send soon after something
happened, and make their ids about then; a program with a key may bring what is older, where no show's time forbids it.
Facts are our own, and belong to the moment of their order whenever they come.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from silkcast.domains.audience.engine.batch import I64, U8, Batch, Mask, ranked
from silkcast.domains.audience.engine.faults import BAD_ID_TIME, OUTSIDE_SHOW
from silkcast.domains.audience.engine.kinds import SHOP_SOURCE

BEFORE_MS = 60_000  # so much before going live a stamp may be
AFTER_MS = 5 * 60_000  # and so much after the end: viewers see it later, and say goodbye
LATE_MS_MAX = 24 * 60 * 60 * 1000  # from what happened on a page to its receipt
CLOCK_MS_MAX = 24 * 60 * 60 * 1000  # how far off the clock may be that ids are made by: any time zone's difference
_ID_TIME = np.uint64(16)
_ALWAYS = (0, 1 << 62)


class Airtimes:
    """Of one base, by the name of the show; one that was never told may be on air at any time."""

    def __init__(self) -> None:
        self._spans: dict[str, tuple[int, int]] = {}

    def note(self, show: str, started_ms: int, ended_ms: int | None) -> None:
        self._spans[show] = (started_ms - BEFORE_MS, _ALWAYS[1] if ended_ms is None else ended_ms + AFTER_MS)

    def judge(self, batch: Batch, fault: U8) -> None:
        """Write down what is wrong with each row that has no fault yet."""
        numbers, place = ranked(batch.show)
        spans = [self._spans.get(show, _ALWAYS) for show in batch.names.shows.of(numbers.tolist())]
        first, last = np.array(spans, np.int64).reshape(-1, 2)[place].T
        earliest = np.where(_is_page(batch), np.maximum(first, _earliest(batch)), first)
        made_ms = (batch.id_high >> _ID_TIME).view(np.int64)
        is_judged = (fault == 0) & ~batch.is_fact
        fault[is_judged & ((made_ms < earliest - CLOCK_MS_MAX) | (made_ms > batch.received_ms + CLOCK_MS_MAX))] = (
            BAD_ID_TIME
        )
        fault[is_judged & ((batch.at_ms < earliest) | (batch.at_ms > last))] = OUTSIDE_SHOW


def as_counted(batch: Batch) -> Batch:
    """A batch of the log as it is counted. What a page told of longer ago was taken once, with any stamp at all: it
    counts at the earliest moment that would be taken now, which follows from the row alone."""
    earliest = _earliest(batch)
    is_older = batch.at_ms < earliest
    if not is_older.any() or not (is_older := is_older & _is_page(batch) & ~batch.is_fact).any():
        return batch
    return replace(batch, at_ms=np.where(is_older, earliest, batch.at_ms))


def _earliest(batch: Batch) -> I64:
    return batch.received_ms - LATE_MS_MAX


def _is_page(batch: Batch) -> Mask:
    is_page: Mask = batch.source == batch.names.sources.numbers([SHOP_SOURCE])[0]
    return is_page
