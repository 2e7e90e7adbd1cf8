"""A whole Silkcast, started as a newcomer starts it, and driven from outside alone."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

READY = "Silkcast is ready: "
START_GUARD_S = 600.0
HANG_GUARD_S = 120.0


class Silkcast:
    """One installation on a folder and ports of its own."""

    def __init__(self, folder: Path) -> None:
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

    def stop(self) -> int:
        assert self._supervisor is not None
        self._supervisor.send_signal(signal.SIGINT)
        try:
            return self._supervisor.wait(HANG_GUARD_S)
        finally:
            self._supervisor.kill()
            self._supervisor.wait()

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
            trust_env=False,
        )

    def camera_url(self, stream_key: str) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp_port}/live/{stream_key}"

    def _ready_line(self) -> str | None:
        lines = self._terminal.read_text().splitlines()
        return next((line for line in lines if line.startswith(READY)), None)

    def _has_ended(self) -> bool:
        return self._supervisor is None or self._supervisor.poll() is not None


def free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


def eventually(claim: Callable[[], object], guard_s: float = HANG_GUARD_S, story: Callable[[], str] = str) -> None:
    """Wait until the claim holds; far beyond the time that it may take, fail with the story."""
    give_up_s = time.monotonic() + guard_s
    while not claim():
        assert time.monotonic() < give_up_s, story()
        time.sleep(0.1)


@pytest.fixture(scope="session")
def silkcast() -> Iterator[Silkcast]:
    """Without the demo's cameras, platforms and crowd: the scenarios bring their own."""
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:  # Unix sockets need short paths
        started = Silkcast(Path(folder))
        try:
            started.start("--no-demo")
            with started.api() as api:  # its room would only take the machine's time
                answered(api.post(f"/shows/{started.note['live_show_id']}/end"))
            yield started
        finally:
            code = started.stop()
        assert code == 0, started.said()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed scenario tells what every process has said."""
    report = yield
    if report.failed and isinstance(started := item.funcargs.get("silkcast"), Silkcast):
        report.sections.append(("Silkcast", started.said()))
    return report


def answered(answer: httpx.Response) -> Any:
    """The body of an answer that went well."""
    assert answer.is_success, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer.json()
