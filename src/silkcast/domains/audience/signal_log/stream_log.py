"""The log of one base in a JetStream stream: one message a batch, the same frame that a segment would hold.

The server gives every message a place in the stream; the frame within has a number of its own, without gaps in the
base, so that nothing can be missing unseen. Each append says which message it follows, so of two writers one is
refused. What lies in which stretch of the stream is noted beside, with how far the log went: where the server
knows less than the note, its log is not ours any more, and nothing is counted from it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
import numpy as np

from silkcast.domains.audience.engine.batch import Batch, Ids, Names
from silkcast.domains.audience.signal_log.columns import decode, decode_ids, encode
from silkcast.domains.audience.signal_log.errors import LogReplaced, LogSilent
from silkcast.domains.audience.signal_log.frames import Frame, frame, read_frame
from silkcast.domains.audience.signal_log.jetstream import Message, Outrun, Stream
from silkcast.domains.audience.signal_log.journal import Journal
from silkcast.domains.audience.signal_log.segment import SUFFIX, Contents, Decode, Read, decoded

logger = logging.getLogger(__name__)
MESSAGES_A_CHAPTER = 512
NOTES = "stream.journal"


class Chapter(Contents, kw_only=True):
    """A stretch of the base's messages. `place` is where the first of them lies in the stream, `last` the last."""

    place: int
    last: int


class _Note(msgspec.Struct, kw_only=True):
    """The stream of that creation had the base's messages before `next`; perhaps with a chapter that ended then."""

    created: str
    next: int
    chapter: Chapter | None = None


