"""Server-sent events: one stream for each open page, carrying the topics that its signed token names."""

from __future__ import annotations

import collections
import time

from silkcast.kernel import tokens
from silkcast.kernel.addresses import network_of
from silkcast.roles.edge.hearing import Hearing
from silkcast.roles.edge.http.messages import NOSNIFF, Header, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.refusals import TooManyStreams, WrongCredentials
from silkcast.roles.edge.streams import Broadcast, Page

TOPICS_MAX = 64
HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy before us must not collect what is meant to arrive now
    NOSNIFF,
)
FIRST = b"retry: 1000\n\n"


class EventsDoor:
    ends_with_client = True

    def __init__(self, broadcast: Broadcast, hearing: Hearing, signing_key: bytes, limits: EdgeLimits) -> None:
        self._broadcast = broadcast
        self._hearing = hearing
        self._signing_key = signing_key
        self._limits = limits
        self._open: collections.Counter[str] = collections.Counter()
        self.streams = 0

    async def answer(self, request: Request, reply: Reply) -> None:
        token = request.parameter("token") or ""
        topics, expires_s, session = self._read(token)
        counted = self._admit(request, token)
        page = Page(reply, topics, expires_s=expires_s, session=session)
        try:
            if session and not await self._hearing.may(session):
                raise WrongCredentials
            reply.start(200, HEADERS)
            if reply.is_bodiless:
                reply.finish()
                return
            reply.write(FIRST)
            last_id = (request.header(b"last-event-id") or b"").decode("latin-1")
            self._broadcast.join(page, last_id=last_id)
            await page.ended
        finally:
            self._broadcast.leave(page)
            self._release(counted)

    def _read(self, token: str) -> tuple[tuple[str, ...], float, str]:
        """The topics of a token, each within its base, whoever signed it; how long it holds, and for whose session."""
        try:
            claims = tokens.verify(self._signing_key, token, now=int(time.time()))
        except tokens.BadToken:
            raise WrongCredentials from None
        topics = tuple(str(topic) for topic in claims.get("topics", ()))
        within = f"{claims.get('base')}/"
        if claims.get("kind") != "events" or not 1 <= len(topics) <= TOPICS_MAX:
            raise WrongCredentials
        if not all(topic.startswith(within) for topic in topics):
            raise WrongCredentials
        wholes = [topic for topic in dict.fromkeys(topics) if not any(_covers(other, topic) for other in topics)]
        return tuple(wholes), float(claims["exp"]), str(claims.get("session", ""))

    def _admit(self, request: Request, token: str) -> tuple[str, ...]:
        bounds = {f"token {token}": self._limits.streams_per_token_max}
        if request.client not in self._limits.exempt_addresses:
            bounds[f"network {network_of(request.client)}"] = self._limits.streams_per_address_max
        if self.streams >= self._limits.streams_max or any(self._open[name] >= most for name, most in bounds.items()):
            raise TooManyStreams(retry_after_s=5)
        self.streams += 1
        self._open.update(bounds.keys())
        return tuple(bounds)

    def _release(self, counted: tuple[str, ...]) -> None:
        self.streams -= 1
        for name in counted:
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]


def _covers(prefix: str, topic: str) -> bool:
    return prefix != topic and topic.startswith(prefix)
