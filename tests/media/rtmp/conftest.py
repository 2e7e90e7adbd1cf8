"""A made-up programme, and how tests wait: for facts, with a guard against hanging, never for time to pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from silkcast.media.rtmp import amf0
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.server import RtmpServer
from silkcast.media.rtmp.tags import FlvTag

Until = Callable[[Callable[[], object]], Awaitable[None]]
Programme = Callable[..., list[FlvTag]]


@pytest.fixture
def until() -> Until:
    async def wait(is_so: Callable[[], object]) -> None:
        while not is_so():
            await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def programme() -> Programme:
    """Tags as our encoder makes them: metadata, sequence headers, then pictures with a keyframe every `gop`."""

    def make(*, pictures: int = 90, gop: int = 30, picture_bytes: int = 900, from_ms: int = 0) -> list[FlvTag]:
        metadata = amf0.encode("onMetaData", amf0.EcmaArray(width=1280.0, height=720.0))
        tags = [
            FlvTag("script", from_ms, metadata),
            FlvTag("video", from_ms, b"\x17\x00\x00\x00\x00 avc configuration"),
            FlvTag("audio", from_ms, b"\xaf\x00\x12\x10"),
        ]
        for number in range(pictures):
            at_ms = from_ms + number * 1000 // 30
            first = b"\x17" if number % gop == 0 else b"\x27"
            filler = number.to_bytes(4, "big") * (picture_bytes // 4)
            tags.append(FlvTag("video", at_ms, first + b"\x01\x00\x00\x00" + filler))
            tags.append(FlvTag("audio", at_ms, b"\xaf\x01" + number.to_bytes(4, "big") * 40))
        return tags

    return make


class Receiver:
    """Our own server, which keeps what it gets: tags by stream key, and how each stream ended."""

    def __init__(self, port: int = 0) -> None:
        self.tags: dict[str, list[FlvTag]] = {}
        self.ends: list[tuple[str, str]] = []
        self.port = self._wanted_port = port
        self._server = RtmpServer(
            lambda key: key != "wrong",
            lambda key, tag: self.tags.setdefault(key, []).append(tag),
            on_end=lambda key, reason: self.ends.append((key, reason)),
        )

    def url(self, key: str) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/{key}"

    async def __aenter__(self) -> Receiver:
        await self._server.open(port=self._wanted_port)
        self.port = self._server.port
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()


@pytest.fixture
def receiver() -> Callable[..., Receiver]:
    return Receiver


Running = Callable[[Publisher], AbstractAsyncContextManager[asyncio.Event]]


@pytest.fixture
def running() -> Running:
    """Run a publisher for as long as the block lasts; the event in hand stops it before."""

    @asynccontextmanager
    async def run(publisher: Publisher) -> AsyncIterator[asyncio.Event]:
        stop = asyncio.Event()
        task = asyncio.create_task(publisher.run(stop))
        try:
            yield stop
        finally:
            stop.set()
            await task

    return run


@pytest.fixture
def offer_all(until: Until) -> Callable[[Publisher, list[FlvTag]], Awaitable[None]]:
    """Offer tags as the encoder does, but as fast as the destination takes them."""

    async def offer(publisher: Publisher, tags: list[FlvTag]) -> None:
        def all_sent() -> bool:
            return publisher.state().tags_sent == goal

        goal = publisher.state().tags_sent
        for at in range(0, len(tags), 50):
            for tag in tags[at : at + 50]:
                publisher.offer(tag)
            goal += len(tags[at : at + 50])
            await until(all_sent)

    return offer
