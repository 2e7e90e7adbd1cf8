"""Keeps the media processes at what the tables say: runs in the worker, beside the relay.

Reactions wake it after every change that a room or the RTMP port must know of; each second it looks again by itself,
which also brings price and stock of the card up to date and mends whatever was missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from silkcast.domains.studio.composing import Composer, room_documents
from silkcast.domains.studio.engine.documents import RoomDocument
from silkcast.domains.studio.links import PERIOD_S, IngestLink, Link, RoomLink, in_database
from silkcast.domains.studio.queries.live import list_ingest_keys
from silkcast.kernel.ids import RoomId
from silkcast.kernel.role import Method
from silkcast.kernel.settings import Settings

logger = logging.getLogger(__name__)
Publish = Callable[[str, Any], None]


class Control:
    """`publish` hands a topic and its body to the hub; it never blocks and may be called from any thread."""

    def __init__(self, settings: Settings, publish: Publish) -> None:
        self._settings = settings
        self._publish = publish
        self._rooms: dict[str, RoomLink] = {}
        self._tasks: dict[Link, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stock: dict[tuple[str, str], int] = {}
        self._composer = Composer()
        self._documents: list[RoomDocument] | None = None  # None until they were read once

    def methods(self) -> Mapping[str, Method]:
        """What the worker answers for us at its socket."""
        return {"studio.rooms": self.desired_rooms}

    async def desired_rooms(self, _: Any = None) -> dict[str, Any]:
        """Which rooms must run now, and what each has to do: the supervisor starts and stops processes by it."""
        documents = self._documents
        if documents is None:
            documents = await in_database(room_documents, datetime.now(UTC))
        return {"rooms": [{"room_id": document["room_id"], "document": document} for document in documents]}

    def wake(self, *, prices_changed: bool = False) -> None:
        """Look again at once; from any thread."""
        if prices_changed:
            self._composer.forget_prices()
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed: nothing is left to wake
                self._loop.call_soon_threadsafe(self._wake.set)

    def publish(self, base_id: UUID, show_id: UUID, kind: str, body: dict[str, Any]) -> None:
        self._publish(f"{base_id}/{show_id}/{kind}", {"show_id": str(show_id), **body})

    def publish_to_shop(self, base_id: UUID, kind: str, body: dict[str, Any]) -> None:
        """To every page of the base's shop, whatever show it follows."""
        self._publish(f"{base_id}/shop/{kind}", body)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. A round that fails is logged, and the next one tries again."""
        self._loop = asyncio.get_running_loop()
        ingest = IngestLink(self._settings)
        self._start(ingest)
        waking = asyncio.create_task(self._wake_on(stop))
        _running.append(self)
        try:
            while not stop.is_set():
                self._wake.clear()
                try:
                    await self._look(ingest)
                except Exception:
                    logger.exception("studio.control_failed")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), PERIOD_S)
        finally:
            _running.remove(self)
            for task in (waking, *self._tasks.values()):
                task.cancel()
            await asyncio.gather(waking, *self._tasks.values(), return_exceptions=True)

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _look(self, ingest: IngestLink) -> None:
        self._documents = await in_database(self._composer.room_documents, datetime.now(UTC))
        documents = {document["room_id"]: document for document in self._documents}
        ingest.want(await in_database(list_ingest_keys))
        for room_id, document in documents.items():
            link = self._rooms.get(room_id)
            if link is None or self._tasks[link].done():
                if link is not None:
                    del self._tasks[link]
                link = RoomLink(self._settings, UUID(document["base_id"]), RoomId(UUID(room_id)))
                self._rooms[room_id] = link
                self._start(link)
            link.want(document)
        for room_id in set(self._rooms) - set(documents):
            self._rooms[room_id].want(None)
            if self._tasks[self._rooms[room_id]].done():
                del self._tasks[self._rooms.pop(room_id)]
        self._say_stock(documents)

    def _start(self, link: Link) -> None:
        self._tasks[link] = asyncio.create_task(link.run(), name=f"studio-{link.name}")

    def _say_stock(self, documents: Mapping[str, RoomDocument]) -> None:
        """Tell screens and rooms how many units of the product on pitch are left, when that changed."""
        now: dict[tuple[str, str], int] = {}
        for document in documents.values():
            for overlay in document["overlays"]:
                if overlay["kind"] != "price_card":
                    continue
                sku_id, units_left = overlay["sku_id"], overlay["units_left"]
                now[document["show_id"], sku_id] = units_left
                if self._stock.get((document["show_id"], sku_id)) != units_left:
                    body = {"sku_id": sku_id, "units_left": units_left}
                    self.publish(UUID(document["base_id"]), UUID(document["show_id"]), "stock", body)
        self._stock = now


_running: list[Control] = []


def running() -> list[Control]:
    """The control of this process, in the worker; empty elsewhere."""
    return list(_running)


def tell_shop(base_id: UUID, kind: str, body: dict[str, Any]) -> None:
    """From the worker to all open pages of the base's shop; nothing elsewhere."""
    for control in running():
        control.publish_to_shop(base_id, kind, body)


def tell_show(base_id: UUID, show_id: UUID, kind: str, body: dict[str, Any]) -> None:
    """From the worker to all open pages of the show; nothing elsewhere."""
    for control in running():
        control.publish(base_id, show_id, kind, body)
