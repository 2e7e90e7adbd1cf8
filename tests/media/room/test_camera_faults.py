"""Whatever a camera does, the programme goes on without a lost tick, and shows the camera again once it makes sense."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from silkcast.media.mixer.canvas import Canvas
from silkcast.media.mixer.encode import EncoderSettings, SoundEncoder, VideoEncoder
from silkcast.media.mixer.flv import audio_header_tag, picture_ms, picture_tag, video_header_tag
from silkcast.media.mixer.sound import RATE_HZ, silence
from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.address import Address
from silkcast.media.rtmp.publisher_session import PublisherSession, PublishStarted

Until = Callable[[Callable[[], object]], Any]
Maker = Callable[[], AbstractAsyncContextManager[Any]]
Document = Callable[..., dict[str, Any]]
pytestmark = [pytest.mark.slow, pytest.mark.alone]
RED, GREEN = (63, 102, 240), (173, 42, 26)
FPS = 15
HOUR_MS = 3_600_000


class FaultyCamera:
    """An encoder whose every octet is in the test's hands: red at first, with sound, by its own clock."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.session = PublisherSession(Address.parse(f"rtmp://127.0.0.1:{port}/live/red"))
        self.link = socket.socket()
        self.link.settimeout(0)
        self.pictures, self.sound, self.colour, self.shift_ms = True, True, RED, 0
        self._audio = SoundEncoder(64)
        self._shape()

    def _shape(self, width: int = 320, height: int = 192) -> None:
        self._video = VideoEncoder(EncoderSettings(width, height, FPS, 300, "ultrafast"))
        self._canvas = Canvas(width, height)
        self._tags = [video_header_tag(self._video.header, 0), audio_header_tag(self._audio.header, 0)]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        with self.link:
            await loop.sock_connect(self.link, ("127.0.0.1", self._port))
            is_publishing = False
            while not is_publishing:
                await loop.sock_sendall(self.link, self.session.outgoing())
                events = self.session.feed(await loop.sock_recv(self.link, 65536))
                is_publishing = any(isinstance(event, PublishStarted) for event in events)
            began_s = loop.time()
            for number in itertools.count():
                await asyncio.sleep(began_s + number / FPS - loop.time())
                await self.send(*self._made(number))

    def _made(self, number: int) -> list[FlvTag]:
        at_ms = picture_ms(number, FPS) + self.shift_ms
        self._canvas.picture.fill(self.colour)
        tags, self._tags = self._tags, []
        tags += [
            FlvTag("video", at_ms, picture_tag(coded, FPS).body)
            for coded in self._video.encode(self._canvas.frame, number)
            if self.pictures
        ]
        for coded in self._audio.encode(silence(RATE_HZ // FPS)):
            at_ms = round(coded.sample * 1000 / RATE_HZ) + self.shift_ms
            tags += [FlvTag("audio", at_ms, b"\xaf\x01" + coded.payload)] if self.sound else []
        return tags

    async def send(self, *tags: FlvTag) -> None:
        for tag in tags:
            self.session.send(tag, tag.timestamp_ms % 2**32)
        await asyncio.get_running_loop().sock_sendall(self.link, self.session.outgoing())

    # What it may do on air. Those that return True cost it its connection.

    async def die(self) -> bool:
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.link.close()
        return True

    async def send_garbage(self) -> bool:
        await asyncio.get_running_loop().sock_sendall(self.link, bytes.fromhex("c7 ff ff ff") * 100)
        return True

    async def send_garbage_for_pictures(self) -> bool:
        for number in range(100):
            await self.send(
                FlvTag("video", number, b"\x17\x01\x00\x00\x00" + bytes((0, 0, 0, 40, 0x65)) + b"\xfe" * 39)
            )
        return True

    async def send_a_header_that_is_none(self) -> bool:
        await self.send(FlvTag("video", 0, b"\x17\x00\x00\x00\x00 nonsense"))
        return True

    async def send_some_garbage_between_pictures(self) -> bool:
        for number in range(10):
            await self.send(FlvTag("video", number, b"\x27\x01\x00\x00\x00" + bytes((0, 0, 0, 9, 0x41)) + b"\xfe" * 8))
        await self.send(FlvTag("script", 0, b"\xff" * 500), FlvTag("audio", 0, b"\xaf\x01" + b"\xff" * 300))
        return False

    async def jump_an_hour_ahead(self) -> bool:
        self.shift_ms += HOUR_MS
        return False

    async def jump_an_hour_ahead_and_back(self) -> bool:
        self.shift_ms += HOUR_MS
        await asyncio.sleep(0.3)
        self.shift_ms -= HOUR_MS
        return False

    async def stop_its_sound(self) -> bool:
        self.sound = False
        return False

    async def send_sound_of_another_kind(self) -> bool:
        self.sound = False
        for number in range(20):
            await self.send(FlvTag("audio", number * 20, b"\x72" + b"\x55" * 160))
        return False

    async def send_a_header_of_sound_that_is_none(self) -> bool:
        await self.send(FlvTag("audio", 0, b"\xaf\x00\xff\xff"))
        return False

    async def change_its_size(self) -> bool:
        self._shape(640, 384)
        return False


FAULTS: list[Callable[[FaultyCamera], Awaitable[bool]]] = [
    FaultyCamera.die,
    FaultyCamera.send_garbage,
    FaultyCamera.send_garbage_for_pictures,
    FaultyCamera.send_a_header_that_is_none,
    FaultyCamera.send_some_garbage_between_pictures,
    FaultyCamera.jump_an_hour_ahead,
    FaultyCamera.jump_an_hour_ahead_and_back,
    FaultyCamera.stop_its_sound,
    FaultyCamera.send_sound_of_another_kind,
    FaultyCamera.send_a_header_of_sound_that_is_none,
    FaultyCamera.change_its_size,
]


@asynccontextmanager
async def on_air(port: int) -> AsyncIterator[FaultyCamera]:
    camera = FaultyCamera(port)
    running = asyncio.create_task(camera.run())
    try:
        yield camera
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError, ValueError):
            await running


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.__name__ for fault in FAULTS])
async def test_a_camera_s_fault_costs_the_programme_nothing_and_the_camera_is_seen_again(
    fault: Callable[[FaultyCamera], Awaitable[bool]],
    studio: Maker,
    destination: Maker,
    document: Document,
    until: Until,
) -> None:
    async with destination() as one:

        def shows(name: str) -> Callable[[], bool]:
            return lambda: [seen for _, seen in one.pictures()][-1:] == [name]

        async with studio() as room:
            await room.apply(document(destinations=[{"id": "one", "url": one.url}]))
            room.camera("blue")
            await room.until_live("blue")
            async with on_air(room.port) as camera:
                await until(shows("red"))
                if await fault(camera):
                    await until(shows("blue"))
                    async with on_air(room.port) as again:
                        again.colour = GREEN
                        await until(shows("green"))
                else:
                    camera.colour = GREEN
                    await until(shows("green"))
            assert (await room.call("room.state"))["skipped"] == 0
            events = await room.events()
        counters = one.counters()
        assert counters == list(range(counters[0], counters[0] + len(counters)))
        sounds = one.times("audio")
        assert max(later - earlier for earlier, later in itertools.pairwise(sounds)) <= 22
        assert events.count(("camera_lost", "blue")) == 0


