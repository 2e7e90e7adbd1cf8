"""The worker's control against wire servers that hold the rooms' own parser and spool, and the port's own keys."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio import composing, reactions
from silkcast.domains.studio.contracts import Layout, OverlayKind
from silkcast.domains.studio.control import Control, running
from silkcast.domains.studio.events import CameraConnected, DestinationLost
from silkcast.domains.studio.models import Destination
from silkcast.domains.studio.stream_keys import subject_of_key
from silkcast.kernel import relay
from silkcast.kernel.ids import RoomId, ShowId
from silkcast.kernel.settings import Settings
from silkcast.kernel.storage.keys import keyring
from silkcast.kernel.wire import WireServer, serve
from silkcast.media.room.document import read_document
from silkcast.media.room.spool import EventSpool
from silkcast.roles.ingest import Ingest

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage

HANG_S = 60.0
assert reactions  # registers what the relay calls


async def until(claim: Callable[[], Any]) -> None:
    deadline = time.monotonic() + HANG_S
    while not claim():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.01)


class RoomSide:
    """What stands at a room's socket: the room's own reading of documents, and its own spool."""

    def __init__(self, settings: Settings, room_id: RoomId) -> None:
        self.socket, self.room_id = settings.socket(f"room-{room_id}"), str(room_id)
        self.spool = EventSpool(settings.run / f"room-{room_id}.events", began_ms=0)
        self.documents: list[Any] = []
        self.hangs = False
        self._server: WireServer | None = None

    @property
    def document(self) -> Any:
        return self.documents[-1] if self.documents else None

    async def open(self) -> None:
        methods = {"room.apply": self._apply, "room.events": self._events, "room.acknowledge": self._acknowledge}
        self._server = await serve(self.socket, methods)

    async def close(self) -> None:
        assert self._server is not None
        await self._server.close()
        self.socket.unlink()

    async def _apply(self, body: Any) -> Any:
        if self.hangs:
            await asyncio.Event().wait()
        read_document(body["document"], self.room_id)
        self.documents.append(body["document"])
        return {"applied": True, "version": body["document"]["version"]}

    async def _events(self, body: Any) -> Any:
        events = self.spool.after(body["after"], body["most"])
        return {"spool": self.spool.spool, "events": msgspec.to_builtins(events), "lost": 0}

    async def _acknowledge(self, body: Any) -> Any:
        return {"dropped": self.spool.acknowledge(body["spool"], body["sequence"])}

    def saw(self, kind: str, show_id: ShowId, subject: object, reason: str = "") -> None:
        self.spool.add(
            kind, show_id=str(show_id), subject=str(subject), programme_ms=1000, at_ms=1_795_348_801_000, reason=reason
        )


class Scene:
    """A running control, and what it published."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.published: list[tuple[str, Any]] = []
        self.control = Control(settings, lambda topic, body: self.published.append((topic, body)))

    def said(self, kind: str) -> list[Any]:
        return [body for topic, body in self.published if topic.endswith(f"/{kind}")]

    async def room(self, room_id: RoomId) -> RoomSide:
        side = RoomSide(self.settings, room_id)
        await side.open()
        return side

    async def relays(self) -> None:
        """What the worker's relay does when the bell rings."""
        while await asyncio.to_thread(relay.work, "studio.outside"):
            pass


@contextlib.asynccontextmanager
async def control_running(data: Path) -> AsyncIterator[Scene]:
    settings = Settings(data=data)
    settings.prepare()
    scene, stop = Scene(settings), asyncio.Event()
    task = asyncio.create_task(scene.control.run(stop))
    try:
        yield scene
    finally:
        stop.set()
        await asyncio.wait_for(task, HANG_S)
    assert running() == []


