"""Programs for the supervisor's tests: real processes with a wire socket, as small as can be.

    fake.py <folder> role <name> [behaviour]    answers `health`; "worker" also `studio.rooms`, from rooms.json
    fake.py <folder> room --room <id>           answers `health` and `room.stop`
    fake.py <folder> supervise                  runs the supervisor on table.json

Each writes its coming and going into the journal of the data folder, whose name in the arguments tells whose it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import WireServer, serve

FOLDER = Path(sys.argv[1])
SETTINGS = Settings(data=FOLDER)


def note(*words: object) -> None:
    with (FOLDER / "journal").open("a") as journal:
        journal.write(" ".join(map(str, words)) + "\n")


class Fake:
    def __init__(self, name: str, behaviour: str) -> None:
        self._name = name
        self._behaviour = behaviour
        self._told = ""
        self._stop = asyncio.Event()

    async def health(self, _: Any) -> dict[str, Any]:
        if (FOLDER / f"wedge-{self._name}").exists():
            note("wedged", self._name)
            time.sleep(3600)
        return {"ok": not (FOLDER / f"unwell-{self._name}").exists(), "detail": {"pid": os.getpid()}}

    async def rooms(self, _: Any) -> Any:
        answer = json.loads((FOLDER / "rooms.json").read_text())
        told = "told " + ",".join(room["room_id"] for room in answer["rooms"])
        if told != self._told:
            self._told = told
            note(told)
        return answer

    async def stop(self, _: Any) -> dict[str, Any]:
        note("asked", self._name)
        self._stop.set()
        return {"stopping": True}

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        if self._behaviour != "deaf":
            loop.add_signal_handler(15, self._stop.set)
        else:
            loop.add_signal_handler(15, lambda: note("ignored", self._name))
        methods = {"health": self.health, "studio.rooms": self.rooms, "room.stop": self.stop}
        server: WireServer = await serve(SETTINGS.socket(self._name), methods)
        note("start", self._name, os.getpid())
        await self._stop.wait()
        await server.close()
        note("stop", self._name)


def role(name: str, behaviour: str = "") -> None:
    if behaviour == "fails":
        note("start", name, os.getpid())
        sys.exit("cannot run: no such thing")
    if behaviour == "complains":
        print(json.dumps({"level": "error", "event": "disk.full", "error": "Traceback\nOSError: no space"}), flush=True)
    asyncio.run(Fake(name, behaviour).run())


def supervise() -> int:
    # Here, so that the programs themselves start as quickly as can be.
    from silkcast.supervisor import keeper, lock, supervisor
    from silkcast.supervisor.errors import NotPrepared
    from silkcast.supervisor.supervisor import Supervisor
    from silkcast.supervisor.table import Ending, Program, Table

    described = json.loads((FOLDER / "table.json").read_text())
    for module, name, value in described.get("constants", []):
        setattr({"keeper": keeper, "supervisor": supervisor}[module], name, value)
    programs = tuple(
        Program(
            name=name,
            command=(sys.executable, __file__, str(FOLDER), "role", name, each.get("behaviour", "")),
            ending=Ending[each["ending"]],
            needs=frozenset(each.get("needs", [])),
            socket=SETTINGS.socket(name),
            is_role=each["ending"] != "DEMO",
        )
        for name, each in described["programs"].items()
    )
    room = (sys.executable, __file__, str(FOLDER), "room", "--room")
    table = Table(programs=programs, room=room, prepare=tuple(described.get("prepare", ())))
    SETTINGS.prepare()

    async def run() -> None:
        def say(line: str) -> None:
            print(line, flush=True)

        await Supervisor(SETTINGS, table, say, greet=lambda: ["ready"]).run()

    with lock.hold(FOLDER):
        try:
            asyncio.run(run())
        except NotPrepared as error:
            print(error, flush=True)
            return 2
    return 0


if __name__ == "__main__":
    if sys.argv[2] == "supervise":
        sys.exit(supervise())
    if sys.argv[2] == "room":
        asyncio.run(Fake(f"room-{sys.argv[4]}", "").run())
    else:
        role(*sys.argv[3:])
