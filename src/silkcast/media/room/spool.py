"""What happened in the room, on disk until somebody has it: the studio may be away for as long as it likes.

Written through to the system, so it survives the death of the process; not synced, since the machine's death
ends the show as well. Past its bound the oldest event goes, and the count of those lost is told with each answer.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections import deque
from pathlib import Path
from typing import Any, Final

import msgspec

from silkcast.kernel.ids import new_id

logger = logging.getLogger(__name__)

EVENTS_MAX: Final = 5000


class RoomEvent(msgspec.Struct, frozen=True):
    """`id` is the camera's, the destination's, or the room's own."""

    sequence: int
    kind: str
    show_id: str
    id: str
    programme_ms: int
    at_ms: int
    reason: str = ""
    facts: dict[str, Any] = {}


class _Head(msgspec.Struct):
    """The file's first line: which spool it is, and that events up to `acknowledged` are no longer in it."""

    spool: str
    acknowledged: int = 0
    lost: int = 0


class EventSpool:
    """For one thread. `began_ms`: UTC now. Events count on from there, above all that was told before: where the disk
    was full the file may be older than what its reader has."""

    def __init__(self, path: Path, *, began_ms: int) -> None:
        self._path = path
        self._events: deque[RoomEvent] = deque()
        self._head = _Head(str(new_id()))
        self._is_behind = False  # the file lacks what memory holds
        self._read()
        self._last = max(began_ms, self._events[-1].sequence if self._events else self._head.acknowledged)
        self._rewrite()

    @property
    def spool(self) -> str:
        """Names this file: another one counts from 1 again."""
        return self._head.spool

    @property
    def lost(self) -> int:
        """Events that were dropped unread, ever."""
        return self._head.lost

    def add(
        self,
        kind: str,
        *,
        show_id: str,
        subject: str,
        programme_ms: int,
        at_ms: int,
        reason: str = "",
        facts: dict[str, Any] | None = None,
    ) -> RoomEvent:
        self._last += 1
        event = RoomEvent(self._last, kind, show_id, subject, programme_ms, at_ms, reason, facts or {})
        self._events.append(event)
        if len(self._events) > EVENTS_MAX:
            # A tenth at once: rewriting the file for each would make a flood of events a flood of writes.
            for _ in range(EVENTS_MAX // 10):
                self._head.acknowledged = self._events.popleft().sequence
                self._head.lost += 1
            self._rewrite()
        elif self._is_behind:
            self._rewrite()
        else:
            self._append(event)
        return event

    def after(self, sequence: int, most: int) -> list[RoomEvent]:
        """The oldest events past `sequence`."""
        later = (event for event in self._events if event.sequence > sequence)
        return list(itertools.islice(later, most))

    def acknowledge(self, spool: str, sequence: int) -> int:
        """Forget the events up to `sequence`; how many those were. Word about another spool changes nothing."""
        before = len(self._events)
        while spool == self._head.spool and self._events and self._events[0].sequence <= sequence:
            self._head.acknowledged = self._events.popleft().sequence
        if len(self._events) != before:
            self._rewrite()
        return before - len(self._events)

    def _read(self) -> None:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        try:
            self._head = msgspec.json.decode(lines[0], type=_Head) if lines else self._head
            for line in lines[1:]:
                self._events.append(msgspec.json.decode(line, type=RoomEvent))
        except msgspec.MsgspecError as error:
            # The last line was being written when the process died; all before it stand.
            logger.warning("room.spool_cut_off", extra={"facts": {"reason": str(error), "kept": len(self._events)}})

    def _append(self, event: RoomEvent) -> None:
        try:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(event) + b"\n")
        except OSError:
            # A full disk: the event is still in memory and is served from there. Half a line may be in the file.
            self._is_behind = True
            logger.exception("room.spool_write_failed")

    def _rewrite(self) -> None:
        draft = self._path.with_name(f".{self._path.name}.draft")
        lines = [msgspec.json.encode(self._head), *(msgspec.json.encode(event) for event in self._events)]
        try:
            draft.write_bytes(b"\n".join(lines) + b"\n")
            os.replace(draft, self._path)
            self._is_behind = False
        except OSError:
            self._is_behind = True
            logger.exception("room.spool_write_failed")
