"""The log of one base: segments in a folder, appended by one owner, read back by whoever needs it."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from silkcast.domains.audience.engine.batch import Batch, Ids, Names
from silkcast.domains.audience.signal_log.columns import decode, decode_ids, encode
from silkcast.domains.audience.signal_log.errors import LogDamaged, LogUnwritable, SyncFailed
from silkcast.domains.audience.signal_log.frames import frame
from silkcast.domains.audience.signal_log.segment import (
    SUFFIX,
    Contents,
    path_of,
    read_batches,
    read_note,
    survey,
    write_note,
)

logger = logging.getLogger(__name__)
SEGMENT_BYTES_MAX = 64 * 1024 * 1024


class SignalLog:
    """Opening cuts a torn tail; raises LogDamaged where bytes that were once synced are missing or changed."""

    def __init__(self, folder: Path, *, segment_bytes_max: int = SEGMENT_BYTES_MAX) -> None:
        self._folder = folder
        self._segment_bytes_max = segment_bytes_max
        self._file: int | None = None
        _make_folder(folder)
        self._segments = self._survey()
        if self._segments:
            self._open_last()

    @property
    def end(self) -> int:
        """The sequence number that the next batch gets."""
        return self._segments[-1].next if self._segments else 1

    @property
    def rows(self) -> int:
        return sum(contents.rows for contents in self._segments)

    def append(self, batch: Batch) -> None:
        """Returns once the batch is on the disk. Raises LogUnwritable, and then it is not, nor ever will be; or
        SyncFailed, and then nobody can know: the process has to end."""
        contents = self._writable_segment()
        assert self._file is not None
        raw = frame(contents.next, encode(batch))
        try:
            _write(self._file, raw, at=contents.bytes)
        except OSError as error:
            self._cut(contents.bytes)
            raise LogUnwritable(reason=errno.errorcode.get(error.errno or 0, str(error))) from error
        _sync(self._file)
        contents.add(batch, end=contents.bytes + len(raw))

    def read(
        self, names: Names, *, shows: Collection[str] | None = None, since: int = 1, until: int | None = None
    ) -> Iterator[Batch]:
        """The rows of these shows (all, where none is named) from sequence `since` to before `until`, as they came."""
        until = self.end if until is None else until
        wanted = None if shows is None else names.shows.numbers(list(shows))
        for contents in list(self._segments):
            if contents.next <= since or (shows is not None and contents.shows.isdisjoint(shows)):
                continue
            path = path_of(self._folder, contents.first)
            for batch in read_batches(path, contents, names, decode, since=since, until=until):
                found = batch if wanted is None else batch.where(np.isin(batch.show, wanted))
                if len(found):
                    yield found

    def read_ids(self, names: Names, *, buckets: Collection[int]) -> Iterator[Ids]:
        """Every id of these buckets, and some others."""
        for contents in list(self._segments):
            if not contents.buckets.isdisjoint(buckets):
                path = path_of(self._folder, contents.first)
                yield from read_batches(path, contents, names, decode_ids, until=self.end)

    def grow(self) -> None:
        """Nobody else appends here."""

    def shows_heard_since(self, received_ms: int) -> set[str]:
        """Shows in the segments that were still growing then; some may have fallen silent a little before."""
        recent = (contents.shows for contents in self._segments if contents.received_ms >= received_ms)
        return set().union(*recent)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _survey(self) -> list[Contents]:
        paths = sorted(self._folder.glob(f"*{SUFFIX}"))
        segments: list[Contents] = []
        for path in paths:
            first = int(path.stem)
            if segments and segments[-1].next != first:
                raise LogDamaged(file=str(path), offset=0, reason="missing segment", expected=segments[-1].next)
            if path is paths[-1]:
                segments.append(survey(path, first, may_be_torn=True))
                continue
            contents = read_note(path)
            if contents is None:
                contents = survey(path, first, may_be_torn=False)
                write_note(path, contents)
            segments.append(contents)
        return segments

    def _open_last(self) -> None:
        contents = self._segments[-1]
        path = path_of(self._folder, contents.first)
        self._file = os.open(path, os.O_WRONLY)
        torn = path.stat().st_size - contents.bytes
        if torn:
            logger.warning(
                "signals.torn_tail_cut", extra={"facts": {"file": str(path), "offset": contents.bytes, "bytes": torn}}
            )
            self._cut(contents.bytes)
        # What a killed process wrote may still be on its way to the disk, and a retry of it is about to be answered.
        _sync(self._file)

    def _writable_segment(self) -> Contents:
        if self._file is not None and self._segments[-1].bytes < self._segment_bytes_max:
            return self._segments[-1]
        contents = Contents(first=self.end, next=self.end)
        path = path_of(self._folder, contents.first)
        try:
            if self._segments:
                write_note(path_of(self._folder, self._segments[-1].first), self._segments[-1])
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise LogUnwritable(reason=errno.errorcode.get(error.errno or 0, str(error))) from error
        self.close()
        self._file = file
        _sync_folder(self._folder)
        self._segments.append(contents)
        return contents

    def _cut(self, size: int) -> None:
        assert self._file is not None
        try:
            os.ftruncate(self._file, size)
        except OSError as error:
            raise SyncFailed(reason=str(error)) from error


def _write(file: int, raw: bytes, *, at: int) -> None:
    rest = memoryview(raw)
    while rest:
        written = os.pwrite(file, rest, at)
        rest, at = rest[written:], at + written


def _sync(file: int) -> None:
    try:
        os.fdatasync(file)
    except OSError as error:
        raise SyncFailed(reason=str(error)) from error


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """A file's name is durable only once its folder is."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    except OSError as error:
        raise SyncFailed(reason=str(error)) from error
    finally:
        os.close(file)
