"""What happened in the room, on disk until somebody has it: the studio may be away for as long as it likes.

Written through to the system, so it survives the death of the process; not synced, since the machine's death
ends the show as well. Past its bound the oldest event goes, and the count of those lost is told with each answer.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from pathlib import Path
from typing import Any, Final

import msgspec

logger = logging.getLogger(__name__)

EVENTS_MAX: Final = 5000
ANSWER_EVENTS_MAX: Final = 500


class RoomEvent(msgspec.Struct, frozen=True):
    seq: int
    kind: str
    show_id: str
    programme_ms: int
    at_ms: int
    facts: dict[str, Any]


class _Head(msgspec.Struct):
    """The file's first line: events up to `acknowledged` are no longer in it."""

    acknowledged: int
    lost: int


class EventSpool:
    """For one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._events: deque[RoomEvent] = deque()
        self._head = _Head(0, 0)
        self._read()
        self._rewrite()

    @property
    def lost(self) -> int:
        """Events that were dropped unread, ever."""
        return self._head.lost

    def add(self, kind: str, *, show_id: str, programme_ms: int, at_ms: int, facts: dict[str, Any]) -> RoomEvent:
        event = RoomEvent(self._last_seq() + 1, kind, show_id, programme_ms, at_ms, facts)
        self._events.append(event)
        if len(self._events) > EVENTS_MAX:
            # A tenth at once: rewriting the file for each would make a flood of events a flood of writes.
            for _ in range(EVENTS_MAX // 10):
                self._head.acknowledged = self._events.popleft().seq
                self._head.lost += 1
            self._rewrite()
        else:
            self._append(event)
        return event

    def after(self, seq: int) -> list[RoomEvent]:
        """The oldest events past `seq`, at most 500."""
        found = [event for event in self._events if event.seq > seq]
        return found[:ANSWER_EVENTS_MAX]

    def acknowledge(self, up_to: int) -> int:
        """Forget the events up to `up_to`; how many those were."""
        before = len(self._events)
        while self._events and self._events[0].seq <= up_to:
            self._head.acknowledged = self._events.popleft().seq
        if len(self._events) != before:
            self._rewrite()
        return before - len(self._events)

    def _last_seq(self) -> int:
        return self._events[-1].seq if self._events else self._head.acknowledged

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
            # A full disk: the event is still in memory and is served from there.
            logger.exception("room.spool_write_failed")

    def _rewrite(self) -> None:
        draft = self._path.with_name(f".{self._path.name}.draft")
        lines = [msgspec.json.encode(self._head), *(msgspec.json.encode(event) for event in self._events)]
        try:
            draft.write_bytes(b"\n".join(lines) + b"\n")
            os.replace(draft, self._path)
        except OSError:
            logger.exception("room.spool_write_failed")
