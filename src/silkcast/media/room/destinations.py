"""The destinations of a room: one publisher each, kept as the document wants them, told apart by id and address."""

from __future__ import annotations

import asyncio
import collections
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from silkcast.media.room.document import DestinationEntry
from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.address import Address
from silkcast.media.rtmp.destination import DestinationState
from silkcast.media.rtmp.errors import AddressError
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.reach import Reach

logger = logging.getLogger(__name__)

CROSSING_TAGS_MAX: Final = 1000  # some ten seconds; past it tags go, up to the next keyframe
FAREWELL_DEADLINE_S: Final = 5.0


class Crossing:
    """Tags from the encoder's thread to the loop: bounded even while the loop does not run."""

    def __init__(self, loop: asyncio.AbstractEventLoop, deliver: Callable[[FlvTag], None]) -> None:
        self._loop, self._deliver = loop, deliver
        self._tags: collections.deque[FlvTag] = collections.deque()
        self._lock = threading.Lock()
        self._awaits_keyframe = False
        self.dropped = 0

    def put(self, tags: Sequence[FlvTag]) -> None:
        with self._lock:
            was_empty = not self._tags
            for tag in tags:
                self._add(tag)
            wakes = was_empty and bool(self._tags)
        if wakes and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cross)

    def _add(self, tag: FlvTag) -> None:
        if tag.is_keyframe:
            self._awaits_keyframe = False
        if len(self._tags) >= CROSSING_TAGS_MAX:
            self._awaits_keyframe = True
        if self._awaits_keyframe and not tag.is_sequence_header:
            self.dropped += 1
        else:
            self._tags.append(tag)

    def flush(self) -> None:
        """Deliver what is on its way now; on the loop, once the encoder is done."""
        self._cross()

    def _cross(self) -> None:
        with self._lock:
            tags, self._tags = self._tags, collections.deque()
        for tag in tags:
            self._deliver(tag)


class _Outlet:
    """One publisher and the task that runs it."""

    def __init__(self, entry: DestinationEntry, reach: Reach, preamble: Sequence[FlvTag]) -> None:
        self.entry, self.reach = entry, reach
        url, stream_key = entry.address
        self.publisher = Publisher(entry.id, url, stream_key=stream_key, reach=reach)
        for tag in preamble:
            self.publisher.offer(tag)
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self.publisher.run(self._stop))

    async def close(self) -> None:
        """Take leave of the destination; a destination that does not let us go is left."""
        self._stop.set()
        _, unfinished = await asyncio.wait((self._task,), timeout=FAREWELL_DEADLINE_S)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class Destinations:
    """On the loop. `preamble` gives what a publisher that joins now must hear first."""

    def __init__(self, preamble: Callable[[], Sequence[FlvTag]], notify: Callable[[str, dict[str, Any]], None]) -> None:
        self._preamble, self._notify = preamble, notify
        self._outlets: dict[str, _Outlet] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._was: dict[str, DestinationState] = {}

    def deliver(self, tag: FlvTag) -> None:
        for outlet in self._outlets.values():
            outlet.publisher.offer(tag)

    def keep(self, entries: Sequence[DestinationEntry], reach: Reach) -> None:
        """Start what is new, stop what is gone, leave alone what stays, whatever its name is now."""
        wanted = {entry.id: entry for entry in entries if entry.enabled}
        for name, outlet in list(self._outlets.items()):
            stays = name in wanted and _connection(wanted[name]) == _connection(outlet.entry) and reach == outlet.reach
            if not stays:
                self._say_ended(name)
                self._leave(self._outlets.pop(name))
        for name, entry in wanted.items():
            if name not in self._outlets:
                self._outlets[name] = _Outlet(entry, reach, self._preamble())

    def states(self) -> list[DestinationState]:
        return [outlet.publisher.state() for outlet in self._outlets.values()]

    def watch(self) -> None:
        """Notify of what changed since the last call; to be called a few times a second."""
        now = {state.destination_id: state for state in self.states()}
        for name, state in now.items():
            before = self._was.get(name)
            was_live = before is not None and before.phase == "live"
            if before is not None and before.live_since_ms is not None and before.live_since_ms != state.live_since_ms:
                self._notify("destination_lost", {"id": name, "reason": state.failed_last})
                was_live = False
            if state.phase == "live" and not was_live:
                self._notify("destination_live", {"id": name, "attempts": state.attempts})
            if state.phase == "refused" and (before is None or before.phase != "refused"):
                self._notify("destination_refused", {"id": name, "reason": state.reason})
        self._was = now

    def _say_ended(self, name: str) -> None:
        """Because we wanted it to, which is no loss."""
        before = self._was.pop(name, None)
        if before is not None and before.phase == "live":
            self._notify("destination_ended", {"id": name})

    async def close(self) -> None:
        for name, outlet in self._outlets.items():
            self._say_ended(name)
            self._leave(outlet)
        self._outlets = {}
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _leave(self, outlet: _Outlet) -> None:
        task = asyncio.create_task(outlet.close())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def _connection(entry: DestinationEntry) -> tuple[Address | None, int]:
    """By what it means: an upgrade may say the same address in another way, and no destination shall notice."""
    try:
        return Address.parse(*entry.address), entry.attempt
    except AddressError:
        return None, entry.attempt
