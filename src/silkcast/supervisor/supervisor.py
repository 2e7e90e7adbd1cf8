"""The whole of one machine: what is started when, when all of it is ready, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from silkcast.kernel.home import LOOK_EVERY_S, Home
from silkcast.kernel.settings import Settings
from silkcast.kernel.words import LANGUAGES
from silkcast.supervisor.children import start
from silkcast.supervisor.errors import FolderGone, NotPrepared
from silkcast.supervisor.keeper import Keeper, Say
from silkcast.supervisor.logs import ErrorSummary
from silkcast.supervisor.milestones import Milestones
from silkcast.supervisor.rooms import Rooms
from silkcast.supervisor.table import DEMO, PREPARED, READY, Ending, Program, Table

logger = logging.getLogger(__name__)

LOOK_AT_LOGS_EVERY_S = 0.5
LOOK_FOR_READY_EVERY_S = 0.05
SAY_WAITING_EVERY_S = 20.0
STAGE_S_MAX = 6.0
STOP_S_MAX = 20.0
REFUSED = 2  # the exit code of a command of ours that says why
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LEAVING_SIGNAL = signal.SIGUSR1  # end everything but the rooms, for an upgrade under a running show


class Supervisor:
    def __init__(
        self,
        settings: Settings,
        table: Table,
        say: Say,
        *,
        greet: Callable[[], Iterable[str]],
        listening: Sequence[socket.socket] = (),
    ) -> None:
        self._settings = settings
        self._table = table
        self._say = say
        self._greet = greet
        self._listening = listening
        self._milestones = Milestones()
        self._began_ns = time.time_ns()
        self._leaves_rooms = False
        self._stopping = asyncio.Event()
        self._hurrying = asyncio.Event()
        self._rooms = Rooms(settings, table.room, self._milestones, say)
        self._keepers = [self._keeper(program) for program in table.programs]
        self._errors = ErrorSummary(say)
        self._failure: Exception | None = None

    async def run(self) -> None:
        """Until a signal says stop. Raises NotPrepared when the data folder could not be brought up to date."""
        loop = asyncio.get_running_loop()
        for number in STOPPING_SIGNALS:
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(LEAVING_SIGNAL, self._leave)
        self._rooms.adopt()
        for keeper in self._keepers:
            keeper.begin()
        tasks = [
            asyncio.create_task(run())
            for run in (self._prepare, self._rooms.follow, self._announce, self._read_logs, self._watch_home)
        ]
        try:
            await self._stopping.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._end()
        if self._failure is not None:
            raise self._failure

    def _keeper(self, program: Program) -> Keeper:
        return Keeper(program, self._settings.data / "logs", self._milestones, self._say)

    # Starting.

    async def _prepare(self) -> None:
        if self._table.prepare:
            log = self._settings.data / "logs" / "prepare.log"
            child = start(self._table.prepare, log)
            try:
                code = await asyncio.shield(child.exited)
            finally:
                await child.end(STAGE_S_MAX)
            if code != 0:
                lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
                told = lines[-len(LANGUAGES) :] if code == REFUSED else lines[-1:]  # a refusal comes in every language
                self._failure = NotPrepared(reason=" ".join(told) or f"exit code {code}", log=str(log))
                self._stop()
                return
        self._milestones.reach(PREPARED)
        if (self._settings.data / "demo.json").exists():
            self._milestones.reach(DEMO)

    async def _announce(self) -> None:
        """Print the ready line, once; until then say from time to time what is missing."""
        loop = asyncio.get_running_loop()
        say_s = loop.time() + SAY_WAITING_EVERY_S
        while missing := self._missing():
            if loop.time() > say_s:
                self._say(f"still waiting for: {', '.join(missing)}")
                say_s = loop.time() + SAY_WAITING_EVERY_S
            await asyncio.sleep(LOOK_FOR_READY_EVERY_S)
        for line in self._greet():
            self._say(line)
        logger.info("supervisor.ready")
        self._milestones.reach(READY)

    def _missing(self) -> list[str]:
        missing = [] if self._milestones.is_reached(PREPARED) else ["tables"]
        missing += [
            f"{keeper.name}{self._server_of(keeper.name)}"
            for keeper in self._keepers
            if keeper.program.is_role and not keeper.is_well
        ]
        if not missing and not self._rooms.are_well():
            missing.append("rooms")
        if not missing:
            missing += [
                f"picture of {document.get('hls_dir')}"
                for document in self._rooms.documents()
                if not _has_picture(self._settings.data, document, self._began_ns)
            ]
        return missing

    def _server_of(self, name: str) -> str:
        """The setting that names what this role may be waiting for."""
        settings = self._settings
        is_of_signals = name.startswith("signals")
        url = settings.signals_url if is_of_signals else settings.database_url
        if not url or name in {"edge", "ingest"}:
            return ""
        return " (SILKCAST_SIGNALS_URL)" if is_of_signals else " (SILKCAST_DATABASE_URL)"

    # Watching.

    async def _read_logs(self) -> None:
        while True:
            self._look_at_logs()
            await asyncio.sleep(LOOK_AT_LOGS_EVERY_S)

    def _look_at_logs(self) -> None:
        now_s = time.monotonic()
        for keeper in (*self._keepers, *self._rooms.keepers.values()):
            try:
                for line in keeper.log.new_lines():
                    self._errors.look(keeper.name, line, now_s)
                keeper.log.rotate()
            except OSError as error:
                logger.warning("logs.unreadable", extra={"facts": {"path": str(keeper.log.path), "reason": str(error)}})

    async def _watch_home(self) -> None:
        home = Home(self._settings.data)
        while home.why_deserted() is None:
            await asyncio.sleep(LOOK_EVERY_S)
        self._failure = FolderGone(folder=str(self._settings.data))
        self._stop()

    # Stopping.

    def _stop(self) -> None:
        if self._stopping.is_set():
            self._hurrying.set()  # asked twice: no more patience
        self._stopping.set()

    def _leave(self) -> None:
        self._leaves_rooms = True
        self._stop()

    async def _end(self) -> None:
        """Stage after stage; each has its time, and all together have theirs."""
        for each in self._listening:
            each.close()  # or clients would queue at a door that nobody opens again
        give_up_s = asyncio.get_running_loop().time() + STOP_S_MAX
        stages = {
            ending: list(keepers)
            for ending, keepers in groupby(
                sorted(self._keepers, key=lambda keeper: keeper.program.ending),
                key=lambda keeper: keeper.program.ending,
            )
        }
        for ending in Ending:
            grace_s = min(STAGE_S_MAX, max(0.5, give_up_s - asyncio.get_running_loop().time()))
            ends: list[Awaitable[None]] = [keeper.stop(grace_s) for keeper in stages.get(ending, [])]
            if ending is Ending.ROOMS:
                ends.append(self._rooms.leave() if self._leaves_rooms else self._rooms.stop(grace_s))
            await self._hurry(asyncio.gather(*ends))
        self._look_at_logs()

    async def _hurry(self, ends: Awaitable[Any]) -> None:
        """Wait for the ends of a stage; a second Ctrl-C kills what has not ended yet."""
        ending = asyncio.ensure_future(ends)
        hurrying = asyncio.create_task(self._hurrying.wait())
        await asyncio.wait({ending, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
        if not ending.done():
            for keeper in (*self._keepers, *self._rooms.keepers.values()):
                if keeper.child is not None:
                    keeper.child.send(signal.SIGKILL)
        await ending


def _has_picture(folder: Path, document: dict[str, Any], since_ns: int) -> bool:
    """The show's playlist was written since then, and its last segment is there."""
    playlist = folder / str(document.get("hls_dir", "")) / "index.m3u8"
    try:
        if playlist.stat().st_mtime_ns < since_ns:
            return False
        segments = [line for line in playlist.read_text().splitlines() if line and not line.startswith("#")]
        return bool(segments) and (playlist.parent / segments[-1]).is_file()
    except OSError:
        return False
