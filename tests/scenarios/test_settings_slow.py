"""Whatever stands in a setting, the start works or says which setting makes no sense, in a line, and ends with 2."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from silkcast.kernel.errors import Misconfigured
from silkcast.kernel.settings import Settings, load
from tests.ports import free_port
from tests.sampling import IS_SOAK
from tests.scenarios.conftest import HANG_GUARD_S, READY, START_GUARD_S
from tests.scenarios.doors import Doors

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
NAMES = re.findall(r"^(SILKCAST_\w+)=", (ROOT / "silkcast.example.env").read_text(), re.M)
EVERYWHERE = "0.0.0.0"  # noqa: S104 - one of the values that are tried
NONSENSE = (
    "", "   ", "-1", "0", "1", "9" * 30, "x" * 5000, "ftp://x/y", "/proc/nowhere/x", "商店", "１２", "a b", ",", "http://",
    "::", EVERYWHERE, "*", "https://user:secret@host/name", "nowhere.invalid", "nats://127.0.0.1:1/none",
    "198.51.100.77", "postgresql://user:secret@127.0.0.1:1/none",
)  # fmt: skip
STARTS_MAX = 3  # of one setting; a refusal costs nothing, a start seconds
FOLDERS = frozenset({"SILKCAST_DATA", "SILKCAST_STATIC"})  # anything may be a folder's name
NO_FOLDER = ("", "x" * 5000, "/proc/nowhere/x", "/dev/null", "~nobody-of-that-name/x")
# A server that is away may come: the start goes on, and names the setting.
MAY_COME = frozenset({("SILKCAST_SIGNALS_URL", "nats://127.0.0.1:1/none")})


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        doors = Doors(Path(folder))
        doors.prepare()
        yield doors.data


class Start:
    """`silkcast up` on a prepared folder of its own, up to its ready line or its end."""

    def __init__(self, folder: Path, prepared: Path, name: str, value: str) -> None:
        data = folder / "data"
        shutil.copytree(prepared, data)
        ours = {key: kept for key, kept in os.environ.items() if not key.startswith(("SILKCAST_", "DJANGO_"))}
        self.environment = {
            **ours,
            "SILKCAST_DATA": str(data),
            "SILKCAST_PORT": str(free_port()),
            "SILKCAST_RTMP_PORT": str(free_port()),
            name: value,
        }
        self.said = ""
        self.code: int | None = None
        self._terminal = folder / "terminal"
        self._folder = folder

    def run(self, *, umask: int = -1) -> None:
        command = [sys.executable, "-m", "silkcast", "up", "--no-demo"]
        with self._terminal.open("wb") as terminal:
            process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self._folder,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
                umask=umask,
            )
        try:
            give_up_s = time.monotonic() + START_GUARD_S
            while time.monotonic() < give_up_s:
                self.code, self.said = process.poll(), self._terminal.read_text(errors="replace")
                if self.code is not None or READY in self.said:
                    break
                time.sleep(0.05)
            if self.code is None and READY in self.said:
                self.is_served = self._is_served()
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(HANG_GUARD_S)

    def _is_served(self) -> bool:
        """At the address that the ready line names, where that is this machine's own."""
        origin = self.said.partition(READY)[2].splitlines()[0]
        answer = httpx.get(f"{origin}/readyz", timeout=HANG_GUARD_S, trust_env=False)
        return answer.status_code == 200


def values_of(name: str) -> tuple[str, ...]:
    return NO_FOLDER if name in FOLDERS else NONSENSE


def meaning(name: str, value: str) -> Settings | str:
    """What a value amounts to, so that nothing is started twice."""
    with pytest.MonkeyPatch.context() as patch:
        for other in NAMES:
            patch.delenv(other, raising=False)
        patch.setenv(name, value)
        try:
            return load()
        except Misconfigured:
            return value


@pytest.mark.parametrize("name", NAMES if IS_SOAK else ["SILKCAST_DATA"])  # half a minute each
def test_each_start_works_or_names_the_setting(
    name: str, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plain = meaning(name, "")
    seen: set[str] = set()
    starts = 0
    for value in values_of(name):
        means = meaning(name, value)
        is_taken = isinstance(means, Settings)
        if str(means) in seen or (means == plain and value) or (is_taken and starts == STARTS_MAX):
            continue
        seen.add(str(means))
        with tempfile.TemporaryDirectory(prefix="silk-") as folder:
            start = Start(Path(folder), prepared, name, value)
            start.run()
        starts += start.code is None
        told = f"{name}={value[:80]!r}: {start.said[-2000:]}"
        assert "secret" not in start.said, told
        assert "Traceback" not in start.said, told
        if start.code is None:
            assert READY in start.said, told
            assert (name in start.said) == ((name, value) in MAY_COME), told
            continue
        assert start.code == 2, told
        refusals = [line for line in start.said.splitlines() if name in line]
        assert len(refusals) in {2, 4}, told  # a line in each language, or two: who asked says it too


def test_a_folder_that_stood_open_is_closed_by_the_next_start(prepared: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        start = Start(Path(folder), prepared, "SILKCAST_VIEWERS", "0")
        data = Path(start.environment["SILKCAST_DATA"])
        for path in (data, *data.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        start.run(umask=0o022)
        assert READY in start.said
        assert f"{data} was open to other users" in start.said
        assert '"event": "folder.stood_open"' in (data / "logs" / "supervisor.log").read_text()
        open_still = [path for path in (data, *data.rglob("*")) if path.lstat().st_mode & 0o077]
        assert [path for path in open_still if "static" not in path.relative_to(data).parts] == []
