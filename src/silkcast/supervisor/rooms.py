"""Live rooms: started when a show needs one, found again after a supervisor was lost, ended when their show is over.

A room is known by its socket: whoever listens there is the room, whatever became of the process that started it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import socket
import struct
from functools import partial
from pathlib import Path
from typing import Any

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import Client, WireError
from silkcast.supervisor.children import Child, start
from silkcast.supervisor.keeper import Keeper, Say
from silkcast.supervisor.milestones import Milestones
from silkcast.supervisor.table import Ending, Program

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
ASK_S_MAX = 2.0
STOP_S_MAX = 8.0
ROOM_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")  # it becomes part of file names and a command line
CREDENTIALS = struct.Struct("3i")  # pid, user, group of whoever listens


class RoomKeeper(Keeper):
    def __init__(
        self, room_id: str, command: tuple[str, ...], settings: Settings, keeping: tuple[Milestones, Say]
    ) -> None:
        milestones, say = keeping
        name = f"room-{room_id}"
        program = Program(name=name, command=(*command, room_id), ending=Ending.ROOMS, socket=settings.socket(name))
        super().__init__(program, settings.data / "logs", milestones, say)
        self.room_id = room_id
        self.document: dict[str, Any] | None = None
        self._pid_path = settings.run / f"{name}.pid"
        self._document_path = settings.run / f"{name}.json"

    def _launch(self) -> Child:
        found = self._find()
        if found is not None:
            logger.info("room.adopted", extra={"facts": {"room_id": self.room_id, "pid": found.pid}})
            self._say(f"{self.name}: found running (process {found.pid}), kept on air")
            return found
        self._hand_over_document()
        child = start(self.program.command, self.log.path, outlives_us=True)
        self._write(self._pid_path, f"{child.pid}\n")
        return child

    def _find(self) -> Child | None:
        """The process that listens at the room's socket, or one started a moment ago that does not listen yet.

        OSError where that cannot be told: better no room for a moment than two.
        """
        assert self.program.socket is not None
        heard, trouble = None, None
        try:
            heard = _listener(self.program.socket)
        except OSError as error:
            trouble = error
        for pid in (heard, self._noted_pid()):
            if pid is not None:
                try:
                    return Child(pid)
                except (ProcessLookupError, PermissionError):
                    continue
        if trouble is not None:
            raise trouble
        return None

    def _noted_pid(self) -> int | None:
        """The pid on file, if that process is still this room: numbers are given anew."""
        try:
            pid = int(self._pid_path.read_text())
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        wanted = [part.encode() for part in self.program.command[-2:]]
        return pid if arguments[-3:-1] == wanted else None

    def _hand_over_document(self) -> None:
        """Put the newest document where the room looks first, so that it does not begin with its last show's."""
        if self.document is not None:
            self._write(self._document_path, json.dumps(self.document, ensure_ascii=False))

    def _write(self, path: Path, text: str) -> None:
        """On a full disk a room starts all the same: it is pushed its document, and its socket tells its process."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            logger.warning("rooms.file_unwritten", extra={"facts": {"path": str(path), "reason": str(error)}})

    def is_running(self) -> bool:
        """Somebody else's child is this room already."""
        assert self.program.socket is not None
        try:
            return _listener(self.program.socket) is not None or self._noted_pid() is not None
        except OSError:
            return True  # somebody is there who does not answer

    async def _ask_to_end(self) -> None:
        assert self.program.socket is not None
        client = Client(self.program.socket)
        try:
            await client.call("room.stop", {}, deadline_s=ASK_S_MAX)
        except WireError:
            pass  # the signal comes next
        finally:
            await client.close()

    async def retire(self, grace_s: float) -> None:
        """Stop for good: the next supervisor has nothing to take up."""
        await self.stop(grace_s)
        self._pid_path.unlink(missing_ok=True)


class Rooms:
    """Keeps the rooms that the worker says are wanted; while it cannot say, everything stays as it is."""

    def __init__(self, settings: Settings, command: tuple[str, ...], milestones: Milestones, say: Say) -> None:
        self.keepers: dict[str, RoomKeeper] = {}
        self.has_asked = False
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._settings = settings
        self._command = command
        self._keeping = (milestones, say)

    def adopt(self) -> None:
        """Take up the rooms of an earlier supervisor, before anybody can say whether they are still wanted.

        Those that play on are kept; those that ended with it start from their last document, so that a show on air
        does not wait for the worker. What is no longer wanted ends as soon as the worker says so.
        """
        for path in sorted(self._settings.run.glob("room-*.pid")):
            room_id = path.stem.removeprefix("room-")
            keeper = self._keeper(room_id)
            if keeper is not None and (keeper.is_running() or path.with_suffix(".json").exists()):
                self._begin(keeper)
            else:
                path.unlink(missing_ok=True)

    async def follow(self) -> None:
        """Until cancelled: do what the worker says, each second."""
        client = Client(self._settings.socket("worker"))
        try:
            while True:
                await self._look(client)
                await asyncio.sleep(LOOK_EVERY_S if self.has_asked else LOOK_EVERY_S / 10)
        finally:
            await client.close()

    def documents(self) -> list[dict[str, Any]]:
        return [keeper.document for keeper in self.keepers.values() if keeper.document is not None]

    def are_well(self) -> bool:
        return self.has_asked and all(keeper.is_well for keeper in self.keepers.values())

    async def _look(self, client: Client) -> None:
        try:
            answer: Any = await client.call("studio.rooms", {}, deadline_s=ASK_S_MAX)
            wanted = {str(room["room_id"]): dict(room["document"]) for room in answer["rooms"]}
        except WireError:
            return
        except (KeyError, TypeError, ValueError):
            logger.exception("rooms.answer_unreadable")
            return
        self.has_asked = True
        for room_id in set(self.keepers) - set(wanted):
            ending = asyncio.create_task(self.keepers.pop(room_id).retire(STOP_S_MAX))
            self._ending[room_id] = ending
            ending.add_done_callback(partial(self._forget, room_id))
        for room_id, document in wanted.items():
            self._keep(room_id, document)

    def _forget(self, room_id: str, _: asyncio.Task[None]) -> None:
        del self._ending[room_id]

    def _keep(self, room_id: str, document: dict[str, Any]) -> None:
        keeper = self.keepers.get(room_id)
        if keeper is not None:
            keeper.document = document
        elif room_id not in self._ending:  # its last process must be gone first
            keeper = self._keeper(room_id)
            if keeper is not None:
                keeper.document = document
                self._begin(keeper)

    async def stop(self, grace_s: float) -> None:
        await asyncio.gather(*(keeper.stop(grace_s) for keeper in self.keepers.values()), *self._ending.values())

    async def leave(self) -> None:
        await asyncio.gather(*(keeper.leave() for keeper in self.keepers.values()), *self._ending.values())

    def _keeper(self, room_id: str) -> RoomKeeper | None:
        if not ROOM_ID.fullmatch(room_id):
            logger.error("rooms.bad_id", extra={"facts": {"room_id": room_id}})
            return None
        return RoomKeeper(room_id, self._command, self._settings, self._keeping)

    def _begin(self, keeper: RoomKeeper) -> None:
        self.keepers[keeper.room_id] = keeper
        keeper.begin()


def _listener(path: Path) -> int | None:
    """Who listens at a Unix socket, by the system's word; None when nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(ASK_S_MAX)
        try:
            link.connect(str(path))
            raw = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        except (FileNotFoundError, ConnectionRefusedError):
            return None  # any other trouble is ours, and no reason to start a second one beside it
    pid: int = CREDENTIALS.unpack(raw)[0]
    return pid or None
