"""The machine fails under a running show: no room on the disk, a folder that cannot be written, a clock that jumps."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from silkcast.kernel.ids import new_id
from silkcast.kernel.words import sentence
from tests import postgresql
from tests.scenarios.conftest import START_GUARD_S, new_database
from tests.scenarios.doors import BEHIND_THE_PORT, ON_EITHER, Doors
from tests.scenarios.flood import purchase

pytestmark = pytest.mark.slow
DISK_BYTES = 96 * 1024 * 1024
SERVER_DISK_BYTES = 256 * 1024 * 1024
TRIES = 12
TRIES_ON_FULL = 400  # some may fit into pages that were begun before


@contextmanager
def small_disk(folder: Path, size: int = DISK_BYTES) -> Iterator[None]:
    """A file system of its own, that can be filled and made read-only; only root may mount one."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(params=ON_EITHER)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def doors(database: str) -> Iterator[Doors]:
    with tempfile.TemporaryDirectory(prefix="silk-") as folder, small_disk(Path(folder) / "data"):
        opened = Doors(Path(folder), database_url=new_database() if database == "postgresql" else "")
        try:
            opened.prepare()
            yield opened
        finally:
            opened.close()


@pytest.fixture
def api(doors: Doors) -> Iterator[httpx.Client]:
    doors.start(*BEHIND_THE_PORT)
    with doors.api() as client:
        yield client


def fill(folder: Path) -> Path:
    """Take every byte that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return filler


def orders(doors: Doors, api: httpx.Client, keys: list[str]) -> list[httpx.Response]:
    body = purchase(next(iter(doors.note["skus"].values())), "viewer-1", doors.note["live_show_id"])
    return [api.post("/orders", content=body, headers={"Idempotency-Key": key}) for key in keys]


def signal(doors: Doors, number: int) -> dict[str, Any]:
    show_id, at = doors.note["live_show_id"], int(time.time() * 1000)
    return {"id": str(new_id()), "show_id": show_id, "kind": "like", "at": at, "viewer": f"viewer-{number}"}


def batches(api: httpx.Client, sent: list[dict[str, Any]]) -> list[httpx.Response]:
    return [api.post("/signals", content=json.dumps([each])) for each in sent]


def counted(doors: Doors, api: httpx.Client) -> tuple[int, int]:
    """Orders and likes, as they are told to everyone."""
    likes = api.get(f"/shows/{doors.note['live_show_id']}/metrics").json()["likes"]
    return api.get("/orders?limit=1").json()["total"], likes


def codes(answers: list[httpx.Response]) -> Counter[tuple[int, str]]:
    return Counter((one.status_code, "" if one.is_success else one.json()["error"]["code"]) for one in answers)


def is_proven(doors: Doors) -> None:
    audit = doors.runs("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_a_full_disk_refuses_what_it_cannot_keep_and_nothing_is_half_done(
    doors: Doors, api: httpx.Client, database: str
) -> None:
    """The data folder's disk. Buyers' keys and the log of signals lie there always, the tables on SQLite."""
    assert codes(orders(doors, api, [str(uuid4())])) == {(201, ""): 1}
    before, tables = counted(doors, api), doors.tables()
    filler = fill(doors.data)
    keys, sent = [str(uuid4()) for _ in range(TRIES)], [signal(doors, number) for number in range(TRIES)]
    ordered, told = orders(doors, api, keys), batches(api, sent)
    assert set(codes(ordered)) == {(503, "kernel.storage_away")}
    assert set(codes(told)) == {(503, "signals.log_unwritable")}
    assert counted(doors, api) == before  # and what only reads goes on
    assert doors.tables() == tables
    ready = api.get(f"{doors.origin}/readyz")
    assert (ready.status_code, ready.json()["disk"]) == (503, "full")
    changed = api.post("/rooms", json={"name": "one more", "kind": "hall"})
    assert codes([changed]) == {(201, "") if database == "postgresql" else (503, "kernel.storage_away"): 1}
    filler.unlink()
    assert codes(orders(doors, api, keys)) == {(201, ""): TRIES}
    assert codes(batches(api, sent)) == {(202, ""): TRIES}
    assert counted(doors, api) == (before[0] + TRIES, before[1] + TRIES)
    is_proven(doors)


@pytest.mark.real_server
@pytest.mark.skipif(postgresql.binaries() is None, reason="PostgreSQL is not installed")
def test_a_database_server_whose_own_disk_is_full_refuses_and_loses_nothing_that_was_accepted() -> None:
    """Whichever of its files finds no room first: a table's ends one transaction, the log's ends sessions or itself."""
    with tempfile.TemporaryDirectory(prefix="silk-") as folder, small_disk(Path(folder) / "disk", SERVER_DISK_BYTES):
        Path(folder).chmod(0o711)  # the server runs as another user
        server = postgresql.Server(is_mortal=True, within=Path(folder) / "disk")
        doors = Doors(Path(folder), database_url=server.url)
        try:
            assert doors.runs("prepare").returncode == 0
            doors.start(*BEHIND_THE_PORT)
            with doors.api() as api:
                keys = [str(uuid4()) for _ in range(TRIES_ON_FULL)]
                answers = orders(doors, api, keys[:1])
                assert codes(answers) == {(201, ""): 1}
                filler = fill(Path(folder) / "disk")
                for key in keys[1:]:
                    answers += orders(doors, api, [key])
                    if sum(one.status_code == 503 for one in answers) == TRIES:
                        break
                assert Counter(one.status_code for one in answers) == {201: len(answers) - TRIES, 503: TRIES}
                assert (503, "kernel.storage_away") in codes(answers)
                filler.unlink()
                give_up_s = time.monotonic() + START_GUARD_S
                again = answers
                while not all(one.is_success for one in again):
                    assert time.monotonic() < give_up_s, doors.said()
                    if server.has_ended:
                        server.restart()
                    again = orders(doors, api, keys[: len(answers)])
                kept = {one.json()["checkout_id"] for one in answers if one.is_success}
                assert kept and kept < {one.json()["checkout_id"] for one in again}
                assert api.get("/orders?limit=1").json()["total"] == len(answers)
            is_proven(doors)
        finally:
            doors.close()
            server.stop()


def test_a_folder_that_cannot_be_written_is_said_so_in_both_languages(doors: Doors) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(doors.data)], check=True)
    tried = doors.runs("up", "--no-demo")
    assert tried.returncode == 2
    facts = {"name": "SILKCAST_DATA", "value": str(doors.data), "reason": os.strerror(30)}
    assert tried.stderr.splitlines() == [sentence("kernel.setting_unusable", facts, name) for name in ("en", "zh")]
    subprocess.run(["mount", "-o", "remount,rw", str(doors.data)], check=True)
    doors.start(*BEHIND_THE_PORT)
