"""A room on real sockets: cameras that push over RTMP, destinations that receive, and the wire between."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import av
import pytest
from tests.ports import free_port

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import serve
from silkcast.media.mixer import counter
from silkcast.media.mixer.canvas import Canvas, picture_of
from silkcast.media.mixer.encode import EncoderSettings, SoundEncoder, VideoEncoder
from silkcast.media.mixer.flv import audio_header_tag, picture_tag, sound_tag, video_header_tag
from silkcast.media.mixer.sound import RATE_HZ, silence
from silkcast.media.room.room import Room
from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.handover import Outcome, send_camera
from silkcast.media.rtmp.publish_session import PublishSession
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.server import Arrival, Door, RtmpServer

WIDTH, HEIGHT, FPS = 512, 288, 30
Colour = tuple[int, int, int]
RED, BLUE, GREEN = (63, 102, 240), (32, 240, 118), (173, 42, 26)
COLOURS = {"red": RED, "blue": BLUE, "green": GREEN}

Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def until() -> Until:
    """Wait for a fact, however loaded the machine is."""

    async def wait(is_so: Callable[[], object]) -> None:
        while not is_so():
            await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def settings() -> Iterator[Settings]:
    """Its own short path: the system allows a Unix socket's name 108 bytes, and pytest's folders are long."""
    with tempfile.TemporaryDirectory(prefix="sc") as folder:
        made = Settings(data=Path(folder))
        made.prepare()
        yield made


@pytest.fixture
def document() -> Callable[..., dict[str, Any]]:
    """A small and cheap programme of two cameras; keywords replace its fields."""

    def make(version: int = 1, **fields: Any) -> dict[str, Any]:
        return {
            "version": version,
            "base_id": "base",
            "room_id": "hall",
            "show_id": "show",
            "hls_dir": "hls/base/show",
            "width": WIDTH,
            "height": HEIGHT,
            "fps": FPS,
            "video_kbps": 800,
            "preset": "ultrafast",
            "burn_counter": True,
            "is_simulated": True,  # destinations stand on this machine
            "stall_hold_ms": 60_000,  # a loaded machine stalls cameras; tests of stalling set their own
            "cameras": [{"id": "red"}, {"id": "blue"}],
            "scene": {"layout": "full", "cameras": ["red", "blue"]},
            **fields,
        }

    return make


class Destination:
    """An RTMP server that keeps what it received, and tells what was on it."""

    def __init__(self) -> None:
        self.tags: list[FlvTag] = []
        self.ended: list[str] = []
        self._read = 0  # tags that `pictures` has decoded
        self._pictures: list[tuple[int | None, str]] = []
        self._decoder: Any = None
        self._server = self._made()

    def _made(self) -> RtmpServer:
        return RtmpServer(
            lambda _: True, lambda _, tag: self.tags.append(tag), on_end=lambda _, why: self.ended.append(why)
        )

    async def open(self, port: int = 0) -> None:
        await self._server.open("127.0.0.1", port or free_port())

    async def close(self) -> None:
        await self._server.close()

    async def kill_and_restart(self, pause: Callable[[], Awaitable[None]]) -> None:
        port = self.port
        await self.close()
        await pause()
        self._server = self._made()
        await self.open(port)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/key"

    def times(self, kind: str) -> list[int]:
        return [tag.timestamp_ms for tag in self.tags if tag.kind == kind and not tag.is_sequence_header]

    def pictures(self) -> list[tuple[int | None, str]]:
        """Of each picture its burnt counter and the name of its colour, "slate" where it has none of the cameras'."""
        while self._read < len(self.tags):
            tag = self.tags[self._read]
            self._read += 1
            if tag.kind != "video":
                continue
            if tag.is_sequence_header:
                self._decoder = av.CodecContext.create("h264", "r")
                self._decoder.extradata, self._decoder.thread_count = tag.body[5:], 1
            elif self._decoder is not None:
                frames: list[Any] = self._decoder.decode(av.Packet(tag.body[5:]))
                self._pictures += [(counter.read(picture_of(frame).y), name_of(frame)) for frame in frames]
        return list(self._pictures)

    def counters(self) -> list[int | None]:
        return [number for number, _ in self.pictures()]


