"""All of one base that is being counted: which ids were seen, and the tallies of its shows.

A board is a cache of the base's log. What it lacks it reads back, and what it holds may be let go at any time: so a
start after a crash, a show of last week and a board grown too large are one and the same case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import numpy as np

from silkcast.domains.audience.engine.airtime import Airtimes
from silkcast.domains.audience.engine.batch import U8, Batch, Ids, Mask, Names
from silkcast.domains.audience.engine.errors import UnknownShow
from silkcast.domains.audience.engine.identity import Identities
from silkcast.domains.audience.engine.remarks import Remarks
from silkcast.domains.audience.engine.tally import Tally

NAMES_MAX = 1_000_000  # in memory; past it all is counted anew, without the names that nobody uses any more
SHOWS_MAX = 512  # in memory; past it the longest unheard are let go

ReadBuckets = Callable[[Collection[int], Names], Iterable[Ids]]
ReadShows = Callable[[Collection[str], Names], Iterable[Batch]]


class Board:
    """`read_shows` brings from the log every row of these shows; `read_buckets` every id of these buckets."""

    def __init__(self, *, seed: int, read_buckets: ReadBuckets, read_shows: ReadShows) -> None:
        self._seed = seed
        self._read_buckets = read_buckets
        self._read_shows = read_shows
        self.airtimes = Airtimes()
        self._clear()

    def _clear(self) -> None:
        self._names_needed: int | None = None  # by what was opened at once
        self.names = Names()
        self._identities = Identities(seed=self._seed, recall=lambda buckets: self._read_buckets(buckets, self.names))
        self._tallies: dict[str, Tally] = {}
        self._remarks: dict[str, Remarks] = {}

    def open(self, shows: Collection[str]) -> None:
        """Have the tallies of these shows at hand; those the log knows nothing of start from nothing."""
        missing = [show for show in shows if show not in self._tallies]
        if not missing:
            return
        tallies = {show: Tally(seed=self._seed) for show in missing}
        remarks = {show: Remarks() for show in missing}
        for batch in self._read_shows(missing, self.names):
            for show, part in batch.by_show():
                if show in tallies:
                    tallies[show].add(part)
                    remarks[show].add(part)
        self._tallies.update(tallies)
        self._remarks.update(remarks)

    def judge(self, batch: Batch, fault: U8) -> None:
        """Write down which rows do not belong to their shows, or would make them too large; opens the others' shows."""
        self.airtimes.judge(batch, fault)
        fit = batch.where(fault == 0)
        self.open(fit.show_names())
        found = np.zeros(len(fit), np.uint8)
        for name, part in fit.by_show():
            found[fit.show == batch.names.shows.numbers([name])[0]] = self._tallies[name].judge(part)
        fault[fault == 0] = found

    def take_new(self, batch: Batch) -> Mask:
        """Which rows are new; they are known from now on, so that one of `count` and `drop` must follow."""
        return self._identities.take_new(batch)

    def drop(self, batch: Batch) -> None:
        """The batch could not be logged: its ids are not known after all."""
        self._identities.drop(batch)

    def count(self, batch: Batch) -> None:
        """Count rows that are new and in the log. Their shows were opened before they got there."""
        for show, part in batch.by_show():
            self._tallies[show].add(part)
            self._remarks[show].add(part)

    def tally(self, show: str) -> Tally:
        """Raises UnknownShow where neither memory nor log has a signal of it."""
        self.open([show])
        tally = self._tallies[show]
        if not tally.received_ms:
            del self._tallies[show], self._remarks[show]
            raise UnknownShow(show_id=show)
        return tally

    def remarks(self, show: str) -> Remarks:
        self.tally(show)
        return self._remarks[show]

    def heard_since(self, received_ms: int) -> list[str]:
        return [show for show, tally in self._tallies.items() if tally.received_ms >= received_ms]

    def let_go(self, now_ms: int) -> None:
        """Between batches: keep memory within its bounds."""
        if self._names_needed is None:
            self._names_needed = len(self.names)
        if len(self.names) > max(NAMES_MAX, 2 * self._names_needed):
            # Numbers are woven into everything counted, so names can only go together with all of it.
            self._clear()
        self._identities.let_go(now_ms)
        excess = len(self._tallies) - SHOWS_MAX
        for show in sorted(self._tallies, key=lambda show: self._tallies[show].received_ms)[: max(excess, 0)]:
            del self._tallies[show], self._remarks[show]
