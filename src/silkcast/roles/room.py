"""The process of one room: `silkcast role room --room <id>`; outlives supervisor, web, ingest and edge."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
from pathlib import Path
from typing import Final

from silkcast import ui
from silkcast.kernel.role import run_role
from silkcast.kernel.settings import Settings
from silkcast.media.room.room import Room

NICENESS: Final = -10


def main(settings: Settings, arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="silkcast role room")
    parser.add_argument("--room", required=True, help="the room's id")
    parser.add_argument("--fonts", type=Path, default=ui.FACES, help="the folder of the overlays' fonts")
    options = parser.parse_args(arguments)
    with contextlib.suppress(PermissionError):  # we lead a session already
        os.setsid()
    with contextlib.suppress(OSError):  # where we may: a late tick is seen by every viewer, a late report by none
        os.nice(NICENESS)
        # Between sessions Linux shares by session, and ours is new.
        Path("/proc/self/autogroup").write_text(str(NICENESS))
    asyncio.run(_run(options.room, settings, options.fonts))


async def _run(room_id: str, settings: Settings, fonts: Path) -> None:
    settings.prepare()
    room = Room(room_id, settings, fonts)
    # What start-up made stays: a collector that walks it again and again would only cost ticks.
    gc.freeze()
    await run_role(f"room-{room_id}", settings, room.methods(), room.run)
