"""Publish/subscribe for what a screen may miss and see again: metrics, stock, states. Facts go by the outbox."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from silkcast.kernel.wire.frames import Frame, WireError, pack, read_frame

logger = logging.getLogger(__name__)
Callback = Callable[[str, Any], None]
QUEUE_FRAMES_MAX = 2000  # per link; past it the oldest frame is dropped and counted
RETRY_S = 0.2


class Hub:
    """The meeting point; lives in one process, and a link too slow to read loses its oldest frames."""

    def __init__(self) -> None:
        self._links: dict[asyncio.StreamWriter, tuple[list[str], _Outbound]] = {}
        self._local: list[tuple[str, Callback]] = []
        self._server: asyncio.Server | None = None

    async def serve(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path=str(path))
        path.chmod(0o600)

    def subscribe(self, prefix: str, callback: Callback) -> Callable[[], None]:
        """Call back for every topic that begins so; returns the way to stop."""
        entry = (prefix, callback)
        self._local.append(entry)
        return lambda: self._local.remove(entry)

    def publish(self, topic: str, body: Any) -> None:
        self._deliver(topic, body, pack("p", 0, topic, body))

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for _, outbound in list(self._links.values()):
            outbound.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        prefixes: list[str] = []
        outbound = _Outbound(writer)
        self._links[writer] = (prefixes, outbound)
        try:
            while (frame := await read_frame(reader)) is not None:
                if frame.kind == "s":
                    prefixes.append(frame.name)
                elif frame.kind == "p":
                    self._deliver(frame.name, frame.body, pack("p", 0, frame.name, frame.body))
        except WireError as error:
            logger.warning("hub.bad_frame", extra={"facts": error.facts})
        finally:
            del self._links[writer]
            outbound.close()

    def _deliver(self, topic: str, body: Any, raw: bytes) -> None:
        for prefixes, outbound in self._links.values():
            if any(topic.startswith(prefix) for prefix in prefixes):
                outbound.put(raw)
        for prefix, callback in list(self._local):
            if topic.startswith(prefix):
                callback(topic, body)


class _Outbound:
    """Frames on their way to one link, written by one task so that a slow reader delays nobody else."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._frames: collections.deque[bytes] = collections.deque(maxlen=QUEUE_FRAMES_MAX)
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._write())

    def put(self, raw: bytes) -> None:
        self._frames.append(raw)
        self._wake.set()

    def close(self) -> None:
        self._task.cancel()
        self._writer.close()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._frames:
                    self._writer.write(self._frames.popleft())
                    await self._writer.drain()


class HubClient:
    """Publishes without ever waiting, and subscribes again after the hub was away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._frames: collections.deque[bytes] = collections.deque(maxlen=QUEUE_FRAMES_MAX)
        self._callbacks: list[tuple[str, Callback]] = []
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._run())

    def publish(self, topic: str, body: Any) -> None:
        """From any thread; the oldest unsent frame is dropped past the bound, and all while no hub is there."""
        self._frames.append(pack("p", 0, topic, body))
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def subscribe(self, prefix: str, callback: Callback) -> None:
        """Call back, on the loop, for every topic that begins so."""
        self._callbacks.append((prefix, callback))
        if self._writer is not None:
            self._writer.write(pack("s", 0, prefix))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(self._path))
            except OSError:
                await asyncio.sleep(RETRY_S)
                continue
            for prefix, _ in self._callbacks:
                writer.write(pack("s", 0, prefix))
            self._writer = writer
            writing = asyncio.create_task(self._write(writer))
            try:
                while (frame := await read_frame(reader)) is not None:
                    self._dispatch(frame)
            except WireError as error:
                logger.warning("hub.bad_frame", extra={"facts": error.facts})
            finally:
                self._writer = None
                writing.cancel()
                writer.close()
            await asyncio.sleep(RETRY_S)

    async def _write(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._frames:
                    writer.write(self._frames.popleft())
                    await writer.drain()

    def _dispatch(self, frame: Frame) -> None:
        for prefix, callback in list(self._callbacks):
            if frame.name.startswith(prefix):
                try:
                    callback(frame.name, frame.body)
                except Exception:
                    logger.exception("hub.callback_failed", extra={"facts": {"topic": frame.name}})
