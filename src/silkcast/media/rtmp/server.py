"""The RTMP port: takes encoders in, walks each as far as its wish to publish, and reads those that were let in.

Ingest uses the `Door` and passes encoders on; rooms use `receive` on what they were passed; `RtmpServer` is both in one
process, for rehearsals and tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from silkcast.kernel.addresses import bound, network_of, plain
from silkcast.media.rtmp.errors import RtmpError
from silkcast.media.rtmp.publish_session import GOODBYES, Connected, Ended, Media, PublishRequested, PublishSession
from silkcast.media.rtmp.sparing import Sparing
from silkcast.media.rtmp.tags import FlvTag

logger = logging.getLogger(__name__)

READ_BYTES: Final = 64 * 1024
BACKLOG: Final = 128
KEY_DEADLINE_S: Final = 10.0
FAREWELL_DEADLINE_S: Final = 1.0
FAREWELL_BYTES_MAX: Final = 1024 * 1024
HANG_UP_DEADLINE_S: Final = 5.0
SILENCE_S_MAX: Final = 30.0
UNSENT_REPLY_BYTES_MAX: Final = 64 * 1024
FULL_PAUSE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Arrival:
    """An encoder that asks to publish; whoever gets it owns the socket and must accept, refuse or pass it on."""

    encoder: socket.socket
    session: PublishSession
    app: str
    stream_key: str
    address: str

    async def refuse(self, code: str, description: str) -> None:
        """Say why, and close so that the words arrive before the end."""
        self.session.refuse(code, description)
        await close_politely(self.encoder, self.session.outgoing())


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """Past either count of those who wait, who waited longest makes room once it had its time; else the newcomer goes.

    An encoder needs a few round trips to show its key. So many that take their time must not keep it out.
    """

    waiting_max: int = 256  # connections that have not shown a key yet
    waiting_per_address_max: int = 16
    connections_max: int = 1024  # past it newcomers are closed, unread
    key_deadline_s: float = KEY_DEADLINE_S
    grace_s: float = 2.0


class Door:
    """Listens, and calls `on_arrival` with every encoder that asks to publish."""

    def __init__(self, on_arrival: Callable[[Arrival], Awaitable[None]], limits: DoorLimits | None = None) -> None:
        self._on_arrival = on_arrival
        self._limits = limits or DoorLimits()
        self._waiting: Counter[str] = Counter()
        self._since_s: dict[asyncio.Task[None], tuple[float, str]] = {}  # those who wait, the longest first
        self._full, self._unfit = Sparing(), Sparing()
        self._listeners: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._connections: set[asyncio.Task[None]] = set()
        self.turned_away = 0

    @property
    def port(self) -> int:
        return int(self._listeners[0].getsockname()[1])

    @property
    def waiting(self) -> int:
        return self._waiting.total()

    async def open(self, host: str, port: int) -> None:
        """At every address of the host. Raises OSError when the port is taken."""
        self._listeners = await asyncio.to_thread(bound, host, port)
        for listener in self._listeners:
            listener.listen(BACKLOG)
            listener.settimeout(0)
            self._accepting.append(asyncio.create_task(self._accept(listener)))

    async def close(self) -> None:
        """Stop listening and end every connection that is still ours."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        for listener in self._listeners:
            listener.close()
        await asyncio.sleep(0)  # a task cancelled before its first step would never close its socket
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                encoder, peer = await loop.sock_accept(listener)
            except OSError as error:
                # Out of descriptors, or the peer left the queue: neither may end the port.
                logger.warning("rtmp.accept_failed", extra={"facts": {"reason": str(error)}})
                await asyncio.sleep(FULL_PAUSE_S)
                continue
            address = plain(str(peer[0]))
            sender = network_of(address)
            if not self._has_place(sender):
                self._turn_away(sender)
                encoder.close()
                continue
            tune(encoder)
            self._waiting[sender] += 1
            task = asyncio.create_task(self._serve(encoder, address))
            self._since_s[task] = loop.time(), sender
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    def _has_place(self, address: str) -> bool:
        limits = self._limits
        if len(self._connections) >= limits.connections_max:
            return False
        if self._waiting[address] >= limits.waiting_per_address_max:
            return self._make_room(address)
        return self._waiting.total() < limits.waiting_max or self._make_room(None)

    def _make_room(self, address: str | None) -> bool:
        """End the longest wait, of one address or of all; False when it has not lasted long enough."""
        now_s = asyncio.get_running_loop().time()
        for task, (since_s, its_address) in self._since_s.items():
            if now_s - since_s < self._limits.grace_s:
                return False
            if address in (None, its_address):
                self._turn_away(its_address)
                self._leave(task)
                task.cancel()
                return True
        return False

    def _turn_away(self, address: str) -> None:
        self.turned_away += 1
        unsaid = self._full.may_say(asyncio.get_running_loop().time())
        if unsaid is not None:
            facts = {"address": address, "waiting": self.waiting, "unsaid": unsaid}
            logger.warning("rtmp.door_full", extra={"facts": facts})

    async def _serve(self, encoder: socket.socket, address: str) -> None:
        session = PublishSession()
        task = asyncio.current_task()
        assert task is not None
        try:
            try:
                async with asyncio.timeout(self._limits.key_deadline_s):
                    app, stream_key = await _hear_out(encoder, session)
            finally:
                self._leave(task)
        except (RtmpError, OSError, TimeoutError) as error:
            reason = error.code if isinstance(error, RtmpError) else type(error).__name__
            unsaid = self._unfit.may_say(asyncio.get_running_loop().time())
            if unsaid is not None:
                facts = {"address": address, "reason": reason, "unsaid": unsaid}
                logger.info("rtmp.turned_away", extra={"facts": facts})
            encoder.close()
        except asyncio.CancelledError:
            encoder.close()
            raise
        else:
            try:
                await self._on_arrival(Arrival(encoder, session, app, stream_key, address))
            except Exception:
                logger.exception("rtmp.arrival_failed", extra={"facts": {"address": address}})
                encoder.close()

    def _leave(self, task: asyncio.Task[None]) -> None:
        """It waits no more; not said twice of one that was made to go."""
        _, address = self._since_s.pop(task, (0.0, None))
        if address is not None:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]


