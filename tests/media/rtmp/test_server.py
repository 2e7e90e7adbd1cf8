"""The RTMP port under every kind of visitor: bounded, patient for so long, and clear in its answers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from silkcast.media.rtmp.address import Address
from silkcast.media.rtmp.handshake import PART_BYTES, hello
from silkcast.media.rtmp.publisher_session import PublisherEvent, PublisherSession, PublishStarted, Refused
from silkcast.media.rtmp.server import Arrival, Door, DoorLimits
from silkcast.media.rtmp.tags import FlvTag

HANG_S = 120.0
Programme = Callable[..., list[FlvTag]]
Until = Callable[[Callable[[], object]], Awaitable[None]]


class Encoder:
    """One connection, driven step by step."""

    def __init__(self, url: str) -> None:
        self.address = Address.parse(url)
        self.session = PublisherSession(self.address)
        self.link = socket.socket()
        self.link.settimeout(0)

    async def connect(self) -> None:
        await asyncio.get_running_loop().sock_connect(self.link, (self.address.host, self.address.port))

    async def ask_to_publish(self) -> PublisherEvent:
        """Talk until there is an answer."""
        loop = asyncio.get_running_loop()
        await self.connect()
        while True:
            await loop.sock_sendall(self.link, self.session.outgoing())
            for event in self.session.feed(await loop.sock_recv(self.link, 65536)):
                if isinstance(event, (PublishStarted, Refused)):
                    return event

    async def send(self, tags: list[FlvTag]) -> None:
        for tag in tags:
            self.session.send(tag, tag.timestamp_ms)
        await asyncio.get_running_loop().sock_sendall(self.link, self.session.outgoing())

    async def is_closed(self) -> bool:
        """Wait for the other side to close, whatever it says before."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            while await loop.sock_recv(self.link, 65536):
                pass
        return True


@pytest.fixture
def encoder() -> Any:
    with contextlib.ExitStack() as stack:

        def make(url: str) -> Encoder:
            made = Encoder(url)
            stack.enter_context(made.link)
            return made

        yield make


async def take_leave(encoder: Encoder) -> None:
    encoder.session.end()
    await encoder.send([])


async def reset(encoder: Encoder) -> None:
    encoder.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    encoder.link.close()


async def half_close(encoder: Encoder) -> None:
    encoder.link.shutdown(socket.SHUT_WR)


async def talk_garbage(encoder: Encoder) -> None:
    await asyncio.get_running_loop().sock_sendall(encoder.link, bytes.fromhex("c7 ff ff ff") * 20)


async def test_an_encoder_that_said_goodbye_is_the_first_to_hang_up(
    receiver: Any, encoder: Any, until: Until, programme: Programme
) -> None:
    loop = asyncio.get_running_loop()
    async with receiver() as server:
        leaver = encoder(server.url("key"))
        await leaver.ask_to_publish()
        await leaver.send(programme(pictures=1))
        await take_leave(leaver)
        await until(lambda: server.ends == [("key", "FCUnpublish")])
        answers = await loop.sock_recv(leaver.link, 65536)
        assert b"onFCUnpublish" in answers
        with pytest.raises(BlockingIOError):  # still open, and nothing more to say
            leaver.link.recv(1)
        await loop.sock_sendall(leaver.link, bytes(1000))
        leaver.link.shutdown(socket.SHUT_WR)
        assert await loop.sock_recv(leaver.link, 65536) == b""


@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        (take_leave, "FCUnpublish"),
        (half_close, "closed"),
        (reset, "lost"),
        (talk_garbage, "rtmp.chunk"),
    ],
)
async def test_how_an_encoder_leaves_is_told_and_all_it_sent_was_kept(
    leave: Callable[[Encoder], Awaitable[None]],
    reason: str,
    receiver: Any,
    encoder: Any,
    until: Until,
    programme: Programme,
) -> None:
    tags = programme(pictures=30)
    async with receiver() as server:
        camera = encoder(server.url("key"))
        assert await camera.ask_to_publish() == PublishStarted()
        await camera.send(tags)
        await until(lambda: server.tags.get("key") == tags)
        await leave(camera)
        await until(lambda: server.ends)
    assert server.ends == [("key", reason)]


async def test_a_wrong_key_is_refused_at_publish_and_the_connection_closed(receiver: Any, encoder: Any) -> None:
    async with receiver() as server:
        camera = encoder(server.url("wrong"))
        answer = await camera.ask_to_publish()
        assert (answer.code, answer.description) == ("NetStream.Publish.BadName", "Unknown stream key")
        assert await camera.is_closed()
    assert server.tags == {}


