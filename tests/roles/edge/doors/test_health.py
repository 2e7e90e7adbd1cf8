"""Alive is about this process; ready is about all of them."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.anyio
ROLES = ("web", "intake", "signals", "worker", "ingest")


def answering(*, ok: bool) -> dict[str, Any]:
    async def health(_: Any) -> Any:
        return {"ok": ok, "detail": {}}

    return {"health": health}


async def test_the_port_is_alive_even_when_nobody_stands_behind_it(stage: Any) -> None:
    async with stage() as edge, edge.client() as client:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_ready_means_every_role_says_so(stage: Any) -> None:
    async with stage(**{role: answering(ok=True) for role in ROLES}) as edge, edge.client() as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ok": True, "roles": dict.fromkeys(ROLES, True)})


async def test_a_role_that_is_away_or_says_no_is_named(stage: Any) -> None:
    behind = {role: answering(ok=role != "signals") for role in ROLES if role != "worker"}
    async with stage(**behind) as edge, edge.client() as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        roles = {"web": True, "intake": True, "signals": False, "worker": False, "ingest": True}
        assert answer.json() == {"ok": False, "roles": roles}


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
