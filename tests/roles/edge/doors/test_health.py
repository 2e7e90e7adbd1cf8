"""Alive is about this process; ready is about all of them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from silkcast.kernel.settings import Settings
from silkcast.roles.edge.doors import health
from silkcast.roles.edge.doors.health import PROBE, state_of

pytestmark = pytest.mark.anyio
ROLES = ("web", "intake", "signals", "worker", "ingest")

READY = {"ok": True, "roles": dict.fromkeys(ROLES, True), "database": "ok", "disk": "ok"}


def answering(*, ok: bool) -> dict[str, Any]:
    async def health(_: Any) -> Any:
        return {"ok": ok, "detail": {}}

    return {"health": health, "intake.tables": tables}


async def tables(_: Any) -> Any:
    return {"ok": True}


async def test_the_port_is_alive_even_when_nobody_stands_behind_it(stage: Any) -> None:
    async with stage() as edge, edge.client() as client:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_ready_means_every_role_says_so(stage: Any) -> None:
    async with stage(**{role: answering(ok=True) for role in ROLES}) as edge, edge.client() as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, READY)


async def test_a_role_that_is_away_or_says_no_is_named(stage: Any) -> None:
    behind = {role: answering(ok=role != "signals") for role in ROLES if role != "worker"}
    async with stage(**behind) as edge, edge.client() as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        roles = {"web": True, "intake": True, "signals": False, "worker": False, "ingest": True}
        assert answer.json() == {**READY, "ok": False, "roles": roles}


async def test_asking_often_costs_the_roles_one_question(stage: Any) -> None:
    asked = 0

    async def health(_: Any) -> Any:
        nonlocal asked
        asked += 1
        return {"ok": True}

    async with stage(web={"health": health}) as edge, edge.line() as line:
        line.send(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n" * 5)
        for _ in range(5):
            assert (await line.answer())[0] == 503
    assert asked == 1


async def test_a_disk_that_stands_still_is_told_and_probed_by_one_at_a_time(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves, probes = threading.Event(), 0

    def stands_still(folder: Path) -> str:
        nonlocal probes
        probes += 1
        moves.wait(60)
        return state_of(folder)

    monkeypatch.setattr(health, "state_of", stands_still)
    monkeypatch.setattr(health, "REMEMBERED_S", 0.0)
    async with stage(**{role: answering(ok=True) for role in ROLES}) as edge, edge.client() as client:
        try:
            for _ in range(2):
                answer = await client.get("/readyz")
                assert (answer.status_code, answer.json()) == (503, {**READY, "ok": False, "disk": "silent"})
        finally:
            moves.set()
    assert probes == 1


async def test_tables_that_do_not_answer_are_told_though_every_role_is_well(stage: Any) -> None:
    async def away(_: Any) -> Any:
        return {"ok": False}

    behind = {role: answering(ok=True) for role in ROLES}
    behind["intake"] |= {"intake.tables": away}
    async with stage(**behind) as edge, edge.client() as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {**READY, "ok": False, "database": "away"})


async def test_a_folder_that_takes_nothing_is_told(stage: Any, settings: Settings) -> None:
    async with stage(**{role: answering(ok=True) for role in ROLES}) as edge, edge.client() as client:
        (settings.data / PROBE).mkdir()  # so that not even who may do everything can write there
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {**READY, "ok": False, "disk": "unwritable"})


def test_a_disk_with_little_room_is_full_before_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state_of(tmp_path) == "ok"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(health, "FREE_BYTES_MIN", 1 << 62)
    assert state_of(tmp_path) == "full"
    assert state_of(tmp_path / "gone") == "unwritable"
