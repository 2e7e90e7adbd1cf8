"""Kept connections to the pages behind us, over a Unix socket: bounded in number, fair to those who wait."""

from __future__ import annotations

import asyncio
import collections
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import httptools

from silkcast.roles.edge.http.messages import BODILESS, Header, Reply
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.refusals import Busy, PagesAway, PagesSlow
from silkcast.roles.edge.turns import Turns

UNREAD_BYTES_MAX = 1024 * 1024  # of one answer, before we stop reading it
RESTART_S_MAX = 3.0  # a web role that was killed is back within this time
RETRY_S = 0.05


class Answer:
    """What the pages answered, arriving; `parts` gives the body as it comes."""

    def __init__(self, link: Link) -> None:
        self.status = 0
        self.headers: list[Header] = []
        self.is_complete = False
        self.is_broken = False
        self.has_begun = False
        self._link = link
        self._parts: collections.deque[bytes] = collections.deque()
        self._unread_bytes = 0
        self._news = asyncio.Event()

    @property
    def length(self) -> int | None:
        for name, value in self.headers:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return None

    def take_whole(self) -> bytes | None:
        """The body, if all of it is here already; most pages arrive in one piece."""
        if not self.is_complete:
            return None
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole

    async def started(self) -> None:
        while not self.has_begun and not self.is_broken:
            await self._next_news()

    async def parts(self, gap_s_max: float) -> AsyncIterator[bytes]:
        """Raises PagesAway when the answer breaks off, PagesSlow when nothing comes for so long."""
        while True:
            while self._parts:
                part = self._parts.popleft()
                self._unread_bytes -= len(part)
                self._link.read_on()
                yield part
            if self.is_complete:
                return
            if self.is_broken:
                raise PagesAway(retry_after_s=2)
            try:
                async with asyncio.timeout(gap_s_max):
                    await self._next_news()
            except TimeoutError:
                raise PagesSlow(seconds_max=gap_s_max) from None

    async def writable(self, reply: Reply) -> None:
        """Wait while the client reads slowly, but only until the rest is here: then the connection is free."""
        reply.on_resume(self.tell)
        while reply.is_paused and not self.is_complete and not self.is_broken:
            await self._next_news()
        reply.on_resume(None)

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    def tell(self) -> None:
        self._news.set()

    def add(self, part: bytes) -> bool:
        """Keep a part of the body; False when no more should be read for now."""
        self._parts.append(part)
        self._unread_bytes += len(part)
        return self._unread_bytes < UNREAD_BYTES_MAX


class Link(asyncio.Protocol):
    """One connection to the pages; carries one exchange at a time."""

    def __init__(self) -> None:
        self.is_closed = False
        self.is_spent = False  # must not carry another exchange
        self._answer: Answer | None = None
        self._is_reading = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, the same methods

    def ask(self, question: bytes) -> Answer:
        self._parser = httptools.HttpResponseParser(self)
        self._answer = Answer(self)
        self._transport.write(question)
        return self._answer

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.is_complete:
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.close()
            self._break()
        self._answer.tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_closed = True
        self._break()

    def _break(self) -> None:
        if self._answer is not None and not self._answer.is_complete:
            self._answer.is_broken = True
            self._answer.tell()

    def on_status(self, _: bytes) -> None:
        pass

    def on_message_begin(self) -> None:
        assert self._answer is not None
        self._answer.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        assert self._answer is not None
        self._answer.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        answer = self._answer
        assert answer is not None
        answer.status = self._parser.get_status_code()
        answer.has_begun = answer.status >= 200
        if answer.status in BODILESS:
            # The parser waits for the body that a 304 tells the length of, so the connection is not used again.
            answer.is_complete = self.is_spent = True

    def on_body(self, part: bytes) -> None:
        answer = self._answer
        if answer is not None and not answer.add(part) and self._is_reading:
            self._is_reading = False
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        answer = self._answer
        if answer is not None and answer.has_begun:
            answer.is_complete = True
            self.is_spent = self.is_spent or not self._parser.should_keep_alive()

    def read_on(self) -> None:
        if not self._is_reading and not self.is_closed:
            self._is_reading = True
            self._transport.resume_reading()

    def close(self) -> None:
        self.is_closed = True
        self._transport.close()


class Upstream:
    def __init__(self, paths: Sequence[Path], limits: EdgeLimits) -> None:
        self._paths = itertools.cycle(paths)
        self._limits = limits
        self._idle: list[Link] = []
        self._turns = Turns(limits.pages_connections_max, limits.pages_waiting_max)

    @property
    def waiting(self) -> int:
        return self._turns.waiting

    @asynccontextmanager
    async def exchange(self, question: bytes, *, network: str, is_repeatable: bool) -> AsyncIterator[Answer]:
        """Ask, and give the answer as soon as its headers are here; `network` is whose turn it takes.

        Only a repeatable question is asked again when a kept connection turns out to be gone.
        """
        if not await self._turns.take(network, self._limits.pages_wait_s_max):
            raise Busy(door="pages", retry_after_s=2)
        try:
            link, answer = await self._ask_in_time(question, is_repeatable=is_repeatable)
            try:
                yield answer
            finally:
                if answer.is_complete and not link.is_spent and not link.is_closed:
                    self._idle.append(link)
                else:
                    link.close()
        finally:
            self._turns.free()

    async def _ask_in_time(self, question: bytes, *, is_repeatable: bool) -> tuple[Link, Answer]:
        try:
            async with asyncio.timeout(self._limits.pages_answer_s_max):
                return await self._ask(question, is_repeatable=is_repeatable)
        except TimeoutError:
            raise PagesSlow(seconds_max=self._limits.pages_answer_s_max) from None

    async def _ask(self, question: bytes, *, is_repeatable: bool) -> tuple[Link, Answer]:
        while True:
            link, is_kept = await self._link()
            try:
                answer = link.ask(question)
                await answer.started()
            except BaseException:
                link.close()
                raise
            if answer.has_begun:
                return link, answer
            link.close()
            if not (is_kept and is_repeatable):
                raise PagesAway(retry_after_s=2)

    async def _link(self) -> tuple[Link, bool]:
        """A kept connection, or a new one; waits a little for a web role that is being restarted."""
        while self._idle:
            link = self._idle.pop()
            if not link.is_closed:
                return link, True
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + RESTART_S_MAX
        while True:
            try:
                _, link = await loop.create_unix_connection(Link, str(next(self._paths)))
            except OSError as error:
                if loop.time() >= give_up_s:
                    raise PagesAway(retry_after_s=2) from error
                await asyncio.sleep(RETRY_S)
            else:
                return link, False

    async def close(self) -> None:
        for link in self._idle:
            link.close()
        self._idle.clear()
