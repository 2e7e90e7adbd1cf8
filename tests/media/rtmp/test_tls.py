"""RTMPS: our publisher through a TLS endpoint, and each way in which TLS can fail told apart."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.media.rtmp.certificate import make_certificate

from silkcast.media.rtmp.destination import Deadlines, Reason
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.tags import FlvTag

Programme = Callable[..., list[FlvTag]]
Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@asynccontextmanager
async def tls_in_front_of(port: int, certificate: Path) -> AsyncIterator[str]:
    """An endpoint that takes TLS off, as platforms have; yields the URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    tasks = set[asyncio.Task[None]]()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while received := await reader.read(65536):
            writer.write(received)
            await writer.drain()
        writer.transport.abort()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"rtmps://127.0.0.1:{server.sockets[0].getsockname()[1]}/live/key"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_media_goes_through_tls(
    receiver: Any, running: Any, until: Until, programme: Programme, certificate: Path
) -> None:
    tags = programme(pictures=120, picture_bytes=20_000)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with receiver() as server, tls_in_front_of(server.port, certificate) as url:
        publisher = Publisher("shop", url, tls=trusting)
        async with running(publisher):
            for tag in tags:
                publisher.offer(tag)
            await until(lambda: server.tags.get("key") == tags)
            await until(lambda: publisher.state().phase == "live")
        assert (publisher.state().reason, publisher.state().tags_dropped) == ("", 0)


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    receiver: Any, running: Any, until: Until, certificate: Path
) -> None:
    async with receiver() as server, tls_in_front_of(server.port, certificate) as url:
        publisher = Publisher("shop", url)
        async with running(publisher):
            await until(lambda: publisher.state().reason == Reason.TLS_CERTIFICATE)
    assert server.tags == {}


async def test_a_server_without_tls_is_told_apart(receiver: Any, running: Any, until: Until) -> None:
    async with receiver() as server:
        publisher = Publisher("shop", server.url("key").replace("rtmp:", "rtmps:"))
        async with running(publisher):
            await until(lambda: publisher.state().reason == Reason.TLS_FAILED)


async def test_a_server_that_never_answers_tls_costs_its_deadline(running: Any, until: Until) -> None:
    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    url = f"rtmps://127.0.0.1:{server.sockets[0].getsockname()[1]}/live/key"
    publisher = Publisher("shop", url, deadlines=Deadlines(tls_s=0.2))
    async with running(publisher):
        await until(lambda: publisher.state().reason == Reason.TLS_TIMEOUT)
    server.close()
    await server.wait_closed()
