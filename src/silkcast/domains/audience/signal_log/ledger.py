"""All bases of an installation: each its log on disk and its board in memory, and the order of steps between the two.

    gather -> open the shows -> find what is new -> seal texts -> append and sync -> count -> answer

One thread owns the ledger. A step that fails leaves log and board as they were, so the sender may simply try again.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import msgspec

from silkcast.domains.audience.engine.admission import Refusal, Request
from silkcast.domains.audience.engine.batch import Batch
from silkcast.domains.audience.engine.board import Board
from silkcast.domains.audience.engine.curve import Sample
from silkcast.domains.audience.engine.errors import BadName
from silkcast.domains.audience.engine.gathering import gather, outcome
from silkcast.domains.audience.engine.kinds import Kind
from silkcast.domains.audience.engine.metrics import Show
from silkcast.domains.audience.engine.remarks import Remark
from silkcast.domains.audience.engine.sealing import export, sealed
from silkcast.domains.audience.signal_log.errors import LogDamaged, LogInUse, LogSilent, LogUnwritable, SyncFailed
from silkcast.domains.audience.signal_log.journal import Journal
from silkcast.domains.audience.signal_log.logs import FileLogs, Log, Logs
from silkcast.kernel.errors import SilkcastError

logger = logging.getLogger(__name__)
AIRTIMES = "airtimes.journal"
REOPEN_MS = 2 * 60 * 60 * 1000  # shows heard so recently are brought back to memory at the start
_BASE = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


class Sealer(Protocol):
    """`silkcast.kernel.keyring.Keyring`, as far as the ledger needs it."""

    def seal_many(self, sealing: Sequence[tuple[str, bytes]]) -> list[bytes]: ...
    def unseal(self, subject: str, sealed: bytes) -> bytes | None: ...


class Answer(msgspec.Struct, frozen=True):
    accepted: int
    duplicates: int
    refused: list[Refusal]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that was just accepted, or one read again; never with an erased text."""

    base_id: str
    show_id: str
    id: int
    viewer: str
    text: str
    at_ms: int


class _Airtime(msgspec.Struct, frozen=True, array_like=True):
    """When a show went live and ended, as its base was last told."""

    show_id: str
    started_ms: int
    ended_ms: int | None = None


@dataclass(slots=True)
class _Base:
    log: Log
    board: Board
    airtimes: Journal | None = None  # the file is made with the first

    def close(self) -> None:
        self.log.close()
        if self.airtimes is not None:
            self.airtimes.close()