def tune(encoder: socket.socket) -> None:
    """For the loop, and so that short answers go out at once."""
    encoder.settimeout(0)
    encoder.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def _hear_out(encoder: socket.socket, session: PublishSession) -> tuple[str, str]:
    """Talk until the encoder asks to publish: its app and stream key."""
    loop = asyncio.get_running_loop()
    app = ""
    while True:
        received = await loop.sock_recv(encoder, READ_BYTES)
        if not received:
            raise ConnectionResetError
        events = session.feed(received)
        outgoing = session.outgoing()
        if outgoing:
            await loop.sock_sendall(encoder, outgoing)
        for event in events:
            if isinstance(event, Connected):
                app = event.app
            elif isinstance(event, PublishRequested):
                return app, event.stream_key
            elif isinstance(event, Ended):
                raise ConnectionResetError


async def receive(encoder: socket.socket, session: PublishSession, sink: Callable[[FlvTag], None]) -> str:
    """Hand every tag to `sink` until the encoder is done; the reason why it ended. The caller sees it off.

    The session must be accepted. Reasons: the encoder's own last command ("FCUnpublish", "deleteStream", ...), "closed"
    (without a word), "lost" (the connection broke), "silent" (nothing for 30 s), or the code of what could not be read.
    """
    loop = asyncio.get_running_loop()
    unsent = bytearray()
    received = b""  # first, what the session had already taken in
    try:
        async with asyncio.timeout(None) as silence:
            while True:
                for event in session.feed(received):
                    if isinstance(event, Media):
                        sink(event.tag)
                    elif isinstance(event, Ended):
                        _reply(encoder, unsent, session.outgoing())
                        return event.reason
                _reply(encoder, unsent, session.outgoing())
                silence.reschedule(loop.time() + SILENCE_S_MAX)
                received = await loop.sock_recv(encoder, READ_BYTES)
                if not received:
                    return "closed"
    except RtmpError as error:
        return error.code
    except TimeoutError:
        return "silent"
    except OSError:
        return "lost"


def _reply(encoder: socket.socket, unsent: bytearray, outgoing: bytes) -> None:
    """Send what fits now: an encoder that never reads our acknowledgements must not stop us from reading its media."""
    unsent += outgoing
    if not unsent:
        return
    with contextlib.suppress(BlockingIOError):
        del unsent[: encoder.send(unsent)]
    if len(unsent) > UNSENT_REPLY_BYTES_MAX:
        raise ConnectionResetError


async def see_off(encoder: socket.socket, reason: str) -> None:
    """Close once an encoder that has said goodbye hangs up: to some, a server that is first to is a broken line."""
    with encoder, contextlib.suppress(OSError, TimeoutError):
        if reason in GOODBYES:
            async with asyncio.timeout(HANG_UP_DEADLINE_S):
                await _read_to_the_end(encoder)


async def close_politely(encoder: socket.socket, last_words: bytes = b"") -> None:
    """Close so that `last_words` arrive: with unread input left, the kernel would reset and drop them on the way."""
    loop = asyncio.get_running_loop()
    with encoder, contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(FAREWELL_DEADLINE_S):
            await loop.sock_sendall(encoder, last_words)
            encoder.shutdown(socket.SHUT_WR)
            await _read_to_the_end(encoder)


async def _read_to_the_end(encoder: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    left = FAREWELL_BYTES_MAX
    while left > 0:
        received = await loop.sock_recv(encoder, READ_BYTES)
        if not received:
            return
        left -= len(received)


class RtmpServer:
    """Takes streams whose key `check` knows and gives their tags to `sink`, both with the stream key first."""

    def __init__(
        self,
        check: Callable[[str], bool],
        sink: Callable[[str, FlvTag], None],
        *,
        on_end: Callable[[str, str], None] | None = None,
        limits: DoorLimits | None = None,
    ) -> None:
        self._check = check
        self._sink = sink
        self._on_end = on_end
        self._door = Door(self._publish, limits)

    @property
    def port(self) -> int:
        return self._door.port

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        await self._door.open(host, port)

    async def close(self) -> None:
        await self._door.close()

    async def _publish(self, arrival: Arrival) -> None:
        key = arrival.stream_key
        if not self._check(key):
            await arrival.refuse("NetStream.Publish.BadName", "Unknown stream key")
            return
        arrival.session.accept()
        try:
            reason = await receive(arrival.encoder, arrival.session, lambda tag: self._sink(key, tag))
            if self._on_end is not None:
                self._on_end(key, reason)
            await see_off(arrival.encoder, reason)
        finally:
            arrival.encoder.close()
