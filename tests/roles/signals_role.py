"""A signals process of a test's own, with its sockets and its data folder, that may die and come back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from silkcast.kernel.ids import id_from_parts, new_id
from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Client, WireError, call_blocking

HANG_GUARD_S = 60.0
KINDS = ("enter", "heartbeat", "heartbeat", "heartbeat", "comment", "like", "share", "click", "leave")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def signals(count: int, chance: random.Random | None = None, **changes: Any) -> list[dict[str, Any]]:
    chance = chance or random.Random(count)
    made = []
    for _ in range(count):
        kind = changes.get("kind") or chance.choice(KINDS)
        text = "how much is it?" if kind == "comment" else None
        viewer = f"viewer-{chance.randrange(200)}"
        stamp = {"id": str(new_id()), "at": now_ms()}
        made.append(stamp | {"show_id": "evening", "kind": kind, "viewer": viewer, "text": text} | changes)
    return made


@dataclass
class Role:
    """One process on a data folder, the signals process or one that counts beside it; may die and come back."""

    settings: Settings
    base_id: str = "base-1"
    process: subprocess.Popen[bytes] | None = None
    arguments: tuple[str, ...] = ("signals",)
    socket: str = "signals"

    def start(self) -> None:
        with (self.settings.data / "stderr.log").open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "silkcast", "role", *self.arguments],
                env={
                    **os.environ,
                    "SILKCAST_DATA": str(self.settings.data),
                    "SILKCAST_SIGNALS_URL": self.settings.signals_url,
                },
                stderr=stderr,
            )
        gives_up = time.monotonic() + HANG_GUARD_S
        while not self._is_ready():
            assert self.process.poll() is None, (self.settings.data / "stderr.log").read_text()
            assert time.monotonic() < gives_up
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            return bool(call_blocking(self.settings.socket(self.socket), "health")["detail"]["ready"])
        except WireError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(HANG_GUARD_S)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(HANG_GUARD_S)

    def call(self, method: str, **body: Any) -> Any:
        asked = {"base_id": self.base_id} | body
        return call_blocking(self.settings.socket(self.socket), method, asked, deadline_s=HANG_GUARD_S)

    def append(self, items: list[dict[str, Any]], *, viewer: str | None = None, **body: Any) -> Any:
        whole = {"body": msgspec.json.encode(items), "viewer": viewer, "source": "shop", "received_ms": now_ms()}
        return self.call("signals.append", **whole | body)


@contextlib.contextmanager
def process_of_its_own(*, signals_url: str = "") -> Iterator[Role]:
    # Unix sockets need short paths, shorter than pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        made = Role(Settings(data=Path(folder), signals_url=signals_url))
        made.settings.prepare()
        try:
            made.start()
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.kill()


@dataclass
class Load:
    """Senders that go on through every crash: what is not acknowledged is sent again, and some of the rest too."""

    role: Role
    acknowledged: dict[str, int] = field(default_factory=dict)  # of each batch, by its first id
    calls: int = 0
    over: bool = False
    ago_ms: int = 0  # how long before its sending a signal happened

    async def send(self, sender: int) -> None:
        chance = random.Random(sender)
        client, sent = Client(self.role.settings.socket("signals")), list[bytes]()
        while not self.over or not sent:
            batch = signals(chance.randrange(1, 60), chance, at=now_ms() - self.ago_ms - chance.randrange(100_000))
            for item in batch[::7]:  # late ones, also by the time in their ids
                item["id"] = str(id_from_parts(now_ms() - chance.randrange(10**9), chance.getrandbits(74)))
            sent.append(msgspec.json.encode(batch))
            await self._until_acknowledged(client, batch, sent[-1])
            if chance.random() < 0.2:
                await self._until_acknowledged(client, [], chance.choice(sent))
        await client.close()

    async def _until_acknowledged(self, client: Client, batch: list[dict[str, Any]], raw: bytes) -> None:
        said = {"viewer": None, "source": "key:load", "received_ms": now_ms()}  # a program may bring old ids
        body = {"base_id": self.role.base_id, "body": raw} | said
        async with asyncio.timeout(HANG_GUARD_S):
            while True:
                try:
                    answer = await client.call("signals.append", body, deadline_s=HANG_GUARD_S)
                except WireError:
                    await asyncio.sleep(0.02)
                    continue
                break
        self.calls += 1
        if batch:
            assert answer["accepted"] + answer["duplicates"] == len(batch)
            self.acknowledged[batch[0]["id"]] = len(batch)
        else:
            assert answer["accepted"] == 0
