"""The role as a process of its own: started, killed, started again, stopped."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Client, WireError
from silkcast.media.rtmp.handover import send_camera
from silkcast.media.rtmp.server import Arrival, Door

Until = Callable[[Callable[[], object]], Any]
Maker = Callable[[], AbstractAsyncContextManager[Any]]
Document = Callable[..., dict[str, Any]]
START = """import sys
from silkcast.kernel.settings import load
from silkcast.roles.room import main
main(load(), sys.argv[1:])"""
HANG_S = 60.0


class Launcher:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "SILKCAST_DATA": str(self._settings.data), **more}
        started = subprocess.Popen(
            [sys.executable, "-c", START, "--room", "hall"], env=environment, stderr=subprocess.DEVNULL
        )
        self._running.append(started)
        return started

    def kill(self) -> None:
        for started in self._running:
            started.kill()
            started.wait(HANG_S)


@pytest.fixture
def launcher(settings: Settings) -> Iterator[Launcher]:
    made = Launcher(settings)
    yield made
    made.kill()


async def answered(client: Client, method: str, body: Any = None) -> Any:
    """The answer, however long the process takes to start."""
    while True:
        try:
            return await client.call(method, body, deadline_s=HANG_S)
        except WireError:
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.alone
async def test_a_killed_room_comes_back_where_it_was_and_stops_cleanly(
    launcher: Launcher, destination: Maker, document: Document, settings: Settings, until: Until, camera_pusher: Any
) -> None:
    counters, index = settings.run / "room-hall.counters", settings.data / "hls/base/show/index.m3u8"
    client = Client(settings.socket("room-hall"))

    async def hand_over(arrival: Arrival) -> None:
        arrival.session.accept()
        path = settings.socket("room-hall-cameras")
        with arrival.encoder:
            await send_camera(path, arrival.encoder, arrival.stream_key, arrival.session.export_state())

    door = Door(hand_over)
    await door.open("127.0.0.1", 0)
    async with destination() as one:
        first = launcher.start()
        wanted = document(destinations=[{"id": "one", "url": one.url}])
        assert (await answered(client, "room.apply", {"document": wanted}))["applied"]
        camera = camera_pusher(door.port, "red")
        await until(lambda: "red" in [name for _, name in one.pictures()])
        await until(index.exists)
        assert os.getsid(first.pid) == first.pid  # a session of its own: the death of its parent's does not reach it
        first.send_signal(signal.SIGKILL)
        first.wait(HANG_S)
        listed = len(counters.read_text().split())

        second = launcher.start()
        assert (await answered(client, "health"))["ok"]
        received = len(one.tags)
        await until(lambda: len(one.tags) > received + 60)
        await until(lambda: [name for _, name in one.pictures()][-1:] == ["red"])  # the camera found its way back, too
        second.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(second.wait, HANG_S) == 0

        numbers = [int(line) for line in counters.read_text().split()]
        assert numbers[:listed] == list(range(numbers[0], numbers[0] + listed))
        assert numbers[listed] > numbers[listed - 1]
        assert numbers[listed:] == list(range(numbers[listed], numbers[-1] + 1))
        await until(lambda: one.ended[-1:] in (["FCUnpublish"], ["deleteStream"]))
        playlist = index.read_text()
        assert playlist.endswith("#EXT-X-ENDLIST\n")
        assert "#EXT-X-DISCONTINUITY\n" in playlist
        await camera.close()
    await client.close()
    await door.close()


@pytest.mark.slow
@pytest.mark.alone
async def test_a_room_is_stopped_by_the_wire(launcher: Launcher, document: Document, settings: Settings) -> None:
    started = launcher.start()
    client = Client(settings.socket("room-hall"))
    await answered(client, "room.apply", {"document": document()})
    assert await answered(client, "room.stop") == {"stopping": True}
    assert await asyncio.to_thread(started.wait, HANG_S) == 0
    await client.close()


@pytest.mark.slow
@pytest.mark.parametrize("why", ["folder_gone", "nobody_asks"])
async def test_a_room_for_which_nobody_is_left_says_goodbye_and_ends(
    why: str, launcher: Launcher, destination: Maker, document: Document, settings: Settings, until: Until
) -> None:
    client = Client(settings.socket("room-hall"))
    async with destination() as one:
        room = launcher.start(SILKCAST_ROOM_ALONE_S="10")
        wanted = document(destinations=[{"id": "one", "url": one.url}])
        assert (await answered(client, "room.apply", {"document": wanted}))["applied"]
        for _ in range(15):  # asked after for longer than it would stay alone
            assert (await answered(client, "health"))["ok"]
            await asyncio.sleep(1)
        await until(lambda: one.tags)
        if why == "folder_gone":
            shutil.rmtree(settings.data, ignore_errors=True)
        await asyncio.to_thread(room.wait, HANG_S)
        await until(lambda: one.ended[-1:] in (["FCUnpublish"], ["deleteStream"]))
    settings.data.mkdir(exist_ok=True)
