"""A program is held by a descriptor from its start, or it does not run."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import tempfile
from pathlib import Path

import pytest

from silkcast.kernel.settings import Settings
from silkcast.supervisor import keeper
from silkcast.supervisor.children import start
from silkcast.supervisor.keeper import Keeper
from silkcast.supervisor.logs import LogFile
from silkcast.supervisor.milestones import Milestones
from silkcast.supervisor.rooms import RoomKeeper
from silkcast.supervisor.table import Ending, Program

pytestmark = pytest.mark.anyio
SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _no_descriptor(*_: object) -> int:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


async def test_what_cannot_be_held_is_ended_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(pid: int) -> int:
        asked.append(pid)
        return _no_descriptor()

    monkeypatch.setattr(os, "pidfd_open", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        start(SLEEPS, tmp_path / "log")
    with pytest.raises(ProcessLookupError):
        os.kill(asked[0], 0)


async def test_without_descriptors_a_program_is_tried_again_until_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    failing = True
    opened = LogFile.new_lines

    def launch(*_: object, **__: object) -> object:
        return _no_descriptor() if failing else start(SLEEPS, tmp_path / "log")

    monkeypatch.setattr(keeper, "start", launch)
    monkeypatch.setattr(LogFile, "new_lines", lambda self: _no_descriptor() if failing else opened(self))
    kept = Keeper(Program(name="web", command=SLEEPS, ending=Ending.WORK), tmp_path, Milestones(), said.append)
    kept.begin()
    async with asyncio.timeout(60):
        while not said:
            await asyncio.sleep(0.01)
        failing = False
        while not kept.is_well:
            await asyncio.sleep(0.01)
    await kept.stop(5.0)
    assert "could not be started: [Errno 24] Too many open files" in said[0]


async def test_a_room_whose_files_cannot_be_written_runs_once_all_the_same() -> None:
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        settings = Settings(data=Path(folder))
        settings.prepare()
        (settings.data / "logs").mkdir(exist_ok=True)
        for name in ("pid", "json"):
            (settings.run / f".room-r1.{name}.{os.getpid()}").mkdir()  # as a full disk would
        kept = RoomKeeper("r1", (sys.executable, "-c", "import time; time.sleep(60)"), settings, (Milestones(), print))
        kept.document = {"version": 1}
        room = kept._launch()
        try:
            assert not room.exited.done()
        finally:
            await room.end(5.0)