def name_of(frame: av.VideoFrame) -> str:
    """The colour left of the middle, where no inset, card or counter lies."""
    picture = picture_of(frame)
    y, x = frame.height // 2, frame.width // 4
    found = int(picture.y[y, x]), int(picture.u[y // 2, x // 2]), int(picture.v[y // 2, x // 2])
    for name, colour in COLOURS.items():
        if max(abs(one - other) for one, other in zip(found, colour, strict=True)) < 25:
            return name
    return "slate"


class CameraPusher:
    """An encoder with one colour and silence, at 15 frames a second, by its own clock."""

    def __init__(self, port: int, name: str) -> None:
        self._publisher = Publisher(name, f"rtmp://127.0.0.1:{port}/live/{name}")
        self._video = VideoEncoder(EncoderSettings(320, 192, 15, 300, "ultrafast"))
        self._audio = SoundEncoder(64)
        self._canvas = Canvas(320, 192)
        self._canvas.picture.fill(COLOURS[name])
        self._stop = asyncio.Event()
        self._number = 0
        self.is_paused = False
        self._tasks = [asyncio.create_task(self._publisher.run(self._stop)), asyncio.create_task(self._push())]

    async def _push(self) -> None:
        self._publisher.offer(video_header_tag(self._video.header, 0))
        self._publisher.offer(audio_header_tag(self._audio.header, 0))
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        while True:
            # By the clock, not by counting sleeps: a camera does not slow down because the machine does.
            number = int((loop.time() - start_s) * 15)
            while self._number <= number:
                if not self.is_paused:
                    self._send(self._number)
                self._number += 1
            await asyncio.sleep(1 / 60)

    def _send(self, number: int) -> None:
        for coded in self._video.encode(self._canvas.frame, number):
            self._publisher.offer(picture_tag(coded, 15))
        for sound in self._audio.encode(silence(RATE_HZ // 15)):
            self._publisher.offer(sound_tag(sound))

    async def close(self) -> None:
        """As an encoder that is switched off: it says goodbye, or its line is cut."""
        self._stop.set()
        self._tasks[1].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Studio:
    """A running room, the door before it, and what is connected to both."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.room = Room("hall", settings, None)
        self.methods = self.room.methods()
        self._door = Door(self._hand_over)
        self._stop = asyncio.Event()
        self._cameras: list[CameraPusher] = []

    async def open(self) -> None:
        await self._door.open("127.0.0.1", 0)
        self._server = await serve(self.settings.socket("room-hall"), self.methods)
        self._running = asyncio.create_task(self.room.run(self._stop))
        while not self.settings.socket("room-hall-cameras").exists():
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        self._stop.set()
        await self._running
        for camera in self._cameras:
            await camera.close()
        await self._server.close()
        await self._door.close()

    @property
    def port(self) -> int:
        return self._door.port

    def camera(self, name: str) -> CameraPusher:
        camera = CameraPusher(self._door.port, name)
        self._cameras.append(camera)
        return camera

    async def call(self, method: str, body: Any = None) -> Any:
        return await self.methods[method](body)

    async def apply(self, document: dict[str, Any]) -> Any:
        return await self.call("room.apply", {"document": document})

    async def is_shown(self, name: str) -> bool:
        state = await self.call("room.state")
        return bool(state["scene"]["shown"][:1] == [name])

    async def until_live(self, name: str) -> None:
        while {"id": name, "state": "live"} not in [
            {"id": camera["id"], "state": camera["state"]} for camera in (await self.call("room.state"))["cameras"]
        ]:
            await asyncio.sleep(0.01)

    async def until_gone(self, name: str) -> None:
        """The mix has let go of it."""
        while {"id": name, "state": "absent"} not in [
            {"id": camera["id"], "state": camera["state"]} for camera in (await self.call("room.state"))["cameras"]
        ]:
            await asyncio.sleep(0.01)

    async def until_shown(self, name: str) -> None:
        while not await self.is_shown(name):
            await asyncio.sleep(0.01)

    async def warnings(self, name: str) -> list[str]:
        cameras = (await self.call("room.state"))["cameras"]
        return next(camera["warnings"] for camera in cameras if camera["id"] == name)

    async def events(self) -> list[tuple[str, str]]:
        answer = await self.call("room.events", {"after": 0})
        return [(event["kind"], event["id"]) for event in answer["events"]]

    def encoded_counters(self) -> list[int]:
        return [int(line) for line in (self.settings.run / "room-hall.counters").read_text().split()]

    async def _hand_over(self, arrival: Arrival) -> None:
        accepted = PublishSession.from_state(arrival.session.export_state())
        accepted.accept()
        path = self.settings.socket("room-hall-cameras")
        outcome = await send_camera(path, arrival.encoder, arrival.stream_key, accepted.export_state())
        if outcome is Outcome.TAKEN:
            arrival.encoder.close()
        else:
            await arrival.refuse("NetStream.Failed", outcome.value)


StudioMaker = Callable[[], AbstractAsyncContextManager[Studio]]
DestinationMaker = Callable[[], AbstractAsyncContextManager[Destination]]


@pytest.fixture
def studio(settings: Settings) -> StudioMaker:
    @asynccontextmanager
    async def make() -> AsyncIterator[Studio]:
        made = Studio(settings)
        await made.open()
        try:
            yield made
        finally:
            await made.close()

    return make


@pytest.fixture
def destination() -> DestinationMaker:
    @asynccontextmanager
    async def make() -> AsyncIterator[Destination]:
        made = Destination()
        await made.open()
        try:
            yield made
        finally:
            await made.close()

    return make


@pytest.fixture
def camera_pusher() -> Callable[[int, str], CameraPusher]:
    return CameraPusher