def play(data: Path, scenario: Callable[[Scene], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with control_running(data) as scene:
            await scenario(scene)

    asyncio.run(whole())


def test_a_room_hears_of_every_change_by_way_of_the_relay(east: Stage, tmp_path: Path) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    show_id = east.live()

    async def scenario(scene: Scene) -> None:
        room = await scene.room(east.room_id)
        await until(lambda: room.document)
        assert room.document["scene"]["cameras"] == [str(front), str(table)]
        version = room.document["version"]
        switch = studio.SwitchScene(show_id=show_id, layout=Layout.FULL, camera_ids=(table,))
        await asyncio.to_thread(east.does, switch)
        await scene.relays()
        await until(lambda: room.document["version"] == version + 1)
        assert room.document["scene"] == {"layout": "full", "cameras": [str(table), str(front)]}
        await room.close()

    play(tmp_path, scenario)


def test_a_restarted_room_is_told_again(east: Stage, tmp_path: Path) -> None:
    east.live()

    async def scenario(scene: Scene) -> None:
        first = await scene.room(east.room_id)
        await until(lambda: first.document)
        await first.close()
        second = await scene.room(east.room_id)
        await until(lambda: second.document)
        assert second.document == first.document
        await second.close()

    play(tmp_path, scenario)


def test_what_a_room_saw_is_recorded_once_and_then_forgotten_there(east: Stage, tmp_path: Path) -> None:
    camera_id, tiktok = east.camera(), east.destination()
    show_id = east.live()

    async def scenario(scene: Scene) -> None:
        room = await scene.room(east.room_id)
        for _ in range(250):  # more than a page
            room.saw("camera_connected", show_id, camera_id)
        room.saw("something_of_a_newer_room", show_id, camera_id)
        room.saw("destination_lost", show_id, tiktok, "connection reset")
        await until(lambda: not room.spool.after(0, 1))
        await room.close()

    play(tmp_path, scenario)
    assert len(east.facts(CameraConnected)) == 250
    (lost,) = east.facts(DestinationLost)
    assert isinstance(lost, DestinationLost)
    assert (lost.show_id, lost.destination_id, lost.reason) == (show_id, tiktok, "connection reset")


def test_a_room_that_refuses_its_document_is_heard_all_the_same(east: Stage, tmp_path: Path) -> None:
    camera_id = east.camera()
    show_id = east.live()

    async def scenario(scene: Scene) -> None:
        room = RoomSide(scene.settings, east.room_id)
        room.room_id = str(show_id)  # so that every document is another room's
        await room.open()
        room.saw("camera_connected", show_id, camera_id)
        await until(lambda: not room.spool.after(0, 1))
        assert room.documents == []
        await room.close()

    play(tmp_path, scenario)
    assert len(east.facts(CameraConnected)) == 1


def test_a_room_that_hangs_keeps_no_other_waiting(east: Stage, tmp_path: Path) -> None:
    other_room = east.room()
    east.live("Hanging")
    east.live("Well", room_id=other_room)

    async def scenario(scene: Scene) -> None:
        hanging = RoomSide(scene.settings, east.room_id)
        hanging.hangs = True
        await hanging.open()
        well = await scene.room(other_room)
        await until(lambda: well.document)
        assert hanging.documents == []
        hanging.hangs = False
        await until(lambda: hanging.document)
        await hanging.close()
        await well.close()

    play(tmp_path, scenario)


def test_a_room_whose_show_is_over_is_heard_to_the_end(east: Stage, tmp_path: Path) -> None:
    camera_id = east.camera()
    show_id = east.live()

    async def scenario(scene: Scene) -> None:
        room = await scene.room(east.room_id)
        await until(lambda: room.document)
        (wanted,) = (await scene.control.desired_rooms())["rooms"]
        assert wanted == {"room_id": str(east.room_id), "document": room.document}
        await asyncio.to_thread(east.does, studio.EndShow(show_id=show_id), 60)
        await scene.relays()
        while (await scene.control.desired_rooms())["rooms"]:
            await asyncio.sleep(0.01)
        room.saw("camera_connected", show_id, camera_id)
        await until(lambda: not room.spool.after(0, 1))
        await room.close()

    play(tmp_path, scenario)
    assert len(east.facts(CameraConnected)) == 1


def test_the_port_holds_the_keys_of_all_cameras(east: Stage, west: Stage, tmp_path: Path) -> None:
    first = studio.digest_of_stream_key("cam_first")
    east.camera(stream_key="cam_first")

    async def scenario(scene: Scene) -> None:
        port = Ingest(scene.settings)
        server = await serve(scene.settings.socket("ingest"), {"ingest.apply": port.apply, "health": port.health})

        def held() -> set[str]:
            return {camera.key_sha256 for camera in port.keys.cameras}

        await until(lambda: held() == {first})
        camera_id = await asyncio.to_thread(west.camera, "Presenter", None, "cam_second")
        await scene.relays()
        await until(lambda: held() == {first, studio.digest_of_stream_key("cam_second")})
        # Another worker, whose clock was ahead, spoke to it: ours goes on above its number.
        ahead = port.keys.version + 1_000_000
        port.keys.apply({"version": ahead, "cameras": []})
        remove = studio.RemoveCamera(room_id=west.room_id, camera_id=camera_id)
        await asyncio.to_thread(west.does, remove)
        await scene.relays()
        await until(lambda: held() == {first})
        assert port.keys.version > ahead
        await server.close()

    play(tmp_path, scenario)


def test_a_restarted_port_is_told_again(east: Stage, tmp_path: Path) -> None:
    east.camera()

    async def scenario(scene: Scene) -> None:
        for _ in range(2):
            port = Ingest(scene.settings)  # without its file: what it knew is lost
            methods = {"ingest.apply": port.apply, "health": port.health}
            server = await serve(scene.settings.socket("ingest"), methods)
            await until(partial(knows_a_camera, port))
            await server.close()

    play(tmp_path, scenario)


def knows_a_camera(port: Ingest) -> bool:
    return bool(port.keys.cameras)


def test_screens_hear_of_the_show_its_pitches_overlays_and_stock(east: Stage, tmp_path: Path) -> None:
    east.camera()
    show_id, scarf = east.planned(), east.product(units=7)
    line_id = east.line(show_id, scarf)
    of_show = {"show_id": str(show_id)}
    of_line = {**of_show, "line_id": str(line_id), "product_id": str(scarf), "sku_id": str(east.sku(scarf))}

    async def scenario(scene: Scene) -> None:
        await until(running)
        for request in (
            studio.GoLive(show_id=show_id),
            studio.StartPitch(show_id=show_id, line_id=line_id),
            studio.SetOverlay(show_id=show_id, kind=OverlayKind.PRICE_CARD, visible=False),
        ):
            await asyncio.to_thread(east.does, request)
        await scene.relays()
        assert scene.said("show") == [{**of_show, "state": "on_air"}]
        assert scene.said("pitch") == [{**of_line, "state": "started", "units_left": 7}]
        assert scene.said("overlay") == [{**of_show, "kind": "price_card", "visible": False}]
        await until(lambda: scene.said("stock"))
        await asyncio.to_thread(east.receives, east.sku(scarf), 3)
        await until(lambda: len(scene.said("stock")) == 2)
        assert [body["units_left"] for body in scene.said("stock")] == [7, 10]
        assert scene.said("stock")[0] == {**of_show, "sku_id": str(east.sku(scarf)), "units_left": 7}
        await asyncio.to_thread(east.does, studio.EndShow(show_id=show_id), 60)
        await scene.relays()
        assert scene.said("show")[-1] == {**of_show, "state": "ended"}
        assert scene.said("pitch")[-1]["state"] == "ended"
        assert {topic.rpartition("/")[0] for topic, _ in scene.published} == {f"{east.ctx.base_id}/{show_id}"}

    play(tmp_path, scenario)


def test_the_relay_makes_the_key_of_a_removed_destination_unreadable(east: Stage) -> None:
    tiktok = east.destination()
    sealed = bytes(Destination.objects.scoped(east.ctx).one(id=tiktok).sealed_key or b"")
    assert keyring().unseal(subject_of_key(tiktok), sealed) == b"key-of-TikTok-0123456789"
    east.does(studio.RemoveDestination(destination_id=tiktok))
    while relay.work("studio.outside"):
        pass
    assert keyring().unseal(subject_of_key(tiktok), sealed) is None


def test_control_goes_on_after_a_round_that_failed(
    east: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    east.live()
    whole = composing.Composer.room_documents
    failures = iter([RuntimeError("the database is away")])

    def failing_once(composer: composing.Composer, at: datetime) -> Any:
        for error in failures:
            raise error
        return whole(composer, at)

    monkeypatch.setattr(composing.Composer, "room_documents", failing_once)

    async def scenario(scene: Scene) -> None:
        room = await scene.room(east.room_id)
        await until(lambda: room.document)
        await room.close()

    play(tmp_path, scenario)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["studio.control_failed"]
