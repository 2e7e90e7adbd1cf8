"""The roles behind the public port on one data folder, without a supervisor: a test says how each of them lives."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pysqlite3 import dbapi2 as sqlite3

from silkcast.kernel.settings import Settings
from silkcast.kernel.wire import WireError, call_blocking
from tests import postgresql
from tests.holds import UNBOUNDED
from tests.ports import free_port
from tests.scenarios import prepared
from tests.scenarios.conftest import (
    HANG_GUARD_S,
    NEEDS_POSTGRESQL,
    START_GUARD_S,
    eventually,
    new_database,
)
from tests.scenarios.patience import Patient

BEHIND_THE_PORT = ("intake", "signals", "web", "edge")


class Doors:
    """A demo base with a show on air and nobody in its room; `origin` is the edge's address."""

    def __init__(self, folder: Path, data: Path | None = None, database_url: str = "") -> None:
        self.folder = folder
        self._database_url = database_url
        self.data = data or folder / "data"
        self.settings = Settings(data=self.data, port=free_port())
        self.origin = f"http://127.0.0.1:{self.settings.port}"
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("SILKCAST_", "DJANGO_"))}
        self.environment = {
            **ours,
            "SILKCAST_DATA": str(self.data),
            "SILKCAST_PORT": str(self.settings.port),
            "SILKCAST_CLIENT_RATE": "1000000",
            **UNBOUNDED,
            **({"SILKCAST_DATABASE_URL": database_url} if database_url else {}),
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def runs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command of ours, to its end."""
        command = [sys.executable, "-m", "silkcast", *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=START_GUARD_S, check=False
        )

    def prepare(self) -> None:
        """The demo base as one command makes it."""
        prepared.copy(self.data, self._database_url)

    def start(self, *roles: str, environment: Mapping[str, str] | None = None) -> None:
        for role in roles:
            with self.log(role).open("ab") as log:
                self.running[role] = subprocess.Popen(
                    [sys.executable, "-m", "silkcast", "role", role],
                    env={**self.environment, **(environment or {})},
                    stdout=log,
                    stderr=log,
                )
        eventually(lambda: all(self.is_well(role) for role in roles), START_GUARD_S, self.said)

    def is_well(self, role: str) -> bool:
        assert self.running[role].poll() is None, self.said()
        try:
            return bool(call_blocking(self.settings.socket(role), "health")["ok"])
        except WireError:
            return False

    def end(self, *roles: str) -> None:
        """The way a supervisor ends them."""
        for role in roles:
            self.running[role].terminate()
        for role in roles:
            assert self.running.pop(role).wait(HANG_GUARD_S) == 0, self.said()

    def close(self) -> None:
        for child in self.running.values():
            child.kill()
            child.wait()

    def log(self, role: str) -> Path:
        return self.folder / f"{role}.log"

    def lines(self, role: str) -> list[dict[str, Any]]:
        """What a role has logged."""
        return [json.loads(line) for line in self.log(role).read_text().splitlines() if line.startswith("{")]

    def defects(self) -> list[dict[str, Any]]:
        """What the roles call an error; that a machine is slow to end its transactions is none of theirs."""
        errors = [line for role in self.running for line in self.lines(role) if line["level"] == "error"]
        return [line for line in errors if line["event"] != "relay.horizon_held"]

    def said(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-2000:]}" for log in sorted(self.folder.glob("*.log")))

    def tables(self) -> dict[str, tuple[int, int]]:
        """Of every table, how many rows it has and a sum over all that they say."""
        rows = self._rows_in_postgresql() if self._database_url else self._rows_in_sqlite()
        return {
            name: (len(found), sum(zlib.crc32(repr(row).encode()) for row in found)) for name, found in rows.items()
        }

    def _rows_in_sqlite(self) -> dict[str, list[Any]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'silkcast.db'}?mode=ro", uri=True)) as link:
            names = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: link.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608

    def _rows_in_postgresql(self) -> dict[str, list[Any]]:
        import psycopg

        with psycopg.connect(postgresql.as_superuser(self._database_url)) as link:
            names = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return {name: link.execute(f'SELECT * FROM "{name}"'.encode()).fetchall() for (name,) in names}  # noqa: S608

    @property
    def note(self) -> dict[str, Any]:
        """demo.json: what a script needs."""
        found: dict[str, Any] = json.loads((self.data / "demo.json").read_text())
        return found

    def api(self, key: str = "", **headers: str) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.origin}/api/v1",
            headers={"Authorization": f"Bearer {key or self.note['api_key']}", **headers},
            timeout=HANG_GUARD_S,
            transport=Patient(),
            trust_env=False,
        )


ON_EITHER = ("sqlite", pytest.param("postgresql", marks=NEEDS_POSTGRESQL))


@contextmanager
def open_doors(database: str) -> Iterator[Doors]:
    """Everything behind the port, started on a folder of its own; `database` is one of `ON_EITHER`."""
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:  # Unix sockets need short paths
        doors = Doors(Path(folder), database_url=new_database() if database == "postgresql" else "")
        try:
            doors.prepare()
            doors.start(*BEHIND_THE_PORT)
            yield doors
        finally:
            doors.close()
