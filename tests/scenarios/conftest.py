"""A whole Silkcast, started as a newcomer starts it, and driven from outside alone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import WireError, call_blocking
from tests import postgresql
from tests.holds import UNBOUNDED
from tests.ports import free_port
from tests.scenarios import prepared
from tests.scenarios.patience import Patient

READY = "Silkcast is ready: "
START_GUARD_S = 600.0
SEVERAL = {"SILKCAST_WEBS": "2", "SILKCAST_INTAKES": "2", "SILKCAST_WORKERS": "2"}  # where there is PostgreSQL
HANG_GUARD_S = 120.0


class Silkcast:
    """One installation on a folder and ports of its own; its tables in the folder too, unless elsewhere."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.folder = folder
        self.origin = ""
        self.rtmp_port = free_port()
        # Nothing of the tests' own settings: what runs here is what a newcomer would have.
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("SILKCAST_", "DJANGO_"))}
        self._environment = {
            **ours,
            "SILKCAST_DATA": str(folder),
            "SILKCAST_PORT": str(free_port()),
            "SILKCAST_RTMP_PORT": str(self.rtmp_port),
            **UNBOUNDED,
            **(SEVERAL | {"SILKCAST_DATABASE_URL": database_url} if database_url else {}),
        }
        self._terminal = folder / "terminal"
        self._supervisor: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        with self._terminal.open("wb") as terminal:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", "silkcast", "up", *arguments],
                env=self._environment,
                stdout=terminal,
                stderr=terminal,
            )
        eventually(lambda: self._ready_line() is not None or self._has_ended(), START_GUARD_S, self.said)
        line = self._ready_line()
        assert line is not None, self.said()
        self.origin = line.removeprefix(READY)

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self._supervisor is not None
        self._supervisor.send_signal(number)
        try:
            return self._supervisor.wait(HANG_GUARD_S)
        finally:
            self._supervisor.kill()
            self._supervisor.wait()

    def pids(self) -> dict[str, frozenset[int]]:
        """The living processes on this installation's folder by role; what is none goes by its whole command."""
        mark = f"SILKCAST_DATA={self.folder}".encode()
        found: dict[str, frozenset[int]] = {}
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it is gone, or not ours to look into
                if mark in (path / "environ").read_bytes().split(b"\0"):
                    words = (path / "cmdline").read_bytes().decode().split("\0")
                    name = words[words.index("role") + 1] if "role" in words else " ".join(words)
                    name += f"-{words[words.index('--number') + 1]}" if "--number" in words else ""
                    found[name] = found.get(name, frozenset()) | {int(path.name)}
        return found

    def is_well(self, role: str) -> bool:
        """What the role itself says, at its socket; a room is the demo's first one."""
        name = f"room-{self.note['rooms'][0]['id']}" if role == "room" else role
        try:
            return bool(call_blocking(Settings(data=self.folder).socket(name), "health")["ok"])
        except WireError:
            return False

    def said(self) -> str:
        """What stands on the terminal, and the end of every log."""
        ends = [f"--- {log.name}\n{log.read_text()[-2000:]}" for log in sorted((self.folder / "logs").glob("*.log"))]
        return "\n".join([self._terminal.read_text(), *ends])

    def runs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command of ours, to its end."""
        command = [sys.executable, "-m", "silkcast", *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=HANG_GUARD_S)

    @property
    def note(self) -> dict[str, Any]:
        """demo.json: what a script needs."""
        found: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return found

    def api(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.origin}/api/v1",
            headers={"Authorization": f"Bearer {self.note['api_key']}"},
            timeout=HANG_GUARD_S,
            transport=Patient(),
            trust_env=False,
        )

    def camera_url(self, stream_key: str) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp_port}/live/{stream_key}"

    def _ready_line(self) -> str | None:
        lines = self._terminal.read_text().splitlines()
        return next((line for line in lines if line.startswith(READY)), None)

    def _has_ended(self) -> bool:
        return self._supervisor is None or self._supervisor.poll() is not None


def eventually(claim: Callable[[], object], guard_s: float = HANG_GUARD_S, story: Callable[[], str] = str) -> None:
    """Wait until the claim holds; far beyond the time that it may take, fail with the story."""
    give_up_s = time.monotonic() + guard_s
    while not claim():
        assert time.monotonic() < give_up_s, story()
        time.sleep(0.1)


@contextmanager
def installation(database_url: str = "") -> Iterator[Silkcast]:
    """Up with the demo's show on air, without its cameras and crowd; in the end nothing of it is left running."""
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:  # Unix sockets need short paths
        prepared.copy(Path(folder), database_url)
        started = Silkcast(Path(folder), database_url)
        try:
            started.start("--no-demo")
            yield started
        finally:
            code = started.stop()
        assert code == 0, started.said()
        assert started.pids() == {}


def without_show(started: Silkcast) -> Silkcast:
    """Its room would only take the machine's time."""
    with started.api() as api:
        answered(api.post(f"/shows/{started.note['live_show_id']}/end"))
    return started


@pytest.fixture(scope="session")
def silkcast() -> Iterator[Silkcast]:
    with installation() as started:
        yield without_show(started)


@pytest.fixture(scope="session")
def silkcast_on_postgresql() -> Iterator[Silkcast]:
    with installation(new_database()) as started:
        yield without_show(started)


def new_database() -> str:
    return postgresql.another(postgresql.shared(), f"scenario_{uuid4().hex[:8]}")


NEEDS_POSTGRESQL = (
    pytest.mark.real_server,
    pytest.mark.skipif(postgresql.binaries() is None, reason="PostgreSQL is not installed"),
)


@pytest.fixture(params=["silkcast", pytest.param("silkcast_on_postgresql", marks=NEEDS_POSTGRESQL)])
def either(request: pytest.FixtureRequest) -> Silkcast:
    """One on SQLite, and one on PostgreSQL."""
    started: Silkcast = request.getfixturevalue(request.param)
    return started


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=NEEDS_POSTGRESQL)])
def on_air(request: pytest.FixtureRequest) -> Iterator[Silkcast]:
    """A new installation with its show on air, on SQLite, and one on PostgreSQL."""
    with installation(new_database() if request.param == "postgresql" else "") as started:
        yield started


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed scenario tells what every process has said."""
    report = yield
    for started in item.funcargs.values() if report.failed else ():
        if isinstance(started, Silkcast):
            report.sections.append(("Silkcast", started.said()))
    return report


def answered(answer: httpx.Response) -> Any:
    """The body of an answer that went well."""
    assert answer.is_success, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer.json()
