"""Counts some shards of one base out of its log, and keeps sealed windows together with the place it got to.

Windows and place go to disk as one record, so a counter that dies goes on at its place: what it counted after that is
counted again, into the same windows. It takes no part in writing the log, so any number of them may read one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from silkcast.domains.audience.engine.batch import Batch, Names
from silkcast.domains.audience.engine.board import Board
from silkcast.domains.audience.engine.metrics import Minute
from silkcast.domains.audience.engine.sealing import sealed
from silkcast.domains.audience.engine.shards import Sharding
from silkcast.domains.audience.signal_log.errors import LogReplaced
from silkcast.domains.audience.signal_log.journal import Journal
from silkcast.domains.audience.signal_log.logs import Log


class _Kept(msgspec.Struct, array_like=True):
    """All before `next` is counted, and these windows have changed by it. Shows that are `open` have others that were
    not sealed yet. `shards` never change."""

    next: int
    shards: list[int]
    open: list[str]
    windows: list[tuple[str, Minute]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


class ShardCounter:
    """`kept` is the file of its own records. Raises LogReplaced where the log is shorter than what was counted."""

    def __init__(self, log: Log, base_id: str, *, shards: Collection[int], kept: Path, seed: int) -> None:
        self._log = log
        self._base_id = base_id
        self._shards = frozenset(shards)
        self._windows: dict[str, dict[int, Minute]] = {}
        self._open: set[str] = set()  # shows with a window that is not sealed, or not on disk as it is now
        self._board = Board(seed=seed, read_buckets=lambda buckets, names: (), read_shows=self._read_shows)
        self._sharding: Sharding | None = None
        self._journal = Journal(kept)
        self._next = 1
        for raw in self._journal.records:
            record = _decode(raw)
            if record.shards != sorted(self._shards):
                raise LogReplaced(file=str(kept), offset=0, reason="other shards were counted here")
            self._next, self._open = record.next, set(record.open)
            for show_id, minute in record.windows:
                self._windows.setdefault(show_id, {})[minute.minute_ms] = minute
        if log.end < self._next:
            raise LogReplaced(file=str(kept), offset=0, reason="the log is shorter than what was counted")
        self._kept_next = self._next

    @property
    def next(self) -> int:
        """The number of the first batch not counted yet."""
        return self._next

    def catch_up(self, *, batches_max: int) -> bool:
        """Count what was appended since, or as much as is allowed; True where that is all."""
        self._log.grow()
        until = min(self._log.end, self._next + batches_max)
        for batch in self._log.read(self._board.names, since=self._next, until=until):
            self._count(self._mine(batch))
            self._next += 1
        return until == self._log.end

    def keep(self, *, watermark_ms: int) -> None:
        """Windows sealed by now, and those corrected since, go to disk with the place. Raises OSError: nothing did."""
        changed: list[tuple[str, Minute]] = []
        still_open: set[str] = set()
        for show_id in sorted(self._open):
            known = self._windows.get(show_id, {})
            minutes = self._board.tally(show_id).show(self._board.names, watermark_ms).minutes
            finished = sealed(minutes, watermark_ms)
            changed += [(show_id, minute) for minute in finished if known.get(minute.minute_ms) != minute]
            if len(finished) < len(minutes):
                still_open.add(show_id)
        if not changed and self._next == self._kept_next:
            return
        record = _Kept(next=self._next, shards=sorted(self._shards), open=sorted(still_open), windows=changed)
        self._journal.append(_encode(record))
        self._kept_next, self._open = self._next, still_open
        for show_id, minute in changed:
            self._windows.setdefault(show_id, {})[minute.minute_ms] = minute
        self._board.let_go(watermark_ms)

    def shows(self) -> list[str]:
        """Those with a window on disk."""
        return sorted(self._windows)

    def windows(self, show_id: str) -> list[Minute]:
        """As they are on disk."""
        return sorted(self._windows.get(show_id, {}).values(), key=lambda minute: minute.minute_ms)

    def close(self) -> None:
        self._journal.close()
        self._log.close()

    def _count(self, batch: Batch) -> None:
        shows = batch.show_names()
        # Before the place moves on: a show that was let go is read back up to here, and this batch comes on top.
        self._board.open(shows)
        self._board.count(batch)
        self._open.update(shows)

    def _mine(self, batch: Batch) -> Batch:
        if self._sharding is None or self._sharding.names is not batch.names:
            self._sharding = Sharding(self._base_id, batch.names)
        return self._sharding.within(batch, self._shards)

    def _read_shows(self, shows: Collection[str], names: Names) -> Iterator[Batch]:
        return (self._mine(batch) for batch in self._log.read(names, shows=shows, until=self._next))
