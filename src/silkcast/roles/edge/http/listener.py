"""The listening socket and all its connections: who is let in, who has been silent too long, how it ends."""

from __future__ import annotations

import asyncio
import collections
import ipaddress
import logging
import socket
from collections.abc import Callable, Sequence
from email.utils import formatdate
from typing import Any, Protocol

from silkcast.kernel.addresses import network_of, plain
from silkcast.roles.edge.http.bodies import Allowance, Bodies, Hold
from silkcast.roles.edge.http.connection import Connection
from silkcast.roles.edge.http.messages import Door, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits, connections_possible
from silkcast.roles.edge.refusal_log import RefusalLog

logger = logging.getLogger(__name__)

SWEEP_S = 0.5
BACKLOG = 2048


def client_of(named: str) -> str:
    """Whom a proxy means: an address, also with a port; what else it writes is one client, and none of this machine."""
    bare = named.partition("]")[0].removeprefix("[") if named.startswith("[") else named
    for text in (bare, bare.rpartition(":")[0]):
        try:
            return plain(str(ipaddress.ip_address(text)))
        except ValueError:
            continue
    return "unknown"


class Routes(Protocol):
    def door(self, request: Request) -> Door:
        """Where this request goes; never refuses."""

    def allowance(self, request: Request, door: Door) -> Allowance:
        """How much of a body this request may bring; never refuses."""

    def guard(self, request: Request) -> None:
        """Raise the refusal of a client that asks too often."""


class Listener:
    def __init__(self, limits: EdgeLimits, routes: Routes, standing_headers: bytes = b"") -> None:
        self.limits = limits
        self.door = routes.door
        self.allowance = routes.allowance
        self.guard = routes.guard
        self.loop = asyncio.get_running_loop()
        self._standing_headers = standing_headers
        self.date_line = b""  # and what else every answer says
        self.statuses: collections.Counter[int] = collections.Counter()
        self._all: set[Connection] = set()
        self._resting: dict[Connection, None] = {}  # nothing asked yet, longest silent first
        self._per_network: collections.Counter[str] = collections.Counter()
        self._connections_max = connections_possible(limits.connections_max)
        self.bodies = Bodies(limits.body_shares, grace_s=limits.body_grace_s)
        self._refusals = RefusalLog()
        self._is_stopping = False
        self._servers: list[asyncio.Server] = []
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self, listening: Sequence[socket.socket]) -> None:
        self._set_date()
        for each in listening:
            self._servers.append(await self.loop.create_server(lambda: Connection(self), sock=each, backlog=BACKLOG))
        self._sweeping = asyncio.create_task(self._sweep())

    def stop_accepting(self) -> None:
        if self._servers and not self._is_stopping:
            self._is_stopping = True
            for server in self._servers:
                server.close()

    async def stop(self) -> None:
        """Accept no more, let what is under way be answered, then close; bounded by `stop_s_max`."""
        self.stop_accepting()
        for connection in list(self._all):
            connection.leave()
        give_up_s = self.loop.time() + self.limits.stop_s_max
        while self._all and self.loop.time() < give_up_s:
            await asyncio.sleep(0.02)
        if self._all:
            logger.warning("edge.connections_aborted", extra={"facts": {"count": len(self._all)}})
        for connection in list(self._all):
            connection.abort()
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)

    def detail(self) -> dict[str, Any]:
        return {
            "connections": len(self._all),
            "connections_max": self._connections_max,
            "body_bytes_held": self.bodies.bytes,
            "answers": {str(status): count for status, count in sorted(self.statuses.items())},
        }

    # What connections call.

    def admit(self, connection: Connection) -> bool:
        """Let a connection in; when full, the one that has been silent longest makes place."""
        self._all.add(connection)
        self._per_network[connection.network] += 1
        is_counted = not (
            connection.client in self.limits.exempt_addresses or connection.client in self.limits.trusted_proxies
        )
        if is_counted and self._per_network[connection.network] > self.limits.connections_per_address_max:
            return False
        if len(self._all) > self._connections_max:
            if not self._resting:
                return False
            next(iter(self._resting)).abort()
        self._resting[connection] = None
        return not self._is_stopping

    def forget(self, connection: Connection) -> None:
        self._all.discard(connection)
        self._resting.pop(connection, None)
        self._per_network[connection.network] -= 1
        if not self._per_network[connection.network]:
            del self._per_network[connection.network]

    def occupy(self, connection: Connection) -> None:
        """A whole request has come; from here on it is not evicted."""
        self._resting.pop(connection, None)

    def rest(self, connection: Connection) -> None:
        self._resting[connection] = None

    def hold(self, share: str, client: str, let_go: Callable[[], bool]) -> Hold:
        """Of a request's body in memory; this machine's own programs are counted by their share alone."""
        is_counted = client not in self.limits.exempt_addresses
        return self.bodies.hold(share, network_of(client) if is_counted else "", let_go)

    def count(self, request: Request | None, reply: Reply) -> None:
        self.statuses[reply.status] += 1
        if reply.status >= 400:
            self._refusals.note(request, reply)

    def identify(self, request: Request) -> None:
        """Put the client's own address, which a trusted proxy adds behind what came to it, in place of the proxy's."""
        if request.client in self.limits.trusted_proxies:
            named = request.last_header(b"x-forwarded-for")
            if named is not None:
                request.client = client_of(named.decode("latin-1").rpartition(",")[2].strip())
            request.is_proxied = True
            request.is_secure = (request.last_header(b"x-forwarded-proto") or b"").lower() == b"https"

    def _set_date(self) -> None:
        self.date_line = f"date: {formatdate(usegmt=True)}\r\n".encode("ascii") + self._standing_headers

    async def _sweep(self) -> None:
        last_s = self.loop.time()
        while True:
            await asyncio.sleep(SWEEP_S)
            self._set_date()
            now_s = self.loop.time()
            late_s, last_s = now_s - last_s - SWEEP_S, now_s
            if late_s > SWEEP_S:
                # We stood still, not the clients: what they sent meanwhile is waiting to be read.
                for connection in self._all:
                    connection.deadline_s += late_s
            for connection in [known for known in self._all if known.deadline_s < now_s]:
                connection.expire()
