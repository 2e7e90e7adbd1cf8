"""The asking side: one connection, many calls in flight, each with a deadline."""

from __future__ import annotations

import asyncio
import itertools
import socket
from pathlib import Path
from typing import Any

from silkcast.kernel.wire.frames import (
    Frame,
    WireClosed,
    WireTimeout,
    length_of,
    pack,
    read_frame,
    refused,
    unpack,
)

CALLS_MAX = 8192


class Client:
    """Connects on first use and again after a break; never repeats a call by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()

    async def call(self, method: str, body: Any = None, *, deadline_s: float = 2.0) -> Any:
        """The reply's body; raises WireTimeout, WireClosed, or WireRefused with the other side's code."""
        if len(self._waiting) >= CALLS_MAX:
            raise WireClosed(path=self._path.name, method=method, reason="too many calls in flight")
        number = next(self._numbers)
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(deadline_s):
                writer = await self._connected()
                self._waiting[number] = reply
                writer.write(pack("q", number, method, body))
                await writer.drain()
                return await reply
        except TimeoutError:
            raise WireTimeout(path=self._path.name, method=method, deadline_s=deadline_s) from None
        except OSError as error:
            raise WireClosed(path=self._path.name, method=method, reason=str(error)) from error
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self._drop()

    async def _connected(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None:
                reader, self._writer = await asyncio.open_unix_connection(str(self._path))
                self._reading = asyncio.create_task(self._read(reader))
            return self._writer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while (frame := await read_frame(reader)) is not None:
                self._settle(frame)
        finally:
            self._drop()

    def _settle(self, frame: Frame) -> None:
        reply = self._waiting.get(frame.number)
        if reply is None or reply.done():  # the caller gave up; its deadline has passed
            return
        if frame.kind == "e":
            reply.set_exception(refused(frame))
        else:
            reply.set_result(frame.body)

    def _drop(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(WireClosed(path=self._path.name, reason="connection lost"))


def call_blocking(path: Path, method: str, body: Any = None, *, deadline_s: float = 2.0) -> Any:
    """One call on a connection of its own, for threads; the same errors as `Client.call`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(deadline_s)
        try:
            link.connect(str(path))
            link.sendall(pack("q", 1, method, body))
            frame = unpack(_exactly(link, length_of(_exactly(link, 4))))
        except TimeoutError:
            raise WireTimeout(path=path.name, method=method, deadline_s=deadline_s) from None
        except OSError as error:
            raise WireClosed(path=path.name, method=method, reason=str(error)) from error
    if frame.kind == "e":
        raise refused(frame)
    return frame.body


def _exactly(link: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = link.recv(count - len(parts))
        if not part:
            raise ConnectionResetError("closed by the other side")  # noqa: EM101 - never leaves this module
        parts += part
    return bytes(parts)
