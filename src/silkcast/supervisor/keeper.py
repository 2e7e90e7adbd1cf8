"""One program kept running: started when what it needs is there, asked for its health, started again when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from silkcast.kernel.wire import Client, WireError
from silkcast.supervisor.backoff import Backoff
from silkcast.supervisor.children import Child, start
from silkcast.supervisor.logs import LogFile
from silkcast.supervisor.milestones import Milestones
from silkcast.supervisor.table import Program

logger = logging.getLogger(__name__)

ASK_EVERY_S = 0.5
ASK_S_MAX = 2.0
UNWELL_S_MAX = 10.0
UNWELL_ASKS_MIN = 4  # a machine that was asleep for an hour has asked only once
FIRST_ANSWER_S_MAX = 120.0
END_S_MAX = 2.0  # for one that is wedged

Say = Callable[[str], None]


class Keeper:
    def __init__(self, program: Program, logs: Path, milestones: Milestones, say: Say) -> None:
        self.program = program
        self.log = LogFile(logs / f"{program.name}.log")
        self.restarts = 0
        self.is_well = False
        self.child: Child | None = None
        self._milestones = milestones
        self._say = say
        self._stopping = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self.program.name

    def begin(self) -> None:
        self._keeping = asyncio.create_task(self._keep(), name=f"keep-{self.name}")

    async def stop(self, grace_s: float) -> None:
        """End the program for good: asked first, killed when the grace is over."""
        self._stopping.set()
        if self.child is not None:
            await self._ask_to_end()
            await self.child.end(grace_s)
        await self._finish()

    async def leave(self) -> None:
        """Stop keeping it; the program lives on."""
        self._stopping.set()
        if self.child is not None:
            self.child.let_go()
        await self._finish()

    async def _finish(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        self.is_well = False

    # What a room does otherwise.

    def _launch(self) -> Child:
        return start(self.program.command, self.log.path, inherits=self.program.inherits)

    async def _ask_to_end(self) -> None:
        """Nothing beyond the signal that follows."""

    # Keeping.

    async def _keep(self) -> None:
        backoff = Backoff()
        loop = asyncio.get_running_loop()
        await self._milestones.reached(self.program.needs)
        while not self._stopping.is_set():
            began_s = loop.time()
            try:
                self.child = self._launch()
                reason = await self._watch(self.child)
            except OSError as error:  # the machine is out of processes, descriptors or disk
                reason = f"could not be started: {error}"
            self.is_well = False
            if self._stopping.is_set():
                return
            self.restarts += 1
            delay_s = backoff.next_s(loop.time() - began_s)
            self._tell(reason, delay_s)
            await asyncio.sleep(delay_s)

    def _tell(self, reason: str, delay_s: float) -> None:
        facts = {"program": self.name, "reason": reason, "delay_s": delay_s, "restarts": self.restarts}
        logger.warning("program.ended", extra={"facts": facts})
        with contextlib.suppress(OSError):  # where there are no descriptors left, nothing is read either
            for _ in self.log.new_lines():
                pass
        last = "" if self.log.last_line.startswith("{") else f" ({self.log.last_line[:200]})"
        self._say(f"{self.name}: {reason}{last if self.log.last_line else ''}; started again in {delay_s:g} s")

    async def _watch(self, child: Child) -> str:
        """Until it ends, by itself or because it does not answer; how it ended."""
        logger.info("program.started", extra={"facts": {"program": self.name, "pid": child.pid}})
        if self.program.socket is None:
            self._well()
            return _ending(await asyncio.shield(child.exited))
        patience_s = UNWELL_S_MAX if child.is_adopted else FIRST_ANSWER_S_MAX
        asking = asyncio.create_task(self._ask_until_wedged(Client(self.program.socket), patience_s))
        try:
            first: list[asyncio.Future[Any]] = [asking, child.exited]
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            if child.exited.done():
                return _ending(child.exited.result())
            await child.end(END_S_MAX)
            return asking.result()
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask_until_wedged(self, client: Client, patience_s: float) -> str:
        """Ask for its health again and again; returns why it has to be ended."""
        loop = asyncio.get_running_loop()
        unwell_asks, well_s = 0, loop.time()
        try:
            while True:
                if await self._asks_well(client):
                    patience_s, unwell_asks, well_s = UNWELL_S_MAX, 0, loop.time()
                    self._well()
                else:
                    unwell_asks += 1
                    self.is_well = False
                    if loop.time() - well_s > patience_s and unwell_asks >= UNWELL_ASKS_MIN:
                        return f"not well for {patience_s:g} s"
                await asyncio.sleep(ASK_EVERY_S if unwell_asks == 0 else ASK_EVERY_S / 5)
        finally:
            await client.close()

    async def _asks_well(self, client: Client) -> bool:
        try:
            answer: Any = await client.call("health", deadline_s=ASK_S_MAX)
        except WireError:
            return False
        return isinstance(answer, dict) and bool(answer.get("ok"))

    def _well(self) -> None:
        self.is_well = True
        self._milestones.reach(self.name)


def _ending(code: int | None) -> str:
    if code is None:
        return "ended"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
