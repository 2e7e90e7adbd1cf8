"""How many signals and comments one viewer, one address and one network may send."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.roles.edge.doors.collecting import Signals, likes

from silkcast.kernel.ids import new_id
from silkcast.roles.edge.doors.signals import READ_BYTES_MAX
from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio


async def test_one_viewer_may_not_flood(stage: Any) -> None:
    signals = Signals()
    limits = EdgeLimits(viewer_rate=0.01, viewer_burst=2.0)
    async with stage(limits, signals=signals.methods) as edge, edge.client() as client:
        flood = [await client.post("/api/v1/signals", content=b"[]", headers=edge.viewer("v1")) for _ in range(3)]
        other = await client.post("/api/v1/signals", content=b"[]", headers=edge.viewer("v2"))
    assert [answer.status_code for answer in flood] == [202, 202, 429]
    assert other.status_code == 202
    assert len(signals.asked) == 3


async def test_a_viewers_rate_counts_signals_however_they_are_packed_and_written(stage: Any) -> None:
    signals = Signals()
    limits = EdgeLimits(viewer_signals_rate=0.01, viewer_signals_burst=10.0)
    bad = b"[" + b"0," * 9 + b"0]"
    async with stage(limits, signals=signals.methods) as edge, edge.client() as client:
        for body in (likes(10), bad):
            headers = edge.viewer(f"v{len(body)}")
            first = await client.post("/api/v1/signals", content=body, headers=headers)
            again = await client.post("/api/v1/signals", content=likes(1), headers=headers)
            assert (first.status_code, again.status_code, "retry-after" in again.headers) == (202, 429, True)
            elsewhere = edge.viewer(f"v{len(body)}", base="base-2")
            assert (await client.post("/api/v1/signals", content=likes(1), headers=elsewhere)).status_code == 202
        never = await client.post("/api/v1/signals", content=likes(11), headers=edge.viewer("v3"))
    assert (never.status_code, never.json()["error"]["code"]) == (422, "signals.too_many")
    assert never.json()["error"]["facts"] == {"items": 11, "most": 10}
    assert len(signals.asked) == 4


def comments(count: int) -> bytes:
    comment = {"show_id": "s1", "kind": "comment", "text": "lovely", "at": 1_790_000_000_000}
    return msgspec.json.encode([comment | {"id": str(new_id())} for _ in range(count)])


async def test_a_viewers_comments_have_a_rate_of_their_own_however_they_are_written(stage: Any) -> None:
    signals = Signals()
    limits = EdgeLimits(viewer_comments_rate=0.01, viewer_comments_burst=2.0)
    half = comments(2)[:-1] + b',{"text":"\\ud800"}]'
    odd = comments(2).replace(b'"comment"', b'"\\u0063omment"')
    mixed = comments(2)[:-1] + b",0]"
    long = comments(2) + b" " * READ_BYTES_MAX
    told = b'{"sent_at":1790000000000,"signals":' + mixed + b"}"
    async with stage(limits, signals=signals.methods) as edge, edge.client() as client:

        async def answered(body: bytes, viewer: str) -> int:
            return int((await client.post("/api/v1/signals", content=body, headers=edge.viewer(viewer))).status_code)

        for number, body in enumerate((comments(2), half, odd, mixed, long, told)):
            viewer = f"v{number}"
            assert await answered(body, viewer) == 202, body[:200]
            assert [await answered(each, viewer) for each in (comments(1), body, likes(9))] == [429, 429, 202], body[
                :200
            ]
        never = await client.post("/api/v1/signals", content=comments(3), headers=edge.viewer("v9"))
    assert (never.status_code, never.json()["error"]["facts"]) == (422, {"items": 3, "most": 2})


async def test_comments_of_one_address_are_bounded_whatever_tokens_it_asks_for(stage: Any) -> None:
    signals = Signals()
    limits = EdgeLimits(address_comments_rate=0.01, address_comments_burst=3.0, exempt_addresses=frozenset())
    async with stage(limits, signals=signals.methods) as edge, edge.client() as client:
        told = [
            (await client.post("/api/v1/signals", content=comments(1), headers=edge.viewer(f"v{number}"))).status_code
            for number in range(4)
        ]
        assert (await client.post("/api/v1/signals", content=likes(9), headers=edge.viewer("v0"))).status_code == 202
    assert told == [202, 202, 202, 429]


async def test_new_tokens_bring_one_address_no_further(stage: Any) -> None:
    signals = Signals()
    limits = EdgeLimits(address_signals_rate=0.01, address_signals_burst=10.0, exempt_addresses=frozenset())
    async with stage(limits, signals=signals.methods) as edge, edge.client() as client:
        told = [
            (await client.post("/api/v1/signals", content=likes(5), headers=edge.viewer(f"v{number}"))).status_code
            for number in range(3)
        ]
    assert told == [202, 202, 429]
    assert len(signals.asked) == 2


async def test_one_network_is_counted_as_one_and_a_refused_viewer_takes_nothing_of_the_others(stage: Any) -> None:
    signals = Signals()
    limits = EdgeLimits(
        trusted_proxies=frozenset({"127.0.0.1"}),
        address_signals_rate=0.01,
        address_signals_burst=10.0,
        viewer_signals_rate=0.01,
        viewer_signals_burst=5.0,
    )
    async with stage(limits, signals=signals.methods) as edge, edge.client() as client:

        async def told(viewer: str, host: int, subnet: int = 1) -> int:
            headers = {**edge.viewer(viewer), "X-Forwarded-For": f"2001:db8:0:{subnet}::{host}"}
            return int((await client.post("/api/v1/signals", content=likes(5), headers=headers)).status_code)

        first = [await told("v1", 1), await told("v1", 2), await told("v1", 3)]  # the second is refused by its viewer
        assert first == [202, 429, 429]
        assert [await told("v2", 4), await told("v3", 5), await told("v4", 6, subnet=2)] == [202, 429, 202]
