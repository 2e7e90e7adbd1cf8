"""What a role says of itself can be scraped, from this machine alone."""

from __future__ import annotations

from typing import Any

import pytest

from silkcast.roles.edge.doors.metrics import exposition
from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio


def telling(detail: dict[str, Any]) -> dict[str, Any]:
    async def health(_: Any) -> Any:
        return {"ok": True, "detail": detail}

    return {"health": health}


async def test_numbers_of_roles_and_rooms_become_gauges(stage: Any) -> None:
    behind = {"web": telling({"busy": 3, "note": "text"}), "room-r1": telling({"tick": {"late_ms": 1.5}})}
    async with stage(**behind) as edge, edge.client() as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert {'silkcast_up{role="web"} 1', 'silkcast_up{role="worker"} 0', 'silkcast_busy{role="web"} 3'} <= set(lines)
    assert 'silkcast_tick_late_ms{role="room-r1"} 1.5' in lines
    assert lines.count("# TYPE silkcast_up gauge") == 1
    assert "text" not in answer.text.replace("text/plain", "")


async def test_strangers_find_no_such_address(stage: Any) -> None:
    limits = EdgeLimits(exempt_addresses=frozenset())
    async with stage(limits) as edge, edge.client() as client:
        assert (await client.get("/metrics")).status_code == 404


def test_samples_of_one_name_stand_together() -> None:
    told = {role: {"ok": True, "detail": {"busy": 1}} for role in ("a", "b")}
    assert exposition(told) == (
        '# TYPE silkcast_up gauge\nsilkcast_up{role="a"} 1\nsilkcast_up{role="b"} 1\n'
        '# TYPE silkcast_busy gauge\nsilkcast_busy{role="a"} 1\nsilkcast_busy{role="b"} 1\n'
    )
