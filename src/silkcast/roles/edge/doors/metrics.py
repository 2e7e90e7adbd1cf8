"""Every role's own figures in Prometheus' text format (version 0.0.4), for whoever scrapes from this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Client, WireError
from silkcast.project.figures import exposition
from silkcast.roles.edge.http.messages import Header, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.refusals import NothingHere

ASK_S_MAX = 1.0
ROOMS_MAX = 64
HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),
    (b"cache-control", b"no-store"),
)


class MetricsDoor:
    """Asks each role for its health and writes its figures down; strangers find no such address."""

    ends_with_client = False

    def __init__(self, settings: Settings, roles: Mapping[str, Client], limits: EdgeLimits) -> None:
        self._settings = settings
        self._roles = roles
        self._limits = limits

    async def answer(self, request: Request, reply: Reply) -> None:
        if request.client not in self._limits.exempt_addresses:
            raise NothingHere
        rooms = sorted(self._settings.run.glob("room-*.sock"))[: 2 * ROOMS_MAX]
        counters = sorted(self._settings.run.glob("signals_counter-*.sock"))
        own = {path.stem: Client(path) for path in [*counters, *rooms] if not path.stem.endswith("-cameras")}
        own["edge"] = Client(self._settings.socket("edge"))
        asked = {**self._roles, **own}
        try:
            told = await asyncio.gather(*(_health(client) for client in asked.values()))
        finally:
            for client in own.values():
                await client.close()
        reply.send(200, HEADERS, exposition(dict(zip(asked, told, strict=True))).encode())


async def _health(client: Client) -> dict[str, Any]:
    try:
        answer = await client.call("health", deadline_s=ASK_S_MAX)
    except WireError:
        return {"ok": False}
    return answer if isinstance(answer, dict) else {"ok": False}
