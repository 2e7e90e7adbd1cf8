"""One of several processes that count what is in the signal log on a server, each its own of the 64 shards.

It follows the log of every base, keeps sealed windows on its disk with the place it got to, and tells them to whoever
asks. The signals process answers viewers without it; it may die and fall behind, and goes on at its place.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import uvloop

from silkcast.domains.audience.engine.shards import SHARDS, share_of
from silkcast.domains.audience.signal_log.counting import ShardCounter
from silkcast.domains.audience.signal_log.errors import LogDamaged, LogSilent
from silkcast.domains.audience.signal_log.logs import Logs, logs_at
from silkcast.kernel.errors import Misconfigured
from silkcast.kernel.role import Method, run_role
from silkcast.kernel.settings import Settings

logger = logging.getLogger(__name__)
BATCHES_A_STEP = 64  # of one base, before the others have their turn
IDLE_S = 0.1
KEEP_S = 1.0
IN_FLIGHT_MS = 15_000  # from the receipt of a request to its place in the log, at the longest


class Counting:
    def __init__(self, settings: Settings, *, worker: int, workers: int, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._url = settings.signals_url
        self._shards = share_of(worker, workers)
        self._folder = settings.data / "signals-counted" / f"{worker}-of-{workers}"
        self._thread = ThreadPoolExecutor(1, "signals-counter")
        self._counters: dict[str, ShardCounter] = {}
        self._unreadable: dict[str, str] = {}
        self._logs: Logs
        self._kept_s = 0.0
        self._is_at_the_end = False

    def methods(self) -> Mapping[str, Method]:
        return {"health": self.health, "signals.windows": self.windows}

    async def run(self, stop: asyncio.Event) -> None:
        do = asyncio.get_running_loop().run_in_executor
        await do(self._thread, self._open)
        try:
            while not stop.is_set():
                self._is_at_the_end = await do(self._thread, self._step)
                if self._is_at_the_end:
                    await asyncio.sleep(IDLE_S)
        finally:
            await do(self._thread, self._close)
            self._thread.shutdown()

    async def health(self, _: Any) -> dict[str, Any]:
        detail = {
            "pid": os.getpid(),
            "ready": self._is_at_the_end,
            "next": {base_id: counter.next for base_id, counter in self._counters.items()},
            "unreadable_bases": len(self._unreadable),
            "unreadable": self._unreadable,
        }
        return {"ok": True, "detail": detail}

    async def windows(self, body: Any) -> list[dict[str, Any]]:
        """The windows of a show that are on disk here, of this counter's shards alone."""
        counter = self._counters.get(str(body["base_id"]))
        return [] if counter is None else [asdict(minute) for minute in counter.windows(str(body["show_id"]))]

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._logs = logs_at(self._url, self._folder)

    def _step(self) -> bool:
        """One turn over the bases; True where there was nothing left to count."""
        is_due = time.monotonic() - self._kept_s >= KEEP_S
        try:
            done = [self._advance(base_id, is_due=is_due) for base_id in self._logs.base_ids()]
        except LogSilent as error:
            logger.warning("signals.log_silent", extra={"facts": error.facts})
            return True
        if is_due:
            self._kept_s = time.monotonic()
        return all(done)

    def _advance(self, base_id: str, *, is_due: bool) -> bool:
        """Of a base whose log is not the one it counted from, it counts nothing more; the others go on."""
        if base_id in self._unreadable:
            return True
        try:
            counter = self._counters.get(base_id) or self._begin(base_id)
            is_all = counter.catch_up(batches_max=BATCHES_A_STEP)
            if is_due:
                counter.keep(watermark_ms=self._now_ms() - IN_FLIGHT_MS)
        except LogDamaged as error:
            logger.critical("signals.base_unreadable", extra={"facts": {"base_id": base_id, **error.facts}})
            self._unreadable[base_id] = str(error)
            return True
        return is_all

    def _begin(self, base_id: str) -> ShardCounter:
        kept = self._folder / base_id / "windows.journal"
        log = self._logs.open(base_id)
        counter = ShardCounter(log, base_id, shards=self._shards, kept=kept, seed=secrets.randbits(64))
        self._counters[base_id] = counter
        return counter

    def _close(self) -> None:
        for counter in self._counters.values():
            counter.close()
        self._logs.close()


def main(settings: Settings, arguments: list[str]) -> None:
    """`silkcast role signals_counter 0/4`: the first of four."""
    asked = " ".join(arguments)
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})", asked)
    worker, workers = (int(found[1]), int(found[2])) if found else (0, 0)
    if not worker < workers <= SHARDS:
        raise Misconfigured(name="signals_counter", value=asked, least="0/1", most=f"{SHARDS - 1}/{SHARDS}")
    if not settings.signals_url:
        raise Misconfigured(name="SILKCAST_SIGNALS_URL", value="", least="nats://…", most="nats://…")

    async def serve() -> None:
        counting = Counting(settings, worker=worker, workers=workers, now_ms=lambda: time.time_ns() // 1_000_000)
        await run_role(f"signals_counter-{worker}", settings, counting.methods(), counting.run)

    uvloop.run(serve())
