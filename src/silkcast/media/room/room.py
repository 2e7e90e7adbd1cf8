"""One live room, put together: what the wire asks of it, and what it tells."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import av
import msgspec
from av.video.reformatter import VideoReformatter

from silkcast.kernel.home import Home
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import HubClient
from silkcast.media.mixer.layout import Presence
from silkcast.media.mixer.preview import jpeg_of, small_copy
from silkcast.media.room.cameras import Cameras
from silkcast.media.room.document import RoomDocument, check_successor, read_document
from silkcast.media.room.errors import DocumentInvalid, NoPicture, NotStarted
from silkcast.media.room.news import CameraNews
from silkcast.media.room.production import Production
from silkcast.media.room.programme import Programme
from silkcast.media.room.spool import EVENTS_MAX, EventSpool
from silkcast.media.room.state import look_of, state_of
from silkcast.media.room.watchdog import Watchdog

logger = logging.getLogger(__name__)

WATCH_EVERY_S: Final = 0.25
TELL_EVERY_S: Final = 1.0
EARLY_EVENTS_MAX: Final = 64  # before a programme's first tick; past it the oldest go
LINGER_S: Final = 2.0
LINGER_LOOK_S: Final = 0.05
PREVIEW_DEADLINE_S: Final = 2.0
STALLED_AFTER_S: Final = 2.0  # without a tick a room is not healthy, whatever else it says


class Room:
    """On the loop. Starts its production with the first valid document, found on disk or sent by `room.apply`."""

    def __init__(self, room_id: str, settings: Settings, fonts: Path | None) -> None:
        self.room_id = room_id
        self._settings, self._fonts = settings, fonts
        run = settings.run
        self._document_path = run / f"room-{room_id}.json"
        self._spool = EventSpool(run / f"room-{room_id}.events", began_ms=time.time_ns() // 1_000_000)
        self._cameras = Cameras(settings.socket(f"room-{room_id}-cameras"), Programme.now_ms, self._notify)
        self._watchdog = Watchdog()
        self._home = Home(settings.data, alone_s_max=settings.room_alone_s)
        self._hub = HubClient(settings.socket("hub"))
        self._document: RoomDocument | None = None
        self._production: Production | None = None
        self._applying = asyncio.Lock()
        self._has_looked_back = asyncio.Event()
        self._stop = asyncio.Event()
        self._previews = VideoReformatter()
        self._presence: dict[str, Presence] = {}
        self._news = CameraNews()
        self._lingers = self._is_closing = False
        self._early: deque[tuple[str, dict[str, Any]]] = deque(maxlen=EARLY_EVENTS_MAX)

    def methods(self) -> dict[str, Callable[[Any], Awaitable[Any]]]:
        return {
            "health": self._health,
            "room.apply": self._apply,
            "room.state": self._state,
            "room.preview": self._preview,
            "room.poster": self._poster,
            "room.stop": self._stop_room,
            "room.events": self._events,
            "room.acknowledge": self._acknowledge,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, by a signal or by `room.stop`, or nobody is left to work for; it all ends in order."""
        self._stop = stop
        self._watchdog.start()
        await self._cameras.open()
        await self._hub.start()
        await self._take_up_where_it_was()
        try:
            await self._watch(stop)
        finally:
            await self._close()
            self._watchdog.close()

    async def _watch(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        tell_at_s = loop.time()
        look: object = None
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCH_EVERY_S):
                    await stop.wait()
            deserted = self._home.why_deserted()
            if deserted is not None:
                logger.error("room.deserted", extra={"facts": {"room": self.room_id, "reason": deserted.value}})
                return
            production = self._production
            if production is None:
                continue
            production.watch()
            self._cameras.watch(self._presence)
            self._tell_news()
            if production.fault:
                # A room without its programme is of no use; its supervisor starts another, which goes on from here.
                raise RuntimeError(production.fault)
            look, before = look_of(production, self._cameras, self._presence), look
            is_due = loop.time() >= tell_at_s
            if is_due:
                tell_at_s = max(tell_at_s + TELL_EVERY_S, loop.time())
                await asyncio.to_thread(production.save_clock)
            if is_due or look != before:
                self._tell(production)

    async def _close(self) -> None:
        async with self._applying:  # a production that is being started must be there to be closed
            self._is_closing = True
            if self._production is not None:
                # The programme first: cameras hung up on earlier would put a slate into its last frames.
                await self._end_production(self._production)
        await self._cameras.close()
        await self._hub.close()
        await self._wait_for_acknowledgement()

    async def _wait_for_acknowledgement(self) -> None:
        """Told to stop by the wire, whoever told us may still fetch what happened; by a signal, nobody may."""
        until_s = asyncio.get_running_loop().time() + (LINGER_S if self._lingers else 0.0)
        while self._spool.after(0, 1) and asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(LINGER_LOOK_S)

    def _tell(self, production: Production) -> None:
        document = production.document
        self._hub.publish(f"{document.base_id}/{document.show_id}/room", self._state_of(production))

    async def _take_up_where_it_was(self) -> None:
        """The document held by the room's last process goes on air at once, long before anybody pushes one."""
        try:
            body = msgspec.json.decode(await asyncio.to_thread(self._document_path.read_bytes))
            await self._use(read_document(body, self.room_id))
        except FileNotFoundError:
            logger.info("room.waits_for_document")
        except (msgspec.DecodeError, DocumentInvalid) as error:
            logger.warning("room.document_unreadable", extra={"facts": {"reason": str(error)}})
        finally:
            self._has_looked_back.set()

    async def _apply(self, body: Any) -> dict[str, Any]:
        """Take up a document that is not older than the one held; the same again changes nothing."""
        wanted = body.get("document") if isinstance(body, dict) else None
        document = read_document(wanted, self.room_id)
        # The wire is served before: two productions at once would share one folder and every stream key.
        await self._has_looked_back.wait()
        async with self._applying:
            if self._is_closing:
                raise NotStarted(room_id=self.room_id)
            held = self._document
            if held is not None and (document.version < held.version or document == held):
                return {"applied": False, "version": held.version}
            check_successor(held, document)
            try:
                await asyncio.to_thread(_store, self._document_path, msgspec.json.encode(document))
            except OSError as error:  # a full disk: what is wanted on air goes there all the same
                logger.warning("room.document_unsaved", extra={"facts": {"reason": str(error)}})
            await self._use(document)
        return {"applied": True, "version": document.version}

    async def _use(self, document: RoomDocument) -> None:
        self._cameras.allow({camera.id: camera.key for camera in document.cameras})
        if self._production is not None and self._production.continues_with(document):
            self._production.use(document)
        else:
            await self._produce(document)
        self._document = document

    async def _produce(self, document: RoomDocument) -> None:
        """Another show: its programme begins when the last one's is over. Cameras stay connected."""
        if self._production is None:
            self._hub.subscribe(f"{document.base_id}/", self._on_topic)
        else:
            await self._end_production(self._production)
        self._production = await Production.start(
            document, self._settings, self._fonts, self._cameras.feeds, self._notify, self._on_presence
        )
        self._notify("room_started", {"pid": os.getpid(), "version": document.version})
        while self._early:
            self._notify(*self._early.popleft())

    async def _end_production(self, production: Production) -> None:
        await production.close()
        self._notify("room_stopped", {})
        self._tell(production)
        self._production = None

    def _on_topic(self, topic: str, body: Any) -> None:
        production = self._production
        if production is None or not isinstance(body, dict):
            return
        document = production.document
        if topic == f"{document.base_id}/{document.show_id}/stock":
            sku_id, units_left = body.get("sku_id"), body.get("units_left")
            if isinstance(sku_id, str) and isinstance(units_left, int) and units_left >= 0:
                production.restock(sku_id, units_left)

    def _on_presence(self, presence: Mapping[str, Presence]) -> None:
        for camera_id, state in presence.items():
            if state in (Presence.LIVE, Presence.SLATE):
                self._news.see(camera_id, is_stalled=state is Presence.SLATE)
        self._presence = dict(presence)
        self._cameras.watch(self._presence)
        self._tell_news()

    def _tell_news(self) -> None:
        for kind, camera_id in self._news.due(Programme.now_ms()):
            self._notify(kind, {"id": camera_id})

    def _notify(self, kind: str, facts: dict[str, Any]) -> None:
        """Keep an event. `facts` may name its subject (`id`), its `reason`, and the `tick` at which it was."""
        production = self._production
        if production is None:
            self._early.append((kind, facts))  # belongs to the programme that is about to start
            return
        logger.info(f"room.{kind}", extra={"facts": facts})
        facts = dict(facts)
        subject, reason, tick = (facts.pop(name, None) for name in ("id", "reason", "tick"))
        show_id, programme_ms = production.programme_time(tick)
        self._spool.add(
            kind,
            show_id=show_id,
            subject=subject or self.room_id,
            programme_ms=programme_ms,
            at_ms=time.time_ns() // 1_000_000,
            reason=reason or "",
            facts=facts,
        )

    async def _health(self, _: Any) -> dict[str, Any]:
        self._home.asked()
        production = self._production
        idle_s = 0.0 if production is None else production.idle_s
        return {
            "ok": idle_s < STALLED_AFTER_S,
            "detail": {
                "pid": os.getpid(),
                "version": self._document.version if self._document else None,
                "ticks": production.programme.ticks if production else 0,
                "idle_s": round(idle_s, 3),
                "font": bool(production and production.has_glyphs),
            },
        }

    async def _state(self, _: Any) -> dict[str, Any]:
        return self._state_of(self._produced())

    def _state_of(self, production: Production) -> dict[str, Any]:
        return {**state_of(production, self._cameras, self._presence), "holds": self._watchdog.state()}

    async def _preview(self, body: Any) -> bytes:
        production = self._produced()
        camera_id = body.get("camera_id") if isinstance(body, dict) else None
        if camera_id is None:
            return await self._still(production.programme.ask_picture())
        feed = self._cameras.feeds().get(camera_id)
        shot = feed.latest if feed else None
        if shot is None:
            raise NoPicture(camera_id=str(camera_id))
        return await asyncio.to_thread(jpeg_of, small_copy(shot, self._previews))

    async def _poster(self, _: Any) -> bytes:
        """What viewers may see by now: the delay holds for a still as it does for the video."""
        return await self._still(self._produced().programme.ask_poster())

    async def _still(self, asked: Future[av.VideoFrame]) -> bytes:
        try:
            async with asyncio.timeout(PREVIEW_DEADLINE_S):
                small = await asyncio.shield(asyncio.wrap_future(asked))  # others may wait for the same picture
        except TimeoutError:
            raise NoPicture(room_id=self.room_id) from None
        return await asyncio.to_thread(jpeg_of, small)

    async def _stop_room(self, _: Any) -> dict[str, Any]:
        self._lingers = True
        self._stop.set()
        return {"stopping": True}

    async def _events(self, body: Any) -> dict[str, Any]:
        events = self._spool.after(_whole(body, "after"), min(_whole(body, "most") or EVENTS_MAX, EVENTS_MAX))
        return {"spool": self._spool.spool, "events": msgspec.to_builtins(events), "lost": self._spool.lost}

    async def _acknowledge(self, body: Any) -> dict[str, Any]:
        spool = body.get("spool") if isinstance(body, dict) else None
        return {"dropped": self._spool.acknowledge(str(spool), _whole(body, "sequence"))}

    def _produced(self) -> Production:
        if self._production is None:
            raise NotStarted(room_id=self.room_id)
        return self._production


def _whole(body: Any, name: str) -> int:
    value = body.get(name, 0) if isinstance(body, dict) else 0
    if not isinstance(value, int):
        raise DocumentInvalid(reason=f"expected a whole number - at `$.{name}`")
    return value


def _store(path: Path, raw: bytes) -> None:
    draft = path.with_name(f".{path.name}.draft")
    # It holds the destinations' stream keys.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
