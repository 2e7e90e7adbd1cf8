"""The ingest role: keys that it knows, rooms that are there or not, and a restart that no live camera notices."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import os
import resource
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ParamSpec

import pytest

from silkcast.kernel import wire
from silkcast.kernel.settings import Settings
from silkcast.media.rtmp.destination import Reason
from silkcast.media.rtmp.handover import CameraPort, Outcome
from silkcast.media.rtmp.publish_session import PublishSession
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.server import DoorLimits, receive
from silkcast.media.rtmp.tags import FlvTag
from silkcast.roles.ingest import BadDocument, Ingest

FFMPEG = shutil.which("ffmpeg")
HANG_S = 120.0
START = "from silkcast.kernel import settings; from silkcast.roles import ingest; ingest.main(settings.load(), [])"
KEYFRAME = FlvTag("video", 0, b"\x17\x01\x00\x00\x00 picture")

P = ParamSpec("P")


def in_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run the test in a loop of its own, guarded against hanging."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def guarded() -> None:
            async with asyncio.timeout(HANG_S):
                await test(*args, **kwargs)

        asyncio.run(guarded())

    return run


async def until(is_so: Callable[[], object]) -> None:
    while not is_so():
        await asyncio.sleep(0.005)


def document(version: int, **keys: str) -> dict[str, Any]:
    """One camera per key, all in one room."""
    cameras = [
        {"key_sha256": hashlib.sha256(key.encode()).hexdigest(), "room_id": "room-a", "camera_id": camera_id}
        for camera_id, key in keys.items()
    ]
    return {"version": version, "cameras": cameras}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path, rtmp_port=0)
    made.prepare()
    return made


@asynccontextmanager
async def open_ingest(settings: Settings) -> AsyncIterator[Ingest]:
    ingest = Ingest(settings)
    await ingest.open()
    try:
        yield ingest
    finally:
        await ingest.close()


class Room:
    """The camera socket of a room, which keeps what it is given."""

    def __init__(self, settings: Settings, answer: Outcome = Outcome.TAKEN) -> None:
        self.tags: dict[str, list[FlvTag]] = {}
        self.ends: list[str] = []
        self._answer = answer
        self._port = CameraPort(settings.socket("room-room-a-cameras"), self._take)
        self._readers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Room:
        await self._port.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._port.close()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def _take(self, camera_id: str, encoder: socket.socket, session: PublishSession) -> Outcome:
        if self._answer is Outcome.TAKEN:
            self._readers.add(asyncio.create_task(self._read(camera_id, encoder, session)))
        return self._answer

    async def _read(self, camera_id: str, encoder: socket.socket, session: PublishSession) -> None:
        with encoder:
            self.ends.append(await receive(encoder, session, self.tags.setdefault(camera_id, []).append))


@asynccontextmanager
async def encoder(port: int, key: str) -> AsyncIterator[Publisher]:
    publisher = Publisher("encoder", f"rtmp://127.0.0.1:{port}/live/{key}")
    stop = asyncio.Event()
    task = asyncio.create_task(publisher.run(stop))
    try:
        yield publisher
    finally:
        stop.set()
        await task


@in_loop
async def test_a_camera_with_a_known_key_reaches_its_room(settings: Settings) -> None:
    async with open_ingest(settings) as ingest, Room(settings) as room:
        assert await ingest.apply({"document": document(1, camera_1="secret", camera_2="other")}) == {"version": 1}
        async with encoder(ingest.port, "secret") as publisher:
            publisher.offer(KEYFRAME)
            await until(lambda: room.tags == {"camera_1": [KEYFRAME]})
        await until(lambda: room.ends == ["FCUnpublish"])
        state = await ingest.state(None)
    assert (state["version"], state["cameras_known"], state["waiting"]) == (1, 2, 0)
    assert (state["outcomes"], state["cameras"]["camera_1"]["outcome"]) == ({"taken": 1}, "taken")


@in_loop
async def test_an_unknown_key_is_refused_at_publish_and_no_room_hears_of_it(settings: Settings) -> None:
    async with open_ingest(settings) as ingest, Room(settings) as room:
        await ingest.apply({"document": document(1, camera_1="secret")})
        async with encoder(ingest.port, "guess") as publisher:
            await until(lambda: publisher.state().phase == "refused")
            assert publisher.state().reason == Reason.BAD_KEY
        assert (await ingest.state(None))["outcomes"] == {"bad_key": 1}
    assert room.tags == {}


@in_loop
async def test_an_encoder_whose_room_is_not_running_may_try_again_and_gets_in(settings: Settings) -> None:
    async with open_ingest(settings) as ingest:
        await ingest.apply({"document": document(1, camera_1="secret")})
        async with encoder(ingest.port, "secret") as publisher:
            publisher.offer(KEYFRAME)
            await until(lambda: publisher.state().phase == "waiting")
            assert publisher.state().reason == Reason.REFUSED
            async with Room(settings) as room:
                await until(lambda: room.tags == {"camera_1": [KEYFRAME]})
        assert (await ingest.state(None))["cameras"]["camera_1"]["outcome"] == "taken"


@in_loop
async def test_a_camera_that_its_room_does_not_want_is_told_to_try_again(settings: Settings) -> None:
    async with open_ingest(settings) as ingest, Room(settings, Outcome.REFUSED):
        await ingest.apply({"document": document(1, camera_1="secret")})
        async with encoder(ingest.port, "secret") as publisher:
            await until(lambda: publisher.state().phase == "waiting")
            assert publisher.state().reason == Reason.REFUSED
        assert set((await ingest.state(None))["outcomes"]) == {"refused"}


@in_loop
async def test_a_second_encoder_with_the_same_key_is_told_that_another_has_it(settings: Settings) -> None:
    async with open_ingest(settings) as ingest, Room(settings, Outcome.BUSY):
        await ingest.apply({"document": document(1, camera_1="secret")})
        async with encoder(ingest.port, "secret") as publisher:
            await until(lambda: publisher.state().phase == "waiting")
            assert publisher.state().reason == Reason.BUSY
        assert set((await ingest.state(None))["outcomes"]) == {"busy"}


@in_loop
async def test_before_the_first_document_no_key_is_called_wrong(settings: Settings) -> None:
    async with open_ingest(settings) as ingest, Room(settings) as room:
        async with encoder(ingest.port, "secret") as publisher:
            publisher.offer(KEYFRAME)
            await until(lambda: publisher.state().phase == "waiting")
            assert publisher.state().reason == Reason.REFUSED
            await ingest.apply({"document": document(1, camera_1="secret")})
            await until(lambda: room.tags == {"camera_1": [KEYFRAME]})
        assert (await ingest.state(None))["outcomes"].keys() == {"not_ready", "taken"}


@in_loop
async def test_a_key_that_was_taken_back_is_no_longer_known(settings: Settings) -> None:
    async with open_ingest(settings) as ingest, Room(settings):
        await ingest.apply({"document": document(1, camera_1="secret")})
        await ingest.apply({"document": document(2)})
        async with encoder(ingest.port, "secret") as publisher:
            await until(lambda: publisher.state().reason == Reason.BAD_KEY)


@in_loop
async def test_an_older_document_is_ignored_and_the_latest_survives_a_restart(settings: Settings) -> None:
    async with open_ingest(settings) as ingest:
        assert await ingest.apply({"document": document(7, camera_1="secret")}) == {"version": 7}
        assert await ingest.apply({"document": document(6)}) == {"version": 7}
        assert await ingest.apply({"document": document(7, camera_1="secret", camera_2="new")}) == {"version": 7}
        assert ingest.keys.find("new") is not None
    assert (settings.run / "ingest.json").stat().st_mode & 0o777 == 0o600
    async with open_ingest(settings) as again:
        assert again.keys.version == 7
        camera = again.keys.find("secret")
        assert camera is not None
        assert camera.camera_id == "camera_1"


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"document": {"version": 2}},
        {"document": {"version": "2", "cameras": []}},
        {"document": {"version": 2, "cameras": [{"key_sha256": "ab", "room_id": "r", "camera_id": "c"}]}},
        {"document": {"version": 2, "cameras": [{"key_sha256": "a" * 64, "room_id": "../r", "camera_id": "c"}]}},
    ],
)
@in_loop
async def test_what_is_no_document_is_refused_and_the_one_held_stays(settings: Settings, body: Any) -> None:
    ingest = Ingest(settings)
    await ingest.apply({"document": document(1, camera_1="secret")})
    with pytest.raises(BadDocument):
        await ingest.apply(body)
    assert ingest.keys.version == 1
    assert ingest.keys.find("secret") is not None


@in_loop
async def test_a_damaged_file_of_keys_does_not_stop_the_port(settings: Settings) -> None:
    (settings.run / "ingest.json").write_text("{half")
    async with open_ingest(settings) as ingest:
        assert await ingest.health(None) == {"ok": True, "detail": {"pid": os.getpid(), "version": 0, "waiting": 0}}


@asynccontextmanager
async def ingest_process(settings: Settings) -> AsyncIterator[tuple[asyncio.subprocess.Process, int, wire.Client]]:
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    environment = {**os.environ, "SILKCAST_DATA": str(settings.data), "SILKCAST_RTMP_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    client = wire.Client(settings.socket("ingest"))
    try:
        while not await _is_healthy(client):
            await asyncio.sleep(0.02)
        yield process, port, client
    finally:
        await client.close()
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _is_healthy(client: wire.Client) -> bool:
    try:
        health = await client.call("health")
    except wire.WireError:
        return False
    return bool(health["ok"])


@in_loop
async def test_the_process_answers_at_its_socket_and_ends_when_told(settings: Settings) -> None:
    async with ingest_process(settings) as (process, _, client):
        applied = await client.call("ingest.apply", {"document": document(3, camera_1="secret")})
        assert applied == {"version": 3}
        assert (await client.call("ingest.state"))["cameras_known"] == 1
        with pytest.raises(wire.WireRefused) as refused:
            await client.call("ingest.apply", {"document": {}})
        assert refused.value.refusal == "ingest.bad_document"
        process.terminate()
        assert await process.wait() == 0


GARBAGE = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the beginning of TLS
    bytes(range(256)) * 32,
    b"\x03" + bytes(1536) * 2 + b"\xff" * 4096,  # a handshake, then nonsense
]


@in_loop
async def test_garbage_at_the_port_is_closed_with_a_code_and_a_camera_gets_in_beside_it(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with open_ingest(settings) as ingest, Room(settings) as room:
        await ingest.apply({"document": document(1, camera_1="secret")})

        async def talk(words: bytes) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", ingest.port)
            try:
                writer.write(words)
                while await reader.read(65536):
                    pass
            except ConnectionError:
                pass
            finally:
                writer.transport.abort()

        async with encoder(ingest.port, "secret") as publisher:
            publisher.offer(KEYFRAME)
            await until(lambda: "camera_1" in room.tags)
            for _ in range(25):
                await asyncio.gather(*(talk(words) for words in GARBAGE))
            publisher.offer(KEYFRAME)
            await until(lambda: room.tags == {"camera_1": [KEYFRAME, KEYFRAME]})
            assert publisher.state().attempts == 1
        assert (await ingest.state(None))["outcomes"] == {"taken": 1}
    said = [record.__dict__["facts"] for record in caplog.records if record.message == "rtmp.turned_away"]
    assert all(fact["reason"].startswith("rtmp.") for fact in said)
    assert 0 < len(said) < 100 == 25 * len(GARBAGE)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127/8 on its loopback")
@in_loop
async def test_thousands_of_slow_connections_keep_no_encoder_out_and_disturb_no_camera(settings: Settings) -> None:
    """As many as the machine lets one process open, up to 4,000, from 250 addresses."""
    count = min(4000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 300)
    loop = asyncio.get_running_loop()
    async with Room(settings) as room, ingest_process(settings) as (_, port, client):
        await client.call("ingest.apply", {"document": document(1, camera_1="secret", camera_2="other")})
        async with encoder(port, "secret") as on_air:
            on_air.offer(KEYFRAME)
            await until(lambda: "camera_1" in room.tags)
            with contextlib.ExitStack() as slow:
                for number in range(count):
                    link = slow.enter_context(socket.socket())
                    link.settimeout(0)
                    link.bind((f"127.1.0.{1 + number % 250}", 0))
                    await loop.sock_connect(link, ("127.0.0.1", port))
                    link.send(b"\x03")
                async with encoder(port, "other") as newcomer:
                    newcomer.offer(KEYFRAME)
                    await until(lambda: "camera_2" in room.tags)
                on_air.offer(KEYFRAME)
                await until(lambda: len(room.tags["camera_1"]) == 2)
                state = await client.call("ingest.state")
                assert (await client.call("health"))["ok"]
            assert on_air.state().attempts == 1
        assert state["waiting"] <= DoorLimits().waiting_max
        assert state["turned_away"] >= count - DoorLimits().waiting_max - newcomer.state().attempts


@pytest.mark.real_server
@pytest.mark.skipif(FFMPEG is None, reason="FFmpeg is not installed")
@in_loop
async def test_a_camera_stays_on_air_when_ingest_is_killed(settings: Settings) -> None:
    assert FFMPEG is not None
    async with Room(settings) as room, ingest_process(settings) as (process, port, client):
        await client.call("ingest.apply", {"document": document(1, camera_1="secret")})
        pictures = ["-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=30:duration=2"]
        encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-f", "flv"]
        url = f"rtmp://127.0.0.1:{port}/live/secret"
        ffmpeg = await asyncio.create_subprocess_exec(
            FFMPEG, "-loglevel", "error", *pictures, *encoding, url, stdin=asyncio.subprocess.DEVNULL
        )
        await until(lambda: room.tags.get("camera_1"))
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
        arrived_before = len(room.tags["camera_1"])
        assert await ffmpeg.wait() == 0
        await until(lambda: room.ends)
    assert room.ends == ["FCUnpublish"]
    frames = [tag for tag in room.tags["camera_1"] if tag.kind == "video" and tag.body[1] == 1]
    assert arrived_before < len(frames) == 60
    begin_ms = frames[0].timestamp_ms
    assert all(abs(tag.timestamp_ms - begin_ms - number * 1000 / 30) <= 1 for number, tag in enumerate(frames))
