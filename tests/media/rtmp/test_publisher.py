"""Our publisher against our server, and against every way in which a destination can fail; all over real sockets."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from silkcast.media.rtmp.backoff import Backoff
from silkcast.media.rtmp.destination import Deadlines, DestinationState, Reason
from silkcast.media.rtmp.handshake import PART_BYTES, hello
from silkcast.media.rtmp.publish_session import PublishRequested, PublishSession
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.tags import FlvTag

Programme = Callable[..., list[FlvTag]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
OfferAll = Callable[[Publisher, list[FlvTag]], Awaitable[None]]
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
USUAL = Deadlines()


@asynccontextmanager
async def port(peer: Peer) -> AsyncIterator[str]:
    """A server that does with each connection what `peer` says; yields the URL to publish to."""
    tasks = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await peer(reader, writer)
        except (ConnectionError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"rtmp://127.0.0.1:{server.sockets[0].getsockname()[1]}/live/key"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


async def let_publish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Go through the whole greeting and let the publisher begin."""
    session = PublishSession()
    while not any(isinstance(event, PublishRequested) for event in session.feed(await reader.read(65536))):
        writer.write(session.outgoing())
    session.accept()
    writer.write(session.outgoing())


async def test_a_healthy_destination_gets_every_tag_in_order_and_none_is_dropped(
    receiver: Any, running: Any, until: Until, programme: Programme, offer_all: OfferAll
) -> None:
    tags = programme(pictures=900, picture_bytes=12_000)
    async with receiver() as server:
        publisher = Publisher("shop", server.url("key"))
        async with running(publisher):
            await offer_all(publisher, tags)
            await until(lambda: publisher.state().phase == "live")
            await until(lambda: publisher.state().bytes_acked == publisher.state().bytes_sent)
        assert server.tags == {"key": tags}
        await until(lambda: server.ends)
        assert server.ends == [("key", "FCUnpublish")]
    state = publisher.state()
    assert (state.phase, state.reason, state.attempts) == ("idle", "", 1)
    assert (state.tags_sent, state.tags_dropped) == (len(tags), 0)


async def test_the_last_pictures_and_the_leave_go_out_when_told_to_stop(
    receiver: Any, running: Any, until: Until, programme: Programme
) -> None:
    tags = programme(pictures=120, picture_bytes=60_000)
    async with receiver() as server:
        publisher = Publisher("shop", server.url("key"), deadlines=Deadlines(farewell_s=30))
        async with running(publisher) as stop:
            for tag in tags[:10]:
                publisher.offer(tag)
            await until(lambda: "key" in server.tags)
            for tag in tags[10:]:
                publisher.offer(tag)
            stop.set()
        await until(lambda: server.ends)
    assert server.ends == [("key", "FCUnpublish")]
    assert server.tags["key"] == tags


async def test_a_restarted_server_gets_headers_and_a_keyframe_first_and_later_times(
    receiver: Any, running: Any, until: Until, programme: Programme, offer_all: OfferAll
) -> None:
    tags = programme(pictures=300)
    async with receiver() as first:
        publisher = Publisher("shop", first.url("key"))
        async with running(publisher) as stop:
            await offer_all(publisher, tags[:103])
            await until(lambda: len(first.tags.get("key", [])) == 103)
            await first.__aexit__()
            await until(lambda: publisher.state().phase == "waiting")
            assert publisher.state().reason in (Reason.CLOSED, Reason.RESET, Reason.CONNECT_REFUSED)
            async with receiver(first.port) as second:
                for tag in tags[103:]:
                    publisher.offer(tag)
                await until(lambda: tags[-1].body in [tag.body for tag in second.tags.get("key", [])])
                stop.set()
                await until(lambda: second.ends)
    got = second.tags["key"]
    starts = [at for at, tag in enumerate(tags) if tag.is_keyframe and tag.timestamp_ms >= tags[-1].timestamp_ms - 2000]
    assert [tag.body for tag in got] == [tag.body for tag in tags[:3] + tags[starts[0] :]]
    assert [tag.timestamp_ms for tag in got[3:]] == [tag.timestamp_ms for tag in tags[starts[0] :]]
    assert publisher.state().tags_dropped == starts[0] - 103