@asynccontextmanager
async def door(
    limits: DoorLimits, on_arrival: Callable[[Arrival], Awaitable[None]] | None = None
) -> AsyncIterator[tuple[Door, str]]:
    async def refuse(arrival: Arrival) -> None:
        await arrival.refuse("NetStream.Failed", "not today")

    opened = Door(on_arrival or refuse, limits)
    await opened.open("127.0.0.1", 0)
    try:
        yield opened, f"rtmp://127.0.0.1:{opened.port}/live/key"
    finally:
        await opened.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - what is tested
async def test_everywhere_is_either_family(host: str, until: Until) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    opened = Door(lambda _: asyncio.sleep(0), DoorLimits())
    await opened.open(host, port)
    links = [await asyncio.open_connection(each, port) for each in ("127.0.0.1", "::1")]
    await until(lambda: opened.waiting == len(links))
    await opened.close()
    for _, writer in links:
        writer.close()


@pytest.mark.parametrize("limit", ["waiting_max", "waiting_per_address_max", "connections_max"])
async def test_past_a_limit_newcomers_are_closed_and_those_inside_stay(limit: str, encoder: Any, until: Until) -> None:
    async with door(DoorLimits(**{limit: 3}, grace_s=HANG_S)) as (opened, url):
        inside = [encoder(url) for _ in range(3)]
        for camera in inside:
            await camera.connect()
        await until(lambda: opened.waiting == 3)
        outside = encoder(url)
        await outside.connect()
        assert await outside.is_closed()
        assert (opened.turned_away, opened.waiting) == (1, 3)
        inside[0].link.close()
        await until(lambda: opened.waiting == 2)
        late = encoder(url)
        assert isinstance(await late.ask_to_publish(), Refused)


@pytest.mark.parametrize("limit", ["waiting_max", "waiting_per_address_max"])
async def test_who_waited_longest_makes_room_for_an_encoder_that_knows_what_it_wants(
    limit: str, encoder: Any, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    async with door(DoorLimits(**{limit: 3}, grace_s=0.0)) as (opened, url):
        slow = [encoder(url) for _ in range(3)]
        for number, camera in enumerate(slow):
            await camera.connect()
            await until(lambda wanted=number + 1: opened.waiting == wanted)  # type: ignore[misc]
        await asyncio.sleep(0)
        assert isinstance(await encoder(url).ask_to_publish(), Refused)
        assert await slow[0].is_closed()
        assert opened.turned_away == 1
        await until(lambda: opened.waiting == 2)
    assert "rtmp.door_full" in caplog.text


@pytest.mark.parametrize("said", [b"", hello()[:100], hello() + bytes(PART_BYTES)])
async def test_who_shows_no_key_in_time_is_closed(said: bytes, encoder: Any) -> None:
    async with door(DoorLimits(key_deadline_s=0.2)) as (opened, url):
        camera = encoder(url)
        await camera.connect()
        await asyncio.get_running_loop().sock_sendall(camera.link, said)
        assert await camera.is_closed()
        assert opened.waiting == 0


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", hello() + bytes(PART_BYTES) + b"\xff" * 40])
async def test_who_does_not_speak_rtmp_is_closed(said: bytes, encoder: Any) -> None:
    async with door(DoorLimits()) as (_, url):
        camera = encoder(url)
        await camera.connect()
        await asyncio.get_running_loop().sock_sendall(camera.link, said)
        assert await camera.is_closed()


async def test_a_fault_of_ours_with_one_encoder_leaves_the_port_open_for_the_next(
    encoder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([ZeroDivisionError, None])

    async def serve(arrival: Arrival) -> None:
        fault = next(answers)
        if fault is not None:
            raise fault
        await arrival.refuse("NetStream.Failed", "not today")

    async with door(DoorLimits(), serve) as (_, url):
        first, second = encoder(url), encoder(url)
        with pytest.raises(ConnectionResetError):
            await _ask(first)
        assert isinstance(await second.ask_to_publish(), Refused)
    assert "rtmp.arrival_failed" in caplog.text


async def _ask(camera: Encoder) -> None:
    """Like `ask_to_publish`, for a server that closes without an answer."""
    loop = asyncio.get_running_loop()
    await camera.connect()
    while True:
        await loop.sock_sendall(camera.link, camera.session.outgoing())
        received = await loop.sock_recv(camera.link, 65536)
        if not received:
            raise ConnectionResetError
        camera.session.feed(received)
