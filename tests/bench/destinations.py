"""What one more destination costs a room, by RTMP and by RTMPS."""

from __future__ import annotations

import asyncio
import functools
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from silkcast.media.rtmp import FlvTag
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.server import RtmpServer
from tests.media.rtmp.certificate import make_certificate

Measured = tuple[str, float, str, float]  # what, its figure, what lies beside it, that one's figure

SECONDS = 10
SINKS = """import asyncio, ssl, sys
from tests.bench.destinations import serve_sinks
asyncio.run(serve_sinks(int(sys.argv[1]), sys.argv[2:]))"""
MORE = 8


class Sinks:
    """RTMP servers in a process of their own, so that what they cost is not counted; TLS with a certificate."""

    def __init__(self, count: int, certificate: Path | None = None) -> None:
        arguments = [str(count), *([str(certificate)] if certificate else [])]
        self._running = subprocess.Popen([sys.executable, "-c", SINKS, *arguments], stdout=subprocess.PIPE)
        assert self._running.stdout is not None
        self.ports = [int(port) for port in self._running.stdout.readline().split()]

    def freeze(self) -> None:
        """From now on they take nothing and say nothing, with every connection open."""
        self._running.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        self._running.kill()
        self._running.wait()


async def serve_sinks(count: int, certificates: list[str]) -> None:
    """In the sinks' process; TLS ends before our server, as it does at platforms."""
    ports = []
    servers: list[Any] = []
    for _ in range(count):
        inner = RtmpServer(lambda _: True, lambda *_: None)
        await inner.open()
        servers.append(inner)
        port = inner.port
        for certificate in certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            outer = await asyncio.start_server(functools.partial(_take_tls_off, port), "127.0.0.1", 0, ssl=context)
            servers.append(outer)
            port = outer.sockets[0].getsockname()[1]
        ports.append(port)
    print(*ports, flush=True)
    await asyncio.Event().wait()


async def _take_tls_off(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while received := await source.read(65536):
            target.write(received)
            await target.drain()
        target.close()

    await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer), return_exceptions=True)


async def publishers_cost(urls: list[str], tags: list[FlvTag], tls: ssl.SSLContext | None = None) -> float:
    """CPU a second of this process while it publishes to all of them."""
    publishers = [Publisher(url, url, tls=tls) for url in urls]
    stop = asyncio.Event()
    running = [asyncio.create_task(publisher.run(stop)) for publisher in publishers]
    for publisher in publishers:
        publisher.offer(tags[0])
    while {publisher.state().phase for publisher in publishers} != {"live"}:
        await asyncio.sleep(0.01)
    began_s, used_s = time.monotonic(), time.process_time()
    for tag in tags:
        await asyncio.sleep(max(0.0, began_s + tag.timestamp_ms / 1000 - time.monotonic()))
        for publisher in publishers:
            publisher.offer(tag)
    used_s = (time.process_time() - used_s) / (time.monotonic() - began_s)
    stop.set()
    await asyncio.gather(*running)
    if dropped := sum(publisher.state().tags_dropped for publisher in publishers):
        raise RuntimeError(dropped)
    return used_s


def destination_cost(certificate: Path | None = None) -> float:
    """Cores for one more destination at 3 Mbit/s: eight more, divided."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(cafile=str(certificate))
    tags = [tag for second in range(SECONDS) for tag in three_megabits(second)]
    sinks = Sinks(1 + MORE, certificate)
    scheme = "rtmp" if certificate is None else "rtmps"
    urls = [f"{scheme}://127.0.0.1:{port}/live/k" for port in sinks.ports]
    try:
        few = asyncio.run(publishers_cost(urls[:1], tags, context))
        many = asyncio.run(publishers_cost(urls, tags, context))
    finally:
        sinks.close()
    return (many - few) / MORE


def three_megabits(second: int) -> list[FlvTag]:
    """A second of them: a keyframe five times as large as the others, and sound."""
    tags = []
    for number in range(30):
        size = 5 * 10_400 if number == 0 else 10_400
        head = b"\x17\x01\x00\x00\x00" if number == 0 else b"\x27\x01\x00\x00\x00"
        at_ms = second * 1000 + number * 1000 // 30
        tags += [FlvTag("video", at_ms, head + bytes(size)), FlvTag("audio", at_ms, b"\xaf\x01" + bytes(480))]
    return tags


def one_more_destination() -> Measured:
    """Goal: at most 0.01 of a core; TLS is reported."""
    with tempfile.TemporaryDirectory(prefix="sc") as folder:
        certificate = make_certificate(Path(folder))
        return (
            "one more RTMP destination, 3 Mbit/s",
            destination_cost(),
            "the same by RTMPS",
            destination_cost(certificate),
        )
