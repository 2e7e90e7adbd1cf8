"""One client's connection: requests are read whole within bounds of size and time, and answered one after another."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import httptools

from silkcast.kernel.addresses import network_of, plain
from silkcast.kernel.errors import SilkcastError
from silkcast.roles.edge.http.bodies import NO_BODY, Hold
from silkcast.roles.edge.http.messages import Door, Header, Reply, Request, logged_path
from silkcast.roles.edge.http.parts import Parts
from silkcast.roles.edge.http.phase import Phase
from silkcast.roles.edge.refusals import BadRequest, Busy, Defect, HeadTooLarge, PathUnclear, Stopping, TooSlow, refuse

if TYPE_CHECKING:
    from silkcast.roles.edge.http.listener import Listener

logger = logging.getLogger(__name__)

PIPELINED_MAX = 16
HEAD_BYTES_USUAL = 4096  # what is longer is counted while it comes
WRITE_BUFFER_BYTES_MAX = 256 * 1024
FOREVER = float("inf")


class Connection(asyncio.Protocol):
    """Made by the listener for each client; also the `Wire` under that client's replies."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._loop = listener.loop
        self.phase = Phase.QUIET
        self.deadline_s = FOREVER
        self.client = self.network = ""
        self.is_paused = self.is_lost = False
        self.keeps_alive = True
        self.on_resume: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._queue: collections.deque[tuple[Door, Request]] = collections.deque()
        self._is_reading = False
        self._is_dropping = False  # what was refused is the last of this connection that is read
        self._is_answered = False  # and the client has yet to read so much of it that it gets no further answer
        self._is_given_time = False  # to read what is left of its last answer
        self._ends_with_client = False
        self._clear()

    def _clear(self) -> None:
        self._target = b""
        self._headers: list[Header] = []
        self._head_bytes = self._head_lines = 0
        self._bytes_without_body = 0  # as they came: the head, and what trails a body
        self._body_has_grown = False
        self._parts = Parts()
        self._allowance = NO_BODY
        self._hold: Hold | None = None
        self._body_since_s = 0.0
        self._door: Door | None = None
        self._request: Request | None = None
        self._refusal: SilkcastError | None = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, the same methods
        peer = transport.get_extra_info("peername")
        self.client = plain(str(peer[0])) if isinstance(peer, tuple) else ""
        self.network = network_of(self.client)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES_MAX)
        self._parser = httptools.HttpRequestParser(self)
        self.deadline_s = self._loop.time() + self._limits.head_s_max
        if not self._listener.admit(self):
            self._answer_and_close(Busy(door="connections", retry_after_s=1))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self._release(self._hold)
        for _, request in self._queue:
            self._release(request.hold)
        self._queue.clear()
        self._listener.forget(self)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        if self.phase is Phase.LINGERING or (self.phase is Phase.BUSY and not self.keeps_alive):
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.keeps_alive = False  # we stay with HTTP/1.1, and what follows is in another language
            self._look_up_from_reading(len(data))
        except httptools.HttpParserCallbackError:
            logger.exception("edge.defect", extra={"facts": {"path": logged_path(self._target)}})
            self._give_up_reading(Defect())
        except httptools.HttpParserError:
            self._give_up_reading(BadRequest())
        else:
            self._look_up_from_reading(len(data))

    def _look_up_from_reading(self, count: int) -> None:
        if self._refusal is not None:
            self._give_up_reading(self._refusal)
        elif self.phase in (Phase.HEAD, Phase.BODY):
            self._bytes_without_body = 0 if self._body_has_grown else self._bytes_without_body + count
            self._body_has_grown = False
            if self._bytes_without_body > self._limits.head_bytes_max:
                self._give_up_reading(HeadTooLarge(bytes_max=self._limits.head_bytes_max))
            elif self.phase is Phase.BODY:
                self._expose()
            elif self._bytes_without_body > HEAD_BYTES_USUAL and not self._has_room(count, "heads"):
                self._give_up_reading(Busy(door="heads", retry_after_s=1))
        self._pace()

    def _pace(self) -> None:
        """While an answer is under way, what was read with its request is all that is read ahead."""
        if self.phase is Phase.BUSY and (self._queue or self._is_reading):
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def eof_received(self) -> bool:
        """A client that has asked and closed its sending half still gets an answer that comes at once."""
        self.keeps_alive = False
        return self.phase is Phase.BUSY and not self._ends_with_client

    def pause_writing(self) -> None:
        self.is_paused = True
        self.deadline_s = self._unread_deadline()

    def resume_writing(self) -> None:
        self.is_paused = False
        if self._is_answered:
            self._go_on()
            return
        self.deadline_s = FOREVER if self.phase is Phase.BUSY else self._loop.time() + self._limits.idle_s_max
        if self.on_resume is not None:
            self.on_resume()

    def _unread_deadline(self) -> float:
        return self._loop.time() + self._limits.unread_s_max

    # What the parser calls. A refusal is kept until the parser has returned: it cannot be stopped midway.

    def on_message_begin(self) -> None:
        if self._refusal is not None or (self.phase is Phase.BUSY and not self.keeps_alive):
            self._is_dropping = True
            return
        self._clear()
        self._is_reading = True
        if self.phase is Phase.QUIET:
            self._expect_head()

    def on_url(self, url: bytes) -> None:
        if not self._is_dropping:
            self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_dropping:
            return
        self._head_bytes += len(name) + len(value)
        self._head_lines += 1
        is_long = len(self._target) + self._head_bytes > self._limits.head_bytes_max
        if is_long or self._head_lines > self._limits.head_lines_max:
            self._refusal = HeadTooLarge(bytes_max=self._limits.head_bytes_max)
        elif self._request is None:  # else it trails the body, and nobody asks for that
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self._is_dropping:
            return
        self._release(self._hold)  # of the head
        self._hold = None
        method = self._parser.get_method().decode("latin-1")
        is_http_10 = self._parser.get_http_version() == "1.0"
        request = Request(method, self._target, self._headers, self.client, is_http_10=is_http_10)
        self._request = request
        if len(self._target) + self._head_bytes > self._limits.head_bytes_max:
            self._refusal = HeadTooLarge(bytes_max=self._limits.head_bytes_max)
        elif not request.is_clear:
            self._refusal = PathUnclear() if request.path.startswith("/") else BadRequest()
        else:
            self._listener.identify(request)
            self._door = self._listener.door(request)
            self._allowance = self._listener.allowance(request, self._door)
            if int(request.header(b"content-length") or 0) > self._allowance.bytes_max:
                self._refusal = self._allowance.refusal
        if self.phase is Phase.HEAD:
            self._expect_body()
            if self._refusal is None and (request.header(b"expect") or b"").lower() == b"100-continue":
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        if self._is_dropping or self._refusal is not None:
            return
        now_s, held = self._loop.time(), self._hold.bytes if self._hold is not None else 0
        if held + len(part) > self._allowance.bytes_max:
            self._refusal = self._allowance.refusal
        elif not self._has_room(len(part), self._allowance.share):
            self._refusal = Busy(door="bodies", retry_after_s=1)
        elif self._parts.crumbs > self._limits.crumbs_max:
            self._refusal = BadRequest()
        else:
            self._body_has_grown = True
            self._parts.add(part)
            if self.phase is Phase.BODY:  # not while the request before this one is being answered
                # Each part buys time by its length, as much as a gap may last: what trickles is given up.
                bought_s = len(part) / self._limits.body_bytes_per_s_min
                most_s = min(now_s + self._limits.body_gap_s_max, self._body_since_s + self._limits.body_s_max)
                self.deadline_s = min(max(self.deadline_s, now_s) + bought_s, most_s)

    def _has_room(self, count: int, share: str) -> bool:
        if self._hold is None:
            client = self._request.client if self._request else self.client
            self._hold = self._listener.hold(share, client, self._let_go)
        return self._listener.bodies.grow(self._hold, count, self._loop.time())

    def on_message_complete(self) -> None:
        if self._is_dropping:
            return
        self._is_reading = False
        request, door = self._request, self._door
        if self._refusal is not None or request is None or door is None or not self.keeps_alive:
            return
        if self._hold is not None:  # the request answers for its bytes from here on
            self._listener.bodies.complete(self._hold)
            request.body = self._parts.whole()
            request.hold, self._hold, self._parts = self._hold, None, Parts()
        self.keeps_alive = self._parser.should_keep_alive()
        if self.phase is not Phase.BUSY:
            self._begin(door, request)
        else:
            self._queue.append((door, request))
            self.keeps_alive = self.keeps_alive and len(self._queue) < PIPELINED_MAX

    def _expect_head(self) -> None:
        self.phase = Phase.HEAD
        self.deadline_s = self._loop.time() + self._limits.head_s_max

    def _expect_body(self) -> None:
        self.phase = Phase.BODY
        self._body_since_s = self._loop.time()
        self.deadline_s = self._body_since_s + self._limits.body_gap_s_max
        self._expose()

    def _expose(self) -> None:
        """Others may need the room; said late, as most bodies come whole at once."""
        if self._hold is not None and self._hold.since_s is None:
            self._listener.bodies.expose(self._hold, self._loop.time())

    # Answering.

    def _begin(self, door: Door, request: Request) -> None:
        self.phase = Phase.BUSY
        self.deadline_s = self._unread_deadline() if self.is_paused else FOREVER
        self._listener.occupy(self)
        self._ends_with_client = door.ends_with_client
        self._task = self._loop.create_task(self._run(door, request))
        # Not in the task: one that is cancelled before its first step never comes to its end.
        self._task.add_done_callback(lambda _: self._release(request.hold))

    async def _run(self, door: Door, request: Request) -> None:
        reply = Reply(self, is_head=request.method == "HEAD", is_http_10=request.is_http_10)
        try:
            self._listener.guard(request)
            await door.answer(request, reply)
            assert reply.finished, "a door has to finish its answer"
        except SilkcastError as error:
            if not reply.status:
                refuse(request, reply, error)
        except Exception:
            logger.exception("edge.defect", extra={"facts": {"method": request.method, "path": request.logged_path}})
            if not reply.status:
                refuse(request, reply, Defect())
        finally:
            self._listener.count(request, reply)
            if not reply.finished:
                self._transport.abort()  # the only way to say that what was sent is not whole

    def write(self, data: bytes) -> None:
        if not self.is_lost:
            self._transport.write(data)

    def date(self) -> bytes:
        return self._listener.date_line

    @property
    def is_last(self) -> bool:
        """What a client asked in one go it gets in one go: only the last of those answers ends the connection."""
        return not self.keeps_alive and not self._queue

    def end_reply(self) -> None:
        """Called by the reply when its last byte is written."""
        self._task = None
        if self.is_lost:
            return
        if self.is_paused:
            self._is_answered, self.deadline_s = True, self._unread_deadline()
        else:
            self._go_on()

    def _go_on(self) -> None:
        self._is_answered = False
        if self._queue:
            self._begin(*self._queue.popleft())
        elif not self.keeps_alive:
            self._close_politely()
        else:
            self._listener.rest(self)
            self._read_on()
        self._pace()

    def _read_on(self) -> None:
        """The next request may have come in part while the last one was being answered."""
        if not self._is_reading:
            self.phase = Phase.QUIET
            self.deadline_s = self._loop.time() + self._limits.idle_s_max
        elif self._refusal is not None:
            self._answer_and_close(self._refusal)
        elif self._request is None:
            self._expect_head()
        else:
            self._expect_body()

    def _release(self, hold: Hold | None) -> None:
        if hold is not None:
            self._listener.bodies.release(hold)

    # Refusing and closing.

    def _give_up_reading(self, refusal: SilkcastError) -> None:
        if self.phase is Phase.BUSY:
            self.keeps_alive = False  # what was asked before is still answered
        elif not self.is_lost:
            self._answer_and_close(refusal)

    def _answer_and_close(self, refusal: SilkcastError) -> None:
        assert self._task is None
        self.phase = Phase.BUSY  # what still comes is none of ours, and who does not read the refusal is let go
        self._release(self._hold)
        self.keeps_alive = False
        is_head = self._request is not None and self._request.method == "HEAD"
        reply = Reply(self, is_head=is_head, is_http_10=False)
        refuse(self._request, reply, refusal)
        self._listener.count(self._request, reply)

    def _let_go(self) -> bool:
        """There is no room for others, and this body has been coming for long."""
        if self.phase is not Phase.BODY:
            return False
        self._answer_and_close(TooSlow())
        return True

    def expire(self) -> None:
        """The deadline has passed; called by the listener."""
        if self.phase in (Phase.HEAD, Phase.BODY):
            self._answer_and_close(TooSlow())
        elif self.phase is Phase.QUIET and self._request is None:
            # Nothing was asked so far. A first question that is on its way crosses an answer, not a closed connection.
            self._answer_and_close(TooSlow())
        elif self.phase is Phase.QUIET and not self._transport.get_write_buffer_size():
            self._transport.close()
        elif self.phase is Phase.LINGERING and not self._is_given_time and self._transport.get_write_buffer_size():
            self._is_given_time, self.deadline_s = True, self._unread_deadline()
        else:
            self._transport.abort()

    def leave(self) -> None:
        """The listener is stopping: at once when nothing is under way, else after the answer."""
        if self.phase in (Phase.HEAD, Phase.BODY):
            self._answer_and_close(Stopping(retry_after_s=2))
        elif self.phase is not Phase.BUSY:
            self._transport.close()
        self.keeps_alive = False

    def abort(self) -> None:
        self._transport.abort()

    def _close_politely(self) -> None:
        """Closing with bytes unread would reset the connection and could take our answer with it."""
        self.phase = Phase.LINGERING
        self.deadline_s = self._loop.time() + self._limits.linger_s_max
        self._listener.rest(self)
        if self._transport.can_write_eof() and not self._transport.is_closing():
            with contextlib.suppress(OSError):  # it has broken off, and we are yet to hear of it
                self._transport.write_eof()
