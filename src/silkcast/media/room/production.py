"""Everything that makes the programme of one room, started together and closed in order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from silkcast.kernel.settings import Settings
from silkcast.media.lettering.faces import Faces
from silkcast.media.mixer.card import CardPress, Label, PriceCard
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.hls import HlsWriter
from silkcast.media.mixer.layout import Presence
from silkcast.media.mixer.mixer import Mixer, Plan
from silkcast.media.mixer.overlay import Overlay
from silkcast.media.room import clock
from silkcast.media.room.destinations import Crossing, Destinations
from silkcast.media.room.document import RoomDocument
from silkcast.media.room.encoding import Encoding
from silkcast.media.room.graphics import Graphics
from silkcast.media.room.programme import Programme, Wanted
from silkcast.media.rtmp.reach import THIS_MACHINE, Reach

logger = logging.getLogger(__name__)
SLATE_WORDS: Final = "马上回来\nBack in a moment"
Notify = Callable[[str, dict[str, Any]], None]
OnPresence = Callable[[Mapping[str, Presence]], None]


class Production:
    """On the loop, which its threads only reach by `call_soon_threadsafe`."""

    def __init__(
        self,
        document: RoomDocument,
        settings: Settings,
        press: CardPress,
        feeds: Callable[[], Mapping[str, CameraFeed]],
        notify: Notify,
        on_presence: OnPresence,
    ) -> None:
        self.document = document
        self._settings, self._notify = settings, notify
        self._loop = asyncio.get_running_loop()
        run, room_id = settings.run, document.room_id
        self._clock_path = run / f"room-{room_id}.clock"
        self._is_clock_unsaved = False
        resumed = clock.resume(
            self._clock_path,
            show_id=document.show_id,
            started_at_ms=document.started_at_ms,
            fps=document.fps,
            now_ms=time.time_ns() // 1_000_000,
        )
        self._show = resumed.show
        counters = run / f"room-{room_id}.counters"
        if resumed.is_new:
            counters.unlink(missing_ok=True)
        self.mixer = Mixer(*document.shape, press.slate(SLATE_WORDS))
        self.destinations = Destinations(lambda: self.encoding.preamble(), notify)
        self.crossing = Crossing(self._loop, self.destinations.deliver)
        self.encoding = Encoding(
            document.encoder,
            resumed.show,
            HlsWriter(document.hls_folder(settings.data)),
            self.mixer.pool,
            self.crossing.put,
            self._from_thread,
            counters,
        )
        self.encoding.burn_counter = document.burn_counter
        self.programme = Programme(
            self.mixer,
            self.encoding,
            document.fps,
            resumed.tick,
            feeds,
            lambda presence: self._call(on_presence, presence),
            self._from_thread,
        )
        self._graphics = Graphics(press, self._want)
        self.has_glyphs = press.is_complete
        self._drawing: asyncio.Task[None] | None = None
        self._started_s = self._counted_at_s = time.monotonic()
        self._counted = 0
        self.fps = 0.0  # measured over the last second

    @classmethod
    async def start(
        cls,
        document: RoomDocument,
        settings: Settings,
        fonts: Path | None,
        feeds: Callable[[], Mapping[str, CameraFeed]],
        notify: Notify,
        on_presence: OnPresence,
    ) -> Production:
        """Open fonts and encoders, put the document on air, and let the ticks begin."""
        press = await asyncio.to_thread(_opened_press, fonts, document.width, document.height)
        production = cls(document, settings, press, feeds, notify, on_presence)
        if not production.has_glyphs:
            notify("overlay_font_missing", {"path": str(fonts)})
        production.encoding.start()
        # Drawn before the first tick: no picture goes out without its label or its price.
        production._want(document, await production._graphics.drawn(document.graphics({})))
        production.programme.start()
        production._drawing = asyncio.create_task(production._graphics.run())
        production.use(document)
        return production

    @property
    def fault(self) -> str:
        """Why there is no programme any more; empty while there is one."""
        return self.programme.fault or self.encoding.fault

    @property
    def idle_s(self) -> float:
        return time.monotonic() - self.programme.ticked_at_s

    @property
    def uptime_s(self) -> float:
        return time.monotonic() - self._started_s

    def use(self, document: RoomDocument) -> None:
        """The same show and shape, other content; lands between two ticks as soon as its overlays are drawn."""
        before, self.document = self.document, document
        self.encoding.burn_counter = document.burn_counter
        if before.encoder != document.encoder:
            self.encoding.want(document.encoder)
        own_machine = THIS_MACHINE if document.is_simulated else ()
        self.destinations.keep(document.destinations, Reach((*self._settings.private_destinations, *own_machine)))
        self._graphics.show(document)

    def restock(self, sku_id: str, units_left: int) -> None:
        self._graphics.restock(sku_id, units_left)

    def watch(self) -> None:
        """A few times a second."""
        self.destinations.watch()
        passed_s = time.monotonic() - self._counted_at_s
        if passed_s >= 1.0:
            ticks = self.programme.ticks
            self.fps = round((ticks - self._counted) / passed_s, 1)
            self._counted, self._counted_at_s = ticks, time.monotonic()

    def continues_with(self, document: RoomDocument) -> bool:
        """Whether `use` can take the document up; another show is another production."""
        return (self.document.show_id, self.document.hls_dir) == (document.show_id, document.hls_dir)

    def save_clock(self) -> None:
        """Once a second; may run in a worker thread. A full disk ends no programme: the wall clock knows as much."""
        try:
            clock.save(self._clock_path, self._show, self.programme.tick)
        except OSError as error:
            if not self._is_clock_unsaved:
                logger.warning("room.clock_unsaved", extra={"facts": {"reason": str(error)}})
            self._is_clock_unsaved = True
        else:
            self._is_clock_unsaved = False

    def programme_time(self, tick: int | None = None) -> tuple[str, int]:
        """The show, and its programme's time at a tick or now."""
        show = self._show
        return show.show_id, show.programme_ms(self.programme.tick if tick is None else tick)

    async def close(self) -> None:
        """Stop the ticks, encode what was mixed, finish HLS, hand the last tags on, take leave of destinations."""
        await asyncio.to_thread(self.programme.close)
        await asyncio.to_thread(self.encoding.close)
        await asyncio.to_thread(self.save_clock)
        if self._drawing is not None:
            self._drawing.cancel()
            await asyncio.gather(self._drawing, return_exceptions=True)
        self.crossing.flush()
        self.destinations.watch()
        await self.destinations.close()

    def _want(self, document: RoomDocument, overlays: tuple[Overlay, ...]) -> None:
        plan = Plan(
            layout=document.scene.layout,
            cameras=tuple(document.scene.cameras),
            hold_ms=float(document.stall_hold_ms),
            overlays=overlays,
            gains={camera.id: camera.gain for camera in document.cameras},
        )
        self.programme.want(Wanted(document.version, plan, document.delay_ticks))

    def _from_thread(self, kind: str, facts: dict[str, Any]) -> None:
        self._call(self._notify, kind, facts)

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)


def _opened_press(fonts: Path | None, width: int, height: int) -> CardPress:
    press = CardPress(Faces(fonts), width, height)
    # The first drawing with a font is several times dearer than the next: not on air.
    press.draw([PriceCard("真丝 Silk", "$0.00", "$0.00", 0, "left"), Label("模拟 SIMULATED")])
    return press
