"""A request as it was read, and the one answer to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

from silkcast.roles.edge.http.paths import canonical

if TYPE_CHECKING:
    from silkcast.roles.edge.http.bodies import Hold

Header = tuple[bytes, bytes]

NOSNIFF: Header = (b"x-content-type-options", b"nosniff")
NO_STORE: Header = (b"cache-control", b"no-store")
JSON_HEADERS: tuple[Header, ...] = ((b"content-type", b"application/json"), NOSNIFF, NO_STORE)
STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii") for status in HTTPStatus}
BODILESS = frozenset({204, 304})
LOGGED_PATH_LENGTH_MAX = 200
_whole_address = re.compile(rb"https?://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL).fullmatch


class Request:
    """Header names are lower case; `path` is canonical, still encoded; `target` is path and query, as it goes on.

    `host` is what the client calls us, once that was checked.
    """

    __slots__ = (
        "authority", "body", "client", "headers", "hold", "host", "is_clear", "is_http_10", "is_proxied", "is_secure",
        "method", "path", "query", "target",
    )  # fmt: skip

    def __init__(self, method: str, target: bytes, headers: list[Header], client: str, *, is_http_10: bool) -> None:
        self.method = method
        self.authority = b""
        if whole := _whole_address(target):  # the form meant for proxies, which servers must take too
            self.authority, target = whole[1], whole[2] if whole[2].startswith(b"/") else b"/" + whole[2]
        path, mark, query = target.partition(b"?")
        clear = canonical(path)
        self.is_clear = clear is not None  # one that is not goes no further
        if clear is not None and clear != path:
            path, target = clear, clear + mark + query
        self.target = target
        self.path = path.decode("latin-1")
        self.query = query.decode("latin-1")
        self.headers = headers
        self.client = client
        self.is_http_10 = is_http_10
        self.host = b""
        self.is_proxied = False
        self.is_secure = False
        self.body = b""
        self.hold: Hold | None = None  # of the body in memory

    def header(self, name: bytes) -> bytes | None:
        for known, value in self.headers:
            if known == name:
                return value
        return None

    def last_header(self, name: bytes) -> bytes | None:
        return next((value for known, value in reversed(self.headers) if known == name), None)

    def parameter(self, name: str) -> str | None:
        """One value from the query, decoded."""
        for known, value in parse_qsl(self.query):
            if known == name:
                return value
        return None

    @property
    def logged_path(self) -> str:
        return logged_path(self.target)

    @property
    def is_navigation(self) -> bool:
        """A person's browser asks for a page, rather than a program for an answer."""
        return b"text/html" in (self.header(b"accept") or b"") and not self.path.startswith("/api/")


def logged_path(target: bytes) -> str:
    """What a log may hold: below their first part pages' addresses may hold tokens, those of the API ids alone."""
    path = target.partition(b"?")[0].decode("latin-1")
    if not path.startswith("/api/"):
        first, _, below = path.removeprefix("/").partition("/")
        path = f"/{first}/…" if below else f"/{first}"
    return path[:LOGGED_PATH_LENGTH_MAX]


class Wire(Protocol):
    """What a reply needs of the connection under it."""

    def write(self, data: bytes) -> None: ...
    def end_reply(self) -> None: ...
    def date(self) -> bytes: ...
    @property
    def is_last(self) -> bool:
        """Whether the connection ends after this answer."""
        ...

    is_paused: bool
    is_lost: bool
    keeps_alive: bool
    on_resume: Callable[[], None] | None


class Reply:
    """Sent whole by `send`, or in parts by `start`, `write` and `finish`; once finished it ignores everything."""

    __slots__ = ("_is_bodiless", "_is_chunked", "_is_http_10", "_wire", "bytes_sent", "finished", "refusal", "status")

    def __init__(self, wire: Wire, *, is_head: bool, is_http_10: bool) -> None:
        self._wire = wire
        self._is_bodiless = is_head
        self._is_http_10 = is_http_10
        self._is_chunked = False
        self.status = 0
        self.bytes_sent = 0
        self.finished = False
        self.refusal = b""  # the body of an answer that says no, or its beginning, for the log

    @property
    def is_lost(self) -> bool:
        """The client has gone; nothing sent from here on arrives."""
        return self._wire.is_lost

    @property
    def is_bodiless(self) -> bool:
        """The answer to a HEAD, or one of a kind that has no body."""
        return self._is_bodiless

    @property
    def is_paused(self) -> bool:
        """The client reads more slowly than we write, and the buffer towards it is full."""
        return self._wire.is_paused

    def close_after(self) -> None:
        self._wire.keeps_alive = False

    def on_resume(self, callback: Callable[[], None] | None) -> None:
        self._wire.on_resume = callback

    def send(self, status: int, headers: Iterable[Header], body: bytes = b"") -> None:
        if self.finished:
            return
        assert not self.status, "an answer was already begun"
        if status >= 400:
            self.refusal = body
        head = self._head(status, headers, length=len(body))
        self._wire.write(head if self._is_bodiless else head + body)
        self.finish()

    def start(self, status: int, headers: Iterable[Header], *, length: int | None = None) -> None:
        """Begin an answer in parts; without a length it is sent in chunks, or up to the close of the connection."""
        if self.finished:
            return
        assert not self.status, "an answer was already begun"
        if length is None and status not in BODILESS:
            self._is_chunked = not self._is_http_10 and not self._is_bodiless
            if self._is_http_10:
                self._wire.keeps_alive = False
        self._wire.write(self._head(status, headers, length=length))

    def write(self, part: bytes) -> None:
        if self.finished or self._is_bodiless or not part:
            return
        if self.status >= 400 and not self.bytes_sent:
            self.refusal = part
        self.bytes_sent += len(part)
        self._wire.write(b"%x\r\n%b\r\n" % (len(part), part) if self._is_chunked else part)

    async def drained(self) -> None:
        """Wait until the client has read enough for more to be worth sending; at once when it is gone."""
        if self._wire.is_paused and not self._wire.is_lost:
            readable = asyncio.get_running_loop().create_future()
            self._wire.on_resume = lambda: None if readable.done() else readable.set_result(None)
            try:
                await readable
            finally:
                self._wire.on_resume = None

    def finish(self) -> None:
        if self.finished:
            return
        self.finished = True
        if self._is_chunked:
            self._wire.write(b"0\r\n\r\n")
        self._wire.end_reply()

    def _head(self, status: int, headers: Iterable[Header], *, length: int | None) -> bytes:
        self.status = status
        parts = [STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status, self._wire.date()]
        parts.extend(b"%b: %b\r\n" % header for header in headers)
        if status in BODILESS:
            self._is_bodiless = True
        elif length is not None:
            parts.append(b"content-length: %d\r\n" % length)
        elif self._is_chunked:
            parts.append(b"transfer-encoding: chunked\r\n")
        if self._wire.is_last:
            parts.append(b"connection: close\r\n")
        elif self._is_http_10:
            parts.append(b"connection: keep-alive\r\n")
        parts.append(b"\r\n")
        return b"".join(parts)


class Door(Protocol):
    """What stands behind a path."""

    ends_with_client: bool  # it takes long enough that a client closing its half has left

    async def answer(self, request: Request, reply: Reply) -> None: ...
