"""An edge on a free port in the test's own loop, with real sockets in front and small wire servers behind."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.sessions.backends import signed_cookies
from django.core import signing

from silkcast.kernel import tokens
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import HubClient, serve
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.role import Edge

HANG_GUARD_S = 60.0
Methods = dict[str, Callable[[Any], Awaitable[Any]]]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def settings() -> Iterator[Settings]:
    # Unix sockets need short paths, shorter than pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        made = Settings(data=Path(folder), port=1, static_root=Path(folder) / "static")
        made.prepare()
        yield made


@dataclass
class Stage:
    settings: Settings
    port: int
    stop: asyncio.Event
    running: asyncio.Task[None]
    edge: Edge

    async def shows(self, name: str, value: Any) -> None:
        """Wait until the edge's own figures say so."""
        async with asyncio.timeout(HANG_GUARD_S):
            while (await self.edge.health(None))["detail"][name] != value:
                await asyncio.sleep(0.01)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, kind: str, *, lasts_s: int = 60, **claims: Any) -> str:
        return tokens.sign(self.settings.signing_key(), {"kind": kind, **claims}, expires_at=int(time.time()) + lasts_s)

    def session(self, key: bytes | None = None) -> str:
        """A cookie as the pages set it when somebody signs in; of another installation with a `key` of its own."""
        secret = (key or self.settings.signing_key()).hex()
        return signing.dumps({"_auth_user_id": "1"}, key=secret, salt=signed_cookies.__name__, compress=True)

    def viewer(self, name: str = "v1", base: str = "base-1") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token('viewer', base=base, viewer=name)}"}

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.url, timeout=HANG_GUARD_S, trust_env=False, **options) as client:
            yield client

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """A bare connection, for what no well-behaved client would send."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()

    @contextmanager
    def deaf(self, question: bytes) -> Iterator[None]:
        """A client that asks and never reads."""
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", self.port))
            client.sendall(question)
            yield

    @asynccontextmanager
    async def hub(self) -> AsyncIterator[HubClient]:
        hub = HubClient(self.settings.socket("hub"))
        await hub.start()
        try:
            yield hub
        finally:
            await hub.close()


@dataclass
class Line:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, dict[bytes, bytes], bytes]:
        """One answer that carries its length."""
        async with asyncio.timeout(HANG_GUARD_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            first, *lines = head[:-4].split(b"\r\n")
            headers = dict(line.split(b": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers.get(b"content-length", b"0")))
            return int(first.split(b" ")[1]), headers, body

    async def until(self, text: bytes) -> bytes:
        async with asyncio.timeout(HANG_GUARD_S):
            return await self.reader.readuntil(text)

    async def rest(self) -> bytes:
        """Everything up to the close."""
        async with asyncio.timeout(HANG_GUARD_S):
            return await self.reader.read()


MakeStage = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def stage(settings: Settings) -> MakeStage:
    @asynccontextmanager
    async def make(limits: EdgeLimits | None = None, *, intakes: int = 1, **roles: Methods) -> AsyncIterator[Stage]:
        servers = [await serve(settings.socket(role), methods) for role, methods in roles.items()]
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        stop = asyncio.Event()
        edge = Edge(replace(settings, intakes=intakes), limits or EdgeLimits())
        running = asyncio.create_task(edge.run(stop, [listening]))
        try:
            await eventually(lambda: edge.listener is not None, running)
            yield Stage(settings, listening.getsockname()[1], stop, running, edge)
        finally:
            stop.set()
            await running
            for server in servers:
                await server.close()

    return make


async def eventually(claim: Callable[[], bool], running: asyncio.Task[None] | None = None) -> None:
    """Wait until the claim holds, or until far beyond the time that it may take."""
    async with asyncio.timeout(HANG_GUARD_S):
        while not claim():
            if running is not None and running.done():
                running.result()
            await asyncio.sleep(0.01)


@pytest.fixture(name="eventually")
def eventually_() -> Callable[..., Awaitable[None]]:
    return eventually
