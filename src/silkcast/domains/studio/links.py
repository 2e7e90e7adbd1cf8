"""The worker's ties to the media processes, one task each, so that one that hangs keeps no other waiting.

A link holds what the process should have and makes sure of it every second, so that one that was restarted meanwhile
need not be noticed. What a room saw comes back the same way, is recorded, and then forgotten there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db import close_old_connections

from silkcast.domains.studio.actions.room_events import RecordRoomEvents
from silkcast.domains.studio.contracts import IngestKey, RoomEvent, RoomEventKind
from silkcast.domains.studio.engine.documents import RoomDocument, ingest_document, next_version, unix_ms
from silkcast.domains.studio.queries.live import system_context
from silkcast.kernel.actions import run
from silkcast.kernel.ids import RoomId, ShowId
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Client, WireClosed, WireError, WireRefused

logger = logging.getLogger(__name__)
R = TypeVar("R")
PERIOD_S = 1.0  # how soon a missed wake-up is made good
DEADLINE_S = 2.0
SPOOL_LINES_MAX = 200  # per page
SPOOL_PAGES_MAX = 20  # per round; the rest waits for the next one
_KINDS = {kind.value for kind in RoomEventKind}


class SpoolLine(msgspec.Struct):
    sequence: int
    kind: str
    show_id: UUID
    id: UUID
    at_ms: int
    programme_ms: int
    reason: str = ""
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


class SpoolPage(msgspec.Struct):
    spool: str
    events: list[SpoolLine]


async def in_database(call: Callable[..., R], *arguments: Any) -> R:
    """Run a call that reads or writes tables in a thread, and leave no broken connection behind in it."""

    def guarded() -> R:
        try:
            return call(*arguments)
        finally:
            close_old_connections()

    return await asyncio.to_thread(guarded)


class Link:
    """Tends one process each period, or at once when woken."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self._client = Client(settings.socket(name))
        self._wake = asyncio.Event()
        self._is_up = True

    async def run(self) -> None:
        """Until cancelled, or until `_is_done` after a round."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self._tend()
                    self._say_up(is_up=True)
                except WireError as error:
                    self._say_up(is_up=False, error=error)
                    if self._is_done(error):
                        return
                except Exception:
                    logger.exception("studio.link_failed", extra={"facts": {"link": self.name}})
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), PERIOD_S)
        finally:
            await self._client.close()

    async def _tend(self) -> None:
        raise NotImplementedError

    def _is_done(self, error: WireError) -> bool:
        return False

    def _say_up(self, *, is_up: bool, error: WireError | None = None) -> None:
        if is_up is not self._is_up:
            self._is_up = is_up
            event = "studio.link_up" if is_up else "studio.link_down"
            logger.info(event, extra={"facts": {"link": self.name, "reason": str(error or "")}})


class RoomLink(Link):
    def __init__(self, settings: Settings, base_id: UUID, room_id: RoomId) -> None:
        super().__init__(settings, f"room-{room_id}")
        self._base_id = base_id
        self._room_id = room_id
        self._wanted: RoomDocument | None = None

    def want(self, document: RoomDocument | None) -> None:
        """What the room should do now. None: its show is over; what it still has to tell is fetched until it goes."""
        if document != self._wanted:
            self._wanted = document
            self._wake.set()

    async def _tend(self) -> None:
        refusal: WireRefused | None = None
        if self._wanted is not None:
            try:
                # The same again changes nothing there.
                await self._client.call("room.apply", {"document": self._wanted}, deadline_s=DEADLINE_S)
            except WireRefused as error:
                refusal = error  # what the room saw is wanted all the same
        await self._fetch_events()
        if refusal is not None:
            raise refusal

    def _is_done(self, error: WireError) -> bool:
        return self._wanted is None and isinstance(error, WireClosed)

    async def _fetch_events(self) -> None:
        for _ in range(SPOOL_PAGES_MAX):
            asked = {"after": 0, "most": SPOOL_LINES_MAX}
            answer = await self._client.call("room.events", asked, deadline_s=DEADLINE_S)
            page = msgspec.convert(answer, SpoolPage)
            if not page.events:
                return
            await in_database(record, self._base_id, self._room_id, page)
            done = {"spool": page.spool, "sequence": max(line.sequence for line in page.events)}
            await self._client.call("room.acknowledge", done, deadline_s=DEADLINE_S)


def record(base_id: UUID, room_id: RoomId, page: SpoolPage) -> None:
    """Keep a page of a spool; lines of a kind that a newer room knows and we don't are passed over."""
    events = tuple(
        RoomEvent(
            sequence=line.sequence,
            kind=RoomEventKind(line.kind),
            show_id=ShowId(line.show_id),
            subject_id=line.id,
            at_ms=line.at_ms,
            programme_ms=line.programme_ms,
            reason=line.reason,
            preset=str(line.facts.get("preset", "")),
        )
        for line in page.events
        if line.kind in _KINDS
    )
    if events:
        ctx = system_context(base_id, datetime.now(UTC))
        run(ctx, RecordRoomEvents(room_id=room_id, spool=page.spool, events=events))


class IngestLink(Link):
    """Keeps the RTMP port's keys equal to the cameras of all bases."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, "ingest")
        self._wanted: list[IngestKey] | None = None
        self._version = 0

    def want(self, keys: list[IngestKey]) -> None:
        if keys != self._wanted:
            self._wanted = keys
            self._version = next_version(self._version, unix_ms(datetime.now(UTC)))
            self._wake.set()

    async def _tend(self) -> None:
        if self._wanted is None:
            return
        said = await self._client.call("health", deadline_s=DEADLINE_S)
        if said["detail"]["version"] == self._version:
            return
        document = ingest_document(self._wanted, self._version)
        answer = await self._client.call("ingest.apply", {"document": document}, deadline_s=DEADLINE_S)
        held = int(answer["version"])
        if held > self._version:
            # Another worker spoke to it whose clock was ahead of ours: go on above its number, at once.
            self._version = next_version(held, unix_ms(datetime.now(UTC)))
            self._wake.set()
