"""Is the port alive, and is all ready that stands behind it: the roles, the tables, the disk."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from silkcast.kernel.wire import Client, WireError
from silkcast.roles.edge.http.messages import JSON_HEADERS, Reply, Request

ASK_S_MAX = 1.0
REMEMBERED_S = 0.5  # so that asking often costs the roles nothing
PROBE, PROBE_BYTES = ".ready", 4096
FREE_BYTES_MIN = 32 * 1024 * 1024  # what a burst of orders writes before it is copied home
OK, FULL = "ok", "full"
SILENT = "silent"
_encode = msgspec.json.Encoder().encode


class AliveDoor:
    ends_with_client = False

    async def answer(self, request: Request, reply: Reply) -> None:
        reply.send(200, JSON_HEADERS, b'{"ok":true}')


class ReadyDoor:
    ends_with_client = False

    def __init__(self, roles: Mapping[str, Client], folder: Path) -> None:
        self._roles = roles
        self._folder = folder
        self._asking: asyncio.Task[dict[str, Any]] | None = None
        self._asked_s = float("-inf")
        self._probing: asyncio.Future[str] | None = None

    async def answer(self, request: Request, reply: Reply) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._asking is None or (self._asking.done() and now_s - self._asked_s > REMEMBERED_S):
            self._asked_s = now_s
            self._asking = asyncio.create_task(self._ask_all())
        told = await asyncio.shield(self._asking)
        reply.send(200 if told["ok"] else 503, JSON_HEADERS, _encode(told))

    async def _ask_all(self) -> dict[str, Any]:
        roles = asyncio.gather(*(_says_ok(client, "health") for client in self._roles.values()))
        answers, tables, disk = await asyncio.gather(
            roles, _says_ok(self._roles["intake"], "intake.tables"), self._disk()
        )
        ok = all(answers) and tables and disk == OK
        named = dict(zip(self._roles, answers, strict=True))
        return {"ok": ok, "roles": named, "database": OK if tables else "away", "disk": disk}

    async def _disk(self) -> str:
        """A disk that stands still is told as such; one probe waits for it, however often it is asked about."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.ensure_future(asyncio.to_thread(state_of, self._folder))
        await asyncio.wait({self._probing}, timeout=ASK_S_MAX)
        return self._probing.result() if self._probing.done() else SILENT


async def _says_ok(client: Client, method: str) -> bool:
    try:
        answer = await client.call(method, deadline_s=ASK_S_MAX)
    except WireError:
        return False
    return isinstance(answer, dict) and bool(answer.get("ok"))


def state_of(folder: Path) -> str:
    """Of the disk under a folder, by trying: "full" before nothing fits any more, "unwritable" for whatever reason."""
    probe = folder / PROBE
    try:
        with os.fdopen(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(bytes(PROBE_BYTES))
        probe.unlink(missing_ok=True)
        room = os.statvfs(folder)
    except OSError as error:
        return FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else "unwritable"
    return FULL if room.f_bavail * room.f_frsize < FREE_BYTES_MIN else OK