async def test_a_destination_that_is_not_there_yet_is_found_when_it_comes(
    receiver: Any, running: Any, until: Until, programme: Programme
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        number = placeholder.getsockname()[1]
    publisher = Publisher("shop", f"rtmp://127.0.0.1:{number}/live/key")
    tags = programme()
    for tag in tags:
        publisher.offer(tag)
    async with running(publisher):
        await until(lambda: publisher.state().reason == Reason.CONNECT_REFUSED)
        async with receiver(number) as server:
            await until(lambda: server.tags.get("key") == tags)
    assert publisher.state().tags_dropped == 0


def endless(programme: Programme) -> Iterator[list[FlvTag]]:
    """The programme in fifths of a second, far faster than it would be played."""
    for second in itertools.count():
        tags = programme(pictures=30, picture_bytes=60_000, from_ms=1000 * second)[3 * (second > 0) :]
        yield from (tags[at : at + 12] for at in range(0, len(tags), 12))


async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def only_shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(hello() + bytes(PART_BYTES))
    await asyncio.Event().wait()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def hang_up_at_publish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(hello() + bytes(PART_BYTES))
    await reader.readexactly(1 + 2 * PART_BYTES + 1)


async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await reader.read()


async def speak_garbage_when_live(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await let_publish(reader, writer)
    await reader.read(1)
    writer.write(bytes.fromhex("c7 ff ff ff") * 20)
    await reader.read()


async def reset_when_live(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await let_publish(reader, writer)
    await reader.readexactly(5000)
    link = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def half_close_when_live(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await let_publish(reader, writer)
    await reader.readexactly(5000)
    writer.write_eof()
    await reader.read()


async def stop_reading_when_live(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await let_publish(reader, writer)
    await reader.readexactly(5000)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.Event().wait()


async def never_read_media(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    link = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await let_publish(reader, writer)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.Event().wait()


Beside = Callable[[Peer, Deadlines, Callable[[DestinationState], bool]], Awaitable[Publisher]]


@pytest.fixture
def beside(receiver: Any, running: Any, until: Until, programme: Programme, offer_all: OfferAll) -> Beside:
    """A faulty destination beside a healthy one, until the fault is seen; the healthy one received every tag."""

    async def play(peer: Peer, deadlines: Deadlines, is_seen: Callable[[DestinationState], bool]) -> Publisher:
        offered: list[FlvTag] = []
        async with receiver() as server, port(peer) as url:
            faulty = Publisher("faulty", url, deadlines=deadlines)
            healthy = Publisher("healthy", server.url("key"))
            async with running(faulty), running(healthy):
                for group in endless(programme):
                    for tag in group:
                        faulty.offer(tag)
                    await offer_all(healthy, group)
                    offered += group
                    if is_seen(faulty.state()):
                        break
                await until(lambda: len(server.tags.get("key", ())) == len(offered))
        assert server.tags["key"] == offered
        assert (healthy.state().reason, healthy.state().tags_dropped, healthy.state().attempts) == ("", 0, 1)
        return faulty

    return play


FAULTS: list[tuple[Peer, set[Reason], Deadlines]] = [
    (never_answer, {Reason.HANDSHAKE_TIMEOUT}, Deadlines(handshake_s=0.2)),
    (only_shake_hands, {Reason.PUBLISH_TIMEOUT}, Deadlines(publish_s=0.2)),
    (hang_up, {Reason.CLOSED_AT_HANDSHAKE}, USUAL),
    (hang_up_at_publish, {Reason.CLOSED_AT_PUBLISH}, USUAL),
    (speak_http, {Reason.UNREADABLE}, USUAL),
    (speak_garbage_when_live, {Reason.UNREADABLE}, USUAL),
    (reset_when_live, {Reason.RESET}, USUAL),
    (half_close_when_live, {Reason.CLOSED}, USUAL),
    (stop_reading_when_live, {Reason.WEDGED, Reason.FIRST_ACK_TIMEOUT}, Deadlines(stall_s=0.1, farewell_s=0.1)),
    (never_read_media, {Reason.WEDGED, Reason.FIRST_ACK_TIMEOUT}, Deadlines(stall_s=0.1, farewell_s=0.1)),
]


@pytest.mark.parametrize(("peer", "reasons", "deadlines"), FAULTS, ids=[row[0].__name__ for row in FAULTS])
async def test_a_faulty_destination_is_classified_and_tried_again_and_its_neighbour_loses_nothing(
    peer: Peer,
    reasons: set[Reason],
    deadlines: Deadlines,
    beside: Beside,
) -> None:
    faulty = await beside(peer, deadlines, lambda state: state.attempts == 2)
    assert faulty.state().reason in reasons


async def refuse_the_key(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    session = PublishSession()
    while not any(isinstance(event, PublishRequested) for event in session.feed(await reader.read(65536))):
        writer.write(session.outgoing())
    session.refuse("NetStream.Publish.BadName", "Unknown stream key")
    writer.write(session.outgoing())
    await reader.read()


async def read_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await let_publish(reader, writer)
    while await reader.read(2048):
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("peer", "is_seen"),
    [
        (refuse_the_key, lambda state: (state.phase, state.reason) == ("refused", Reason.BAD_KEY)),
        (read_slowly, lambda state: (state.phase, state.reason) == ("live", "") and state.tags_dropped > 1000),
    ],
    ids=["refuse_the_key", "read_slowly"],
)
async def test_a_destination_that_refuses_or_reads_slowly_costs_its_neighbour_nothing(
    peer: Peer,
    is_seen: Callable[[DestinationState], bool],
    beside: Beside,
) -> None:
    faulty = await beside(peer, Deadlines(farewell_s=0.1), is_seen)
    assert faulty.state().attempts == 1


class Noted(Backoff):
    """Notes what it is told, and never waits."""

    def __init__(self) -> None:
        super().__init__(random.Random())
        self.failures = self.successes = 0

    def reset(self) -> None:
        self.successes += 1

    def next_s(self, *, is_final: bool, is_away: bool = False) -> float:
        self.failures += 1
        return 0.0


@pytest.mark.parametrize(("good_after_s", "counts"), [(0.0, True), (60.0, False)])
async def test_a_connection_counts_as_a_success_only_after_its_media_was_taken_for_a_while(
    good_after_s: float,
    counts: bool,  # noqa: FBT001
    receiver: Any,
    running: Any,
    until: Until,
    programme: Programme,
) -> None:
    backoff = Noted()
    async with receiver() as server:
        publisher = Publisher(
            "shop", server.url("key"), deadlines=Deadlines(good_after_s=good_after_s), backoff=backoff
        )
        async with running(publisher):
            for tag in programme():
                publisher.offer(tag)
            await until(lambda: publisher.state().live_since_ms)
            publisher.offer(programme()[-1])
            await until(lambda: publisher.state().bytes_acked == publisher.state().bytes_sent)
            await server.__aexit__()
            await until(lambda: backoff.failures)
    assert bool(backoff.successes) is counts


async def test_a_wrong_key_is_told_apart_and_not_hammered(
    receiver: Any, running: Any, until: Until, programme: Programme
) -> None:
    async with receiver() as server:
        publisher = Publisher("shop", server.url("wrong"))
        async with running(publisher):
            await until(lambda: publisher.state().phase == "refused")
            state = publisher.state()
            assert (state.reason, state.attempts) == (Reason.BAD_KEY, 1)
            assert state.retry_at_ms is not None
            assert state.retry_at_ms > time.time() * 1000 + 30_000


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("rtmp://nowhere.invalid/live/key", Reason.DNS_FAILED),
        ("rtmp://255.255.255.255/live/key", Reason.UNREACHABLE),
    ],
)
async def test_an_address_that_leads_nowhere_has_its_own_reason(
    url: str, reason: Reason, running: Any, until: Until
) -> None:
    publisher = Publisher("shop", url)
    async with running(publisher):
        await until(lambda: publisher.state().phase == "waiting")
        assert publisher.state().reason == reason


async def test_a_url_that_is_none_is_said_at_once_and_never_tried(running: Any, programme: Programme) -> None:
    publisher = Publisher("shop", "https://shop.example/live")
    async with running(publisher):
        publisher.offer(programme()[0])
        assert (publisher.state().phase, publisher.state().reason) == ("refused", Reason.BAD_URL)
    assert publisher.state().attempts == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127/8 on its loopback")
async def test_the_way_out_can_be_chosen(running: Any, until: Until) -> None:
    came_from: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came_from.append(writer.get_extra_info("peername")[0])

    async with port(note) as url:
        async with running(Publisher("shop", url, bind_address="127.0.0.9")):
            await until(lambda: came_from)
        elsewhere = Publisher("shop", url, bind_address="192.0.2.1")
        async with running(elsewhere):
            await until(lambda: elsewhere.state().reason == Reason.BIND_FAILED)
    assert set(came_from) == {"127.0.0.9"}
