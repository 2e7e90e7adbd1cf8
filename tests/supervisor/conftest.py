"""A house: one data folder, a table of small real programs, and supervisors that come and go."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from silkcast.kernel.settings import Settings

HANG_GUARD_S = 120.0
FAKE = Path(__file__).with_name("fake.py")
ROLES: dict[str, dict[str, Any]] = {
    "web": {"ending": "WORK"},
    "worker": {"ending": "WORK"},
    "signals": {"ending": "LOG"},
    "ingest": {"ending": "ROOMS"},
    "edge": {"ending": "DOOR"},
    "demo-cameras": {"ending": "DEMO", "needs": ["ingest"]},
}


class House:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(data=folder)
        self.settings.prepare()
        self.supervisors: list[subprocess.Popen[bytes]] = []
        self.wants_rooms()
        self.has()

    def has(self, programs: dict[str, dict[str, Any]] | None = None, **more: Any) -> None:
        (self.folder / "table.json").write_text(json.dumps({"programs": programs or ROLES, **more}))

    def wants_rooms(self, *ids: str, version: int = 1, hls: str = "") -> None:
        """The worker says from now on that these rooms have a show; their picture is there unless `hls` says where."""
        documents = [{"room_id": each, "version": version, "hls_dir": hls or f"hls/{each}"} for each in ids]
        if not hls:
            for each in ids:
                self.shows_picture(f"hls/{each}")
        draft = self.folder / "rooms.draft"
        draft.write_text(json.dumps({"rooms": [{"room_id": each["room_id"], "document": each} for each in documents]}))
        draft.replace(self.folder / "rooms.json")

    def shows_picture(self, hls: str, *, at_s: float | None = None) -> None:
        folder = self.folder / hls
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "0.ts").write_bytes(b"x")
        (folder / "index.m3u8").write_text("#EXTM3U\n#EXTINF:2.0,\n0.ts\n")
        seconds = time.time() + 3600 if at_s is None else at_s
        os.utime(folder / "index.m3u8", (seconds, seconds))

    def supervise(self) -> subprocess.Popen[bytes]:
        with (self.folder / "terminal").open("ab") as terminal:
            started = subprocess.Popen(
                [sys.executable, FAKE, self.folder, "supervise"],
                stdout=terminal,
                stderr=terminal,
            )
        self.supervisors.append(started)
        return started

    def starts(self) -> subprocess.Popen[bytes]:
        """Start a supervisor and wait for its ready line."""
        before = self.said().count("ready")
        started = self.supervise()
        self.eventually(lambda: self.said().count("ready") > before or started.poll() is not None)
        assert started.poll() is None, self.said()
        programs = json.loads((self.folder / "table.json").read_text())["programs"]
        self.eventually(lambda: all(self.runs(name) for name in programs))
        return started

    def ends(self, supervisor: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
        supervisor.send_signal(number)
        return supervisor.wait(HANG_GUARD_S)

    def said(self) -> list[str]:
        try:
            return (self.folder / "terminal").read_text().splitlines()
        except FileNotFoundError:
            return []

    def journal(self) -> list[str]:
        try:
            return (self.folder / "journal").read_text().splitlines()
        except FileNotFoundError:
            return []

    def pids(self, name: str) -> list[int]:
        """Of every process of that name that ever came up, in order."""
        found = (re.fullmatch(rf"start {re.escape(name)} (\d+)", line) for line in self.journal())
        return [int(match[1]) for match in found if match]

    def pid(self, name: str) -> int:
        return self.pids(name)[-1]

    def runs(self, name: str) -> bool:
        return bool(self.pids(name)) and is_running(self.pid(name))

    def comes_up(self, name: str, times: int) -> int:
        self.eventually(lambda: len(self.pids(name)) >= times)
        return self.pid(name)

    def eventually(self, claim: Callable[[], bool]) -> None:
        give_up_s = time.monotonic() + HANG_GUARD_S
        while not claim():
            assert time.monotonic() < give_up_s, "\n".join([*self.said(), *self.journal()])
            time.sleep(0.02)

    def everyone(self) -> set[int]:
        return {int(line.split()[2]) for line in self.journal() if line.startswith("start ")}

    def ours(self) -> Iterator[int]:
        """Every process on the machine that was started for this folder."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if str(self.folder).encode() in path.read_bytes().split(b"\0"):
                    yield int(path.parent.name)

    def close(self) -> None:
        for supervisor in self.supervisors:
            supervisor.kill()
            supervisor.wait()
        while left := [pid for pid in self.ours() if is_running(pid)]:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """One that has ended and is not yet buried does not count; in a container nobody may bury orphans."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:  # Unix sockets need short paths
        made = House(Path(folder))
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(name="is_running")
def is_running_() -> Callable[[int], bool]:
    return is_running