class Ledger:
    def __init__(self, folder: Path, *, keyring: Sealer, seed: int, logs: Logs | None = None) -> None:
        """`logs` lie in the folder where no others are given. Raises LogInUse while another process owns the folder."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._logs: Logs = logs or FileLogs(folder)
        self._folder = folder
        self._keyring = keyring
        self._seed = seed
        self._bases: dict[str, _Base] = {}
        self._unreadable: dict[str, LogDamaged] = {}
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise LogInUse(folder=str(folder)) from None

    def reopen(self, now_ms: int) -> None:
        """Bring back what was open before the last stop. A damaged base is reported, and the others go on."""
        try:
            base_ids = self._logs.base_ids()
        except LogSilent as error:  # each base is brought back when it is asked for
            logger.error("signals.log_silent", extra={"facts": error.facts})
            return
        for base_id in base_ids:
            try:
                base = self._base(base_id)
                base.board.open(base.log.shows_heard_since(now_ms - REOPEN_MS))
            except SilkcastError as error:
                logger.error("signals.base_unreadable", extra={"facts": {"code": error.code, **error.facts}})

    def close(self) -> None:
        for base in self._bases.values():
            base.close()
        self._bases.clear()
        self._logs.close()
        os.close(self._lock)

    @property
    def unreadable(self) -> dict[str, str]:
        return {base_id: str(error) for base_id, error in self._unreadable.items()}

    def commit(
        self, base_id: str, requests: Sequence[Request], *, now_ms: int
    ) -> tuple[list[Answer | SilkcastError], list[Comment]]:
        """One answer for each request, and the comments among what was accepted; all of it on the disk by now.

        Raises SyncFailed, after which nothing here may be used again.
        """
        try:
            base = self._base(base_id)
            base.board.let_go(now_ms)
            answers, fresh = self._commit(base, base_id, requests)
            return list(answers), self._comments(base_id, fresh)
        except SyncFailed:
            raise
        except LogDamaged as error:
            if len(requests) == 1:
                return [error], []
            # One request may need damaged bytes of the past and the others not.
            alone = [self.commit(base_id, [request], now_ms=now_ms) for request in requests]
            return [answers[0] for answers, _ in alone], [comment for _, found in alone for comment in found]
        except LogSilent as error:
            # What of this is in the log is asked of the log itself, before anything is counted again.
            self._forget(base_id)
            return [error] * len(requests), []
        except SilkcastError as error:
            return [error] * len(requests), []
        except Exception:
            # A defect of ours in the middle of a step: what memory holds is not to be trusted, what the log holds is.
            self._forget(base_id)
            raise

    def note_airtime(self, base_id: str, show_id: str, *, started_ms: int, ended_ms: int | None) -> None:
        """From now on, across restarts, signals belong to the show if they happened about then. Repeats change nothing.
        Raises LogUnwritable: nothing was noted."""
        base = self._base(base_id)
        raw = msgspec.msgpack.encode(_Airtime(show_id, started_ms, ended_ms))
        try:
            base.airtimes = base.airtimes or Journal(self._folder / base_id / AIRTIMES)
            if raw in base.airtimes.records:
                return
            base.airtimes.append(raw)
        except OSError as error:
            raise LogUnwritable(reason=errno.errorcode.get(error.errno or 0, str(error))) from error
        base.board.airtimes.note(show_id, started_ms, ended_ms)

    def show(self, base_id: str, show_id: str, *, at_ms: int, since_ms: int = 0, with_products: bool = True) -> Show:
        """Raises UnknownShow, BadName or LogDamaged, as all reads below."""
        board = self._base(base_id, is_new=False).board
        return board.tally(show_id).show(board.names, at_ms, since_ms=since_ms, with_products=with_products)

    def points(self, base_id: str, show_id: str, *, at_ms: int, most: int) -> list[Sample]:
        return self._base(base_id, is_new=False).board.tally(show_id).points(at_ms, most)

    def online_by_minute(self, base_id: str, show_id: str) -> dict[int, int]:
        return self._base(base_id, is_new=False).board.tally(show_id).online_by_minute()

    def comments(self, base_id: str, show_id: str, *, limit: int, before: int | None) -> list[Comment]:
        """The latest first. What was erased is left out."""
        remarks = self._base(base_id, is_new=False).board.remarks(show_id).latest(limit, before=before)
        found = (
            (remark, self._keyring.unseal(subject_of(base_id, remark.viewer), remark.sealed)) for remark in remarks
        )
        return [_comment(base_id, show_id, remark, text) for remark, text in found if text is not None]

    def log_of(self, base_id: str) -> Log:
        return self._base(base_id, is_new=False).log

    def export(self, base_id: str, show_ids: Sequence[str], *, watermark_ms: int) -> bytes:
        """The sealed windows of these shows, in the one form they have."""
        board = self._base(base_id, is_new=False).board
        shows = {show_id: board.tally(show_id).show(board.names, watermark_ms).minutes for show_id in show_ids}
        return export(base_id, {show_id: sealed(minutes, watermark_ms) for show_id, minutes in shows.items()})

    def heard_since(self, received_ms: int) -> list[tuple[str, str]]:
        """(base, show) of the shows in memory that had a signal since."""
        return [
            (base_id, show_id)
            for base_id, base in self._bases.items()
            for show_id in base.board.heard_since(received_ms)
        ]

    def _commit(self, base: _Base, base_id: str, requests: Sequence[Request]) -> tuple[list[Answer], Batch]:
        board = base.board
        gathered = gather(requests, board.names)
        # Shows are opened before the rows are in the log, or they would be read back and counted as well.
        board.judge(gathered.batch, gathered.fault)
        named = gathered.batch.where(gathered.fault == 0)
        new = board.take_new(named)
        fresh = named.where(new)
        if len(fresh):
            try:
                sealed = replace(fresh, texts=self._sealed(base_id, fresh))
                base.log.append(sealed)
            except BaseException:
                board.drop(named)
                raise
            board.count(sealed)
        found = zip(requests, outcome(gathered, new), strict=True)
        return [_answer(request, *parts) for request, parts in found], fresh

    def _sealed(self, base_id: str, batch: Batch) -> list[bytes]:
        if not batch.texts:
            return []
        viewers = batch.viewer[batch.kind == Kind.COMMENT].tolist()
        subjects = [subject_of(base_id, batch.names.viewers[viewer]) for viewer in viewers]
        try:
            return self._keyring.seal_many(list(zip(subjects, batch.texts, strict=True)))
        except Exception as error:  # whatever keeps the keys fails in its own words, most often for want of space
            raise LogUnwritable(reason=f"keys: {error}") from error

    def _comments(self, base_id: str, batch: Batch) -> list[Comment]:
        if not batch.texts:
            return []
        comments = batch.where(batch.kind == Kind.COMMENT)
        columns = (comments.show, comments.id_high, comments.id_low, comments.viewer, comments.at_ms)
        shows, viewers = batch.names.shows, batch.names.viewers
        return [
            Comment(base_id, shows[show], high << 64 | low, viewers[viewer], text.decode(), at_ms)
            for show, high, low, viewer, at_ms, text in zip(
                *(column.tolist() for column in columns), comments.texts, strict=True
            )
        ]

    def _forget(self, base_id: str) -> None:
        base = self._bases.pop(base_id, None)
        if base is not None:
            base.close()

    def _base(self, base_id: str, *, is_new: bool = True) -> _Base:
        """`is_new`: a base that has no log yet gets one, instead of being refused."""
        if (base := self._bases.get(base_id)) is not None:
            return base
        if base_id in self._unreadable:
            raise self._unreadable[base_id]
        if not _BASE.fullmatch(base_id) or not (is_new or self._logs.has(base_id)):
            raise BadName(part="base_id")
        try:
            base = self._opened(base_id)
        except LogDamaged as error:
            self._unreadable[base_id] = error
            raise
        self._bases[base_id] = base
        return base

    def _opened(self, base_id: str) -> _Base:
        log = self._logs.open(base_id)
        board = Board(
            seed=self._seed,
            read_buckets=lambda buckets, names: log.read_ids(names, buckets=buckets),
            read_shows=lambda shows, names: log.read(names, shows=shows),
        )
        base = _Base(log, board)
        if (path := self._folder / base_id / AIRTIMES).exists():
            try:
                base.airtimes = Journal(path)
            except BaseException:
                log.close()
                raise
            for raw in base.airtimes.records:
                known = msgspec.msgpack.decode(raw, type=_Airtime)
                board.airtimes.note(known.show_id, known.started_ms, known.ended_ms)
        return base


def subject_of(base_id: str, viewer: str) -> str:
    """Under whose key a viewer's words lie."""
    return f"viewer:{base_id}:{viewer}"


def _answer(request: Request, accepted: int, duplicates: int, faulty: list[tuple[int, str]]) -> Answer:
    if not faulty:
        return Answer(accepted, duplicates, request.refused)
    places = request.places or range(len(request))
    refused = [*request.refused, *(Refusal(places[row], code) for row, code in faulty)]
    return Answer(accepted, duplicates, sorted(refused, key=lambda refusal: refusal.index))


def _comment(base_id: str, show_id: str, remark: Remark, text: bytes) -> Comment:
    return Comment(base_id, show_id, remark.id, remark.viewer, text.decode(), remark.at_ms)
