"""The demo base as one command makes it: once a run, with PostgreSQL once a worker; others are copies."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from tests import postgresql
from tests.once import once

HANG_GUARD_S = 600.0


def copy(data: Path, database_url: str = "") -> None:
    """A data folder, and tables if they lie elsewhere; a test's own server has none to copy, and makes them itself."""
    house = once("prepared", _make)
    if not database_url:
        shutil.copytree(house, data, dirs_exist_ok=True)
    elif database_url.startswith(postgresql.shared().rpartition("/")[0]):
        house, tables = _on_postgresql()
        shutil.copytree(house, data, dirs_exist_ok=True)
        postgresql.fill(database_url, tables)
    else:
        shutil.copytree(house / "media", data / "media", dirs_exist_ok=True)


def _make(data: Path, database_url: str = "") -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SILKCAST_", "DJANGO_"))}
    told = {"SILKCAST_DATA": str(data)} | ({"SILKCAST_DATABASE_URL": database_url} if database_url else {})
    command = [sys.executable, "-m", "silkcast", "prepare"]
    made = subprocess.run(command, env=ours | told, capture_output=True, text=True, timeout=HANG_GUARD_S, check=False)
    assert made.returncode == 0, made.stderr


@functools.cache
def _on_postgresql() -> tuple[Path, str]:
    tables = postgresql.another(postgresql.shared(), f"prepared_{uuid4().hex[:8]}")

    def make(data: Path) -> None:
        shutil.copytree(once("prepared", _make) / "media", data / "media")
        _make(data, tables)

    return once(f"prepared-{os.getpid()}", make), tables