async def test_what_is_odd_about_a_camera_is_said_of_it_until_it_is_put_right(
    studio: Maker, document: Document
) -> None:
    async with studio() as room:
        await room.apply(document())

        async def until_warned(*codes: str) -> None:
            while True:
                cameras = {camera["id"]: camera for camera in (await room.call("room.state"))["cameras"]}
                if cameras["red"]["warnings"] == list(codes):
                    assert cameras["blue"]["warnings"] == []
                    return
                await asyncio.sleep(0.01)

        async with on_air(room.port) as camera:
            await room.until_live("red")
            await until_warned()
            await camera.send_a_header_of_sound_that_is_none()
            await until_warned("camera.sound_undecodable")
            await camera.send_a_header_that_is_none()
            await until_warned("camera.undecodable")
            await room.until_gone("red")
        await until_warned("camera.undecodable")  # for whoever wonders why it is away
        async with on_air(room.port):
            await until_warned()


async def test_a_picture_beyond_every_bound_costs_its_camera_alone(
    studio: Maker, document: Document, until: Until
) -> None:
    header = bytes.fromhex("01420033ffe1000b67420033da003ff007ff9001000468ce3880")  # 16,368 x 16,368
    async with studio() as room:
        await room.apply(document())
        room.camera("blue")
        await room.until_live("blue")
        async with on_air(room.port) as camera:
            await room.until_live("red")
            await camera.send(FlvTag("video", 0, b"\x17\x00\x00\x00\x00" + header))
            await room.until_gone("red")
        state = await room.call("room.state")
        assert [camera["warnings"] for camera in state["cameras"]] == [["camera.picture_too_large"], []]
        assert state["skipped"] == 0
        await room.until_live("blue")


async def test_a_screen_that_stands_still_stays_while_its_sound_comes(
    studio: Maker, destination: Maker, document: Document, until: Until
) -> None:
    async with destination() as one:
        async with studio() as room:
            await room.apply(document(stall_hold_ms=1500, destinations=[{"id": "one", "url": one.url}]))
            async with on_air(room.port) as camera:
                await until(lambda: [seen for _, seen in one.pictures()][-1:] == ["red"])
                camera.pictures = False
                shown = len(one.pictures())
                await until(lambda: len(one.pictures()) > shown + 75)
                assert {seen for _, seen in one.pictures()[shown:]} == {"red"}
                camera.sound = False
                await until(lambda: [seen for _, seen in one.pictures()][-1:] == ["slate"])
                camera.pictures = True
                await until(lambda: [seen for _, seen in one.pictures()][-1:] == ["red"])
            kinds = [kind for kind, _ in await room.events()]
        assert (kinds.count("camera_stalled"), kinds.count("camera_returned")) == (1, 1)
