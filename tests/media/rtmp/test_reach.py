"""Where streams may go, and that nothing is connected to that was not looked at first."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from silkcast.media.rtmp.destination import Deadlines, Phase, Reason
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.reach import THIS_MACHINE, Reach, is_public, numeric_addresses
from silkcast.media.rtmp.tags import FlvTag

Programme = Callable[..., list[FlvTag]]
Until = Callable[[Callable[[], object]], Awaitable[None]]

PUBLIC = ["8.8.8.8", "192.88.98.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
NOT_PUBLIC = [
    "0.0.0.1", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.9", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "192.0.0.192", "192.0.2.1", "192.168.0.1", "198.18.0.1", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "2002:7f00:1::1", "2001:db8::1", "2001::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1",
    "ff02::1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_permitted_to_everybody(address: str) -> None:
    assert is_public(address)
    assert Reach().permits(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_other_addresses_are_permitted_to_nobody_who_was_not_told_so(address: str) -> None:
    assert not is_public(address)
    assert not Reach().permits(address)


def test_a_network_that_was_named_is_permitted_in_every_notation_and_no_other() -> None:
    reach = Reach((ip_network("10.1.0.0/16"), ip_network("fd00:1::/48")))
    permitted = ["10.1.2.3", "::ffff:10.1.2.3", "fd00:1::7"]
    assert [address for address in [*permitted, "10.2.0.1", "fd00:2::7", "127.0.0.1"] if reach.permits(address)] == (
        permitted
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
def test_a_number_is_known_as_an_address_in_every_notation(host: str) -> None:
    assert numeric_addresses(host) == ["127.0.0.1"]


def test_a_name_is_no_number() -> None:
    assert numeric_addresses("push.example") == []
    assert numeric_addresses("x" * 64) == []


Talk = Callable[[asyncio.StreamWriter], None]


@asynccontextmanager
async def listening(talk: Talk | None) -> AsyncIterator[int]:
    """A port with somebody behind it who is no RTMP server; with nobody when there is no talk."""
    links: list[asyncio.StreamWriter] = []

    def knocked(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        links.append(writer)
        assert talk is not None
        talk(writer)

    server = await asyncio.start_server(knocked, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if talk is None:
        server.close()
    try:
        yield port
    finally:
        server.close()
        for link in links:
            link.transport.abort()
        await asyncio.sleep(0)


LOCAL = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "localhost", "[::ffff:127.0.0.1]"]


@pytest.mark.parametrize("host", LOCAL)
async def test_a_private_address_is_refused_without_knocking(
    host: str, running: Any, until: Until, programme: Programme
) -> None:
    knocks: list[asyncio.StreamWriter] = []
    async with listening(knocks.append) as port:
        publisher = Publisher("shop", f"rtmp://{host}:{port}/live", stream_key="k", reach=Reach())
        async with running(publisher):
            publisher.offer(programme()[0])
            await until(lambda: publisher.state().phase == "refused")
            assert publisher.state().reason == Reason.NOT_ALLOWED
    assert knocks == []


async def test_a_private_address_in_a_network_that_was_named_is_pushed_to(
    receiver: Any, running: Any, until: Until, programme: Programme
) -> None:
    async with receiver() as server:
        publisher = Publisher("shop", server.url("key"), reach=Reach((ip_network("127.0.0.0/30"),)))
        async with running(publisher):
            for tag in programme():
                publisher.offer(tag)
            await until(lambda: publisher.state().phase == "live")


@pytest.mark.skipif(not hasattr(socket, "SO_BINDTODEVICE"), reason="only Linux has all of 127/8 on its loopback")
async def test_a_name_that_leads_elsewhere_at_the_next_try_is_looked_at_again(
    running: Any, until: Until, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    knocks: list[str] = []

    def knocked(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocks.append(writer.get_extra_info("sockname")[0])
        writer.close()

    server = await asyncio.start_server(knocked, "127.0.0.9", 0)
    port = server.sockets[0].getsockname()[1]
    other = await asyncio.start_server(knocked, "127.0.0.1", port)
    answers = [["127.0.0.9"], ["127.0.0.1"]]

    def resolve(*_: object, **__: object) -> list[tuple[Any, ...]]:
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port)) for address in addresses]

    async with server, other:
        publisher = Publisher(
            "shop", f"rtmp://push.example:{port}/live", stream_key="k", reach=Reach((ip_network("127.0.0.9/32"),))
        )
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        async with running(publisher):
            publisher.offer(programme()[0])
            await until(lambda: publisher.state().phase == "refused")
            assert publisher.state().reason == Reason.NOT_ALLOWED
    assert knocks == ["127.0.0.9"]


def hang_up(link: asyncio.StreamWriter) -> None:
    link.close()


def speak_http(link: asyncio.StreamWriter) -> None:
    link.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(4000))


def say_nothing(link: asyncio.StreamWriter) -> None:
    """It takes the connection, and that is all."""


@pytest.mark.parametrize("talk", [None, hang_up, speak_http, say_nothing])
async def test_of_a_private_address_nobody_learns_whether_something_listens(
    talk: Talk | None, running: Any, until: Until, programme: Programme
) -> None:
    async with listening(talk) as port:
        quick = Deadlines(handshake_s=0.2)
        publisher = Publisher("shop", f"rtmp://127.0.0.1:{port}/live/k", deadlines=quick, reach=Reach(THIS_MACHINE))
        phases = set[Phase]()

        def has_failed_twice() -> bool:
            phases.add(publisher.state().phase)
            return publisher.state().attempts > 2

        async with running(publisher):
            publisher.offer(programme()[0])
            await until(has_failed_twice)
            assert publisher.state().reason == Reason.UNREACHABLE
        assert phases <= {"idle", "resolving", "connecting", "waiting"}
