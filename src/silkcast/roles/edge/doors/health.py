"""Is the port alive, and are the roles behind it ready."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from silkcast.kernel.wire import Client, WireError
from silkcast.roles.edge.http.messages import JSON_HEADERS, Reply, Request

ASK_S_MAX = 1.0
REMEMBERED_S = 0.5  # so that asking often costs the roles nothing
_encode = msgspec.json.Encoder().encode


class AliveDoor:
    ends_with_client = False

    async def answer(self, request: Request, reply: Reply) -> None:
        reply.send(200, JSON_HEADERS, b'{"ok":true}')


class ReadyDoor:
    ends_with_client = False

    def __init__(self, roles: Mapping[str, Client]) -> None:
        self._roles = roles
        self._asking: asyncio.Task[dict[str, bool]] | None = None
        self._asked_s = float("-inf")

    async def answer(self, request: Request, reply: Reply) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._asking is None or (self._asking.done() and now_s - self._asked_s > REMEMBERED_S):
            self._asked_s = now_s
            self._asking = asyncio.create_task(self._ask_all())
        roles = await asyncio.shield(self._asking)
        ok = all(roles.values())
        reply.send(200 if ok else 503, JSON_HEADERS, _encode({"ok": ok, "roles": roles}))

    async def _ask_all(self) -> dict[str, bool]:
        answers = await asyncio.gather(*(self._is_ready(client) for client in self._roles.values()))
        return dict(zip(self._roles, answers, strict=True))

    async def _is_ready(self, client: Client) -> bool:
        try:
            answer = await client.call("health", deadline_s=ASK_S_MAX)
        except WireError:
            return False
        return isinstance(answer, dict) and bool(answer.get("ok"))
