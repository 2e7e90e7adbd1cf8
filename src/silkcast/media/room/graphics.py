"""Keeps the drawn overlays in step with the document and the live stock, a few times a second at most.

Drawing runs in a worker thread, one at a time; while one is drawn, later wishes replace each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from silkcast.media.mixer.card import CardPress, Graphic
from silkcast.media.mixer.overlay import Overlay
from silkcast.media.room.document import RoomDocument

logger = logging.getLogger(__name__)

REDRAW_EVERY_S: Final = 0.2  # of live stock: a card costs some 8 ms, and nobody reads faster
SKUS_MAX: Final = 1000


class Graphics:
    """On the loop. `on_drawn` gets each drawn state, with the document it was drawn for."""

    def __init__(self, press: CardPress, on_drawn: Callable[[RoomDocument, tuple[Overlay, ...]], None]) -> None:
        self._press, self._on_drawn = press, on_drawn
        self._document: RoomDocument | None = None
        self._units: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._is_new = asyncio.Event()

    def show(self, document: RoomDocument) -> None:
        """A document's stock is as fresh as it is, so that what came before counts no more."""
        self._document = document
        self._units.clear()
        self._is_new.set()
        self._changed.set()

    def restock(self, sku_id: str, units_left: int) -> None:
        if len(self._units) >= SKUS_MAX:
            self._units.clear()
        self._units[sku_id] = units_left
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        drawn: list[Graphic] = []
        while True:
            await self._changed.wait()
            is_new = self._is_new.is_set()
            self._changed.clear()
            self._is_new.clear()
            if self._document is None:
                continue
            graphics = self._document.graphics(self._units)
            if is_new or graphics != drawn:
                drawn = graphics
                document = self._document
                self._on_drawn(document, await self.drawn(graphics))
            # Stock may gather for a moment; a new document goes on air at once.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REDRAW_EVERY_S):
                    await self._is_new.wait()

    async def drawn(self, graphics: list[Graphic]) -> tuple[Overlay, ...]:
        try:
            return tuple(await asyncio.to_thread(self._press.draw, graphics))
        except Exception:
            # Words that cannot be drawn must not keep a scene change off the air.
            logger.exception("room.overlay_failed")
            return ()
