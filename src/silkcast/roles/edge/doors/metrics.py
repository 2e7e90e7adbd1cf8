"""Every role's own figures in Prometheus' text format (version 0.0.4), for whoever scrapes from this machine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Client, WireError
from silkcast.roles.edge.http.messages import Header, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.refusals import NothingHere

ASK_S_MAX = 1.0
ROOMS_MAX = 64
HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),
    (b"cache-control", b"no-store"),
)
NOT_IN_A_NAME = re.compile(r"[^a-z0-9_]+")


class MetricsDoor:
    """A number in a role's health becomes a gauge `silkcast_<name>{role="…"}`; strangers find no such address."""

    ends_with_client = False

    def __init__(self, settings: Settings, roles: Mapping[str, Client], limits: EdgeLimits) -> None:
        self._settings = settings
        self._roles = roles
        self._limits = limits

    async def answer(self, request: Request, reply: Reply) -> None:
        if request.client not in self._limits.exempt_addresses:
            raise NothingHere
        found = sorted(self._settings.run.glob("room-*.sock"))[: 2 * ROOMS_MAX]
        own = {path.stem: Client(path) for path in found if not path.stem.endswith("-cameras")}
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


def exposition(told: Mapping[str, dict[str, Any]]) -> str:
    """What each role says of itself, one gauge after the other, as the format wants it."""
    gauges: dict[str, list[str]] = {}
    for role, answer in told.items():
        figures = {"up": bool(answer.get("ok")), **_numbers(answer.get("detail"))}
        for name, value in figures.items():
            gauges.setdefault(f"silkcast_{name}", []).append(f'silkcast_{name}{{role="{role}"}} {float(value):.10g}')
    return "".join(f"# TYPE {name} gauge\n" + "".join(f"{line}\n" for line in lines) for name, lines in gauges.items())


def _numbers(detail: Any, above: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for key, value in detail.items() if isinstance(detail, dict) else ():
        name = NOT_IN_A_NAME.sub("_", f"{above}{key}".lower())
        if isinstance(value, dict):
            found.update(_numbers(value, f"{name}_"))
        elif isinstance(value, int | float):
            found[name] = float(value)
    return found
