"""The answering side of request/reply."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.wire.frames import Frame, WireError, pack, read_frame

logger = logging.getLogger(__name__)
Handler = Callable[[Any], Awaitable[Any]]
IN_FLIGHT_MAX = 4096  # per connection; past it we stop reading, and the sender's own queue pushes back


class WireServer:
    """Answers many requests of one connection at once, in the order in which they finish."""

    def __init__(self, path: Path, methods: Mapping[str, Handler]) -> None:
        self._path = path
        self._methods = methods
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await asyncio.to_thread(self._path.parent.mkdir, parents=True, exist_ok=True, mode=0o700)
        # A socket file left by a killed process would refuse us the address for ever.
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path=str(self._path))
        self._path.chmod(0o600)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        room = asyncio.Semaphore(IN_FLIGHT_MAX)
        calls: set[asyncio.Task[None]] = set()
        try:
            while (frame := await read_frame(reader)) is not None:
                await room.acquire()
                call = asyncio.create_task(self._answer(frame, writer, room))
                calls.add(call)
                call.add_done_callback(calls.discard)
        except WireError as error:
            logger.warning("wire.bad_frame", extra={"facts": error.facts})
        except asyncio.CancelledError:
            pass
        finally:
            self._connections.discard(task)
            for call in calls:
                call.cancel()
            writer.close()

    async def _answer(self, frame: Frame, writer: asyncio.StreamWriter, room: asyncio.Semaphore) -> None:
        try:
            reply = pack("r", frame.number, frame.name, await self._run(frame))
        except SilkcastError as error:
            reply = pack("e", frame.number, error.code, {"status": error.status, "facts": error.facts})
        except asyncio.CancelledError:
            return
        except Exception:
            logger.exception("wire.method_failed", extra={"facts": {"method": frame.name}})
            reply = pack("e", frame.number, "wire.method_failed", {"status": 500, "facts": {"method": frame.name}})
        finally:
            room.release()
        with contextlib.suppress(ConnectionError):
            writer.write(reply)
            await writer.drain()

    async def _run(self, frame: Frame) -> Any:
        method = self._methods.get(frame.name)
        if method is None:
            raise WireError(method=frame.name)
        return await method(frame.body)


async def serve(path: Path, methods: Mapping[str, Handler]) -> WireServer:
    server = WireServer(path, methods)
    await server.start()
    return server