class StreamLog:
    """Raises LogReplaced where the stream is not the one noted; LogSilent, as all else here, without an answer."""

    def __init__(self, stream: Stream, base_id: str, notes: Path) -> None:
        self._stream = stream
        self._subject = stream.subject(base_id)
        self._file = f"{stream.name}/{base_id}"
        self._created = stream.created()
        self._notes = Journal(notes)
        try:
            self._chapters = self._known()
            self._survey()
        except BaseException:
            self._notes.close()
            raise

    @property
    def end(self) -> int:
        return self._chapters[-1].next if self._chapters else 1

    @property
    def rows(self) -> int:
        return sum(chapter.rows for chapter in self._chapters)

    def append(self, batch: Batch) -> None:
        """Returns once the server has the batch on its disk. Raises LogSilent where it may or may not be there: then
        this object knows the log no more, and another has to be made."""
        raw = frame(self.end, encode(batch))
        if len(raw) > self._stream.message_bytes_max and len(batch) > 1:
            half = np.arange(len(batch)) < len(batch) // 2
            self.append(batch.where(half))
            self.append(batch.where(~half))
            return
        id = f"{self._subject}:{self.end}:{hashlib.blake2b(raw, digest_size=12).hexdigest()}"
        after = self._chapters[-1].last if self._chapters else 0
        try:
            place = self._stream.append(self._subject, raw, id=id, after=after)
        except Outrun:
            raise LogSilent(reason="another writer") from None
        self._add(batch, place, len(raw))

    def read(
        self, names: Names, *, shows: Collection[str] | None = None, since: int = 1, until: int | None = None
    ) -> Iterator[Batch]:
        wanted = None if shows is None else names.shows.numbers(list(shows))
        chosen = [chapter for chapter in self._chapters if shows is None or not chapter.shows.isdisjoint(shows)]
        for batch in self._read(chosen, names, decode, since, self.end if until is None else until):
            found = batch if wanted is None else batch.where(np.isin(batch.show, wanted))
            if len(found):
                yield found

    def read_ids(self, names: Names, *, buckets: Collection[int]) -> Iterator[Ids]:
        chosen = [chapter for chapter in self._chapters if not chapter.buckets.isdisjoint(buckets)]
        yield from self._read(chosen, names, decode_ids, 1, self.end)

    def shows_heard_since(self, received_ms: int) -> set[str]:
        recent = (chapter.shows for chapter in self._chapters if chapter.received_ms >= received_ms)
        return set().union(*recent)

    def grow(self) -> None:
        """Learn what another process has appended since."""
        self._survey()

    def close(self) -> None:
        if self.end > 1:
            self._note(None)
        self._notes.close()

    def _known(self) -> list[Chapter]:
        notes = [msgspec.msgpack.decode(raw, type=_Note) for raw in self._notes.records]
        if any(note.created != self._created for note in notes):
            raise LogReplaced(file=self._file, offset=0, reason="the stream was made anew")
        chapters = [note.chapter for note in notes if note.chapter is not None]
        self._least_end = max((note.next for note in notes), default=1)
        for chapter in chapters[:1]:
            first = self._stream.at(chapter.place)
            if first is None or self._frame(first).sequence != chapter.first:
                raise LogReplaced(file=self._file, offset=chapter.place, reason="messages were purged")
        return chapters

    def _survey(self) -> None:
        """Read what lies behind the chapters known, up to the subject's last message."""
        last = self._stream.last(self._subject)
        end = self._frame(last).sequence + 1 if last else 1
        if end < max(self._least_end, self.end):
            raise LogReplaced(file=self._file, offset=last.place if last else 0, reason="messages were purged")
        if end == self.end:
            return
        place = self._chapters[-1].last + 1 if self._chapters else 1
        names = Names()
        for message, found in self._messages(place, self.end, end):
            self._add(self._decoded(found, message, names, decode), message.place, len(message.raw))

    def _add(self, batch: Batch, place: int, size: int) -> None:
        if not self._chapters or self._chapters[-1].next - self._chapters[-1].first >= MESSAGES_A_CHAPTER:
            if self._chapters:
                self._note(self._chapters[-1])
            self._chapters.append(Chapter(first=self.end, next=self.end, place=place, last=place))
        chapter = self._chapters[-1]
        chapter.add(batch, end=chapter.bytes + size)
        chapter.last = place

    def _note(self, chapter: Chapter | None) -> None:
        note = _Note(created=self._created, next=self.end, chapter=chapter)
        try:
            self._notes.append(msgspec.msgpack.encode(note))
        except OSError as error:  # the log itself is on the server; what is not noted is surveyed again
            logger.warning("signals.note_unwritable", extra={"facts": {"reason": str(error)}})

    def _read(
        self, chapters: list[Chapter], names: Names, decode: Decode[Read], since: int, until: int
    ) -> Iterator[Read]:
        for run in _runs([chapter for chapter in chapters if chapter.next > since and chapter.first < until]):
            for message, found in self._messages(run[0].place, run[0].first, min(run[-1].next, until)):
                if found.sequence >= since:
                    yield self._decoded(found, message, names, decode)

    def _messages(self, place: int, first: int, until: int) -> Iterator[tuple[Message, Frame]]:
        """Those numbered from `first` to before `until`, of which the first lies at `place` or later."""
        sequence = first
        messages = self._stream.read(self._subject, since=place)
        try:
            while sequence < until:
                message = next(messages)
                found = self._frame(message)
                if found.sequence != sequence:
                    raise LogReplaced(file=self._file, offset=message.place, reason="messages were purged")
                yield message, found
                sequence += 1
        finally:
            messages.close()

    def _frame(self, message: Message) -> Frame:
        found = read_frame(message.raw)
        if not isinstance(found, Frame):
            raise LogReplaced(file=self._file, offset=message.place, reason=found.reason)
        return found

    def _decoded(self, found: Frame, message: Message, names: Names, decode: Decode[Read]) -> Read:
        return decoded(self._file, message.place, found.payload, names, decode)


class StreamLogs:
    """All bases' logs in one stream; notes on each lie in its folder here."""

    def __init__(self, url: str, folder: Path) -> None:
        self._stream = Stream(url)
        self._folder = folder

    def base_ids(self) -> list[str]:
        return self._stream.base_ids()

    def has(self, base_id: str) -> bool:
        return self._stream.last(self._stream.subject(base_id)) is not None

    def open(self, base_id: str) -> StreamLog:
        if segments := sorted((self._folder / base_id).glob(f"*{SUFFIX}")):
            # Counted from the stream alone, what lies here would be missing from every number.
            raise LogReplaced(file=str(segments[0]), offset=0, reason="the base has segments here")
        return StreamLog(self._stream, base_id, self._folder / base_id / NOTES)

    def close(self) -> None:
        self._stream.close()


def _runs(chapters: list[Chapter]) -> list[list[Chapter]]:
    """Chapters that follow each other are read in one go."""
    runs: list[list[Chapter]] = []
    for chapter in chapters:
        if runs and runs[-1][-1].next == chapter.first:
            runs[-1].append(chapter)
        else:
            runs.append([chapter])
    return runs
