"""Orders in: passed to intake as they came, answered as intake says, never guessed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from silkcast.kernel.errors import Conflict
from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio
BODY = b'{"lines":[{"sku_id":"s1","units":1}]}'


class Intake:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.release = asyncio.Event()
        self.release.set()

    async def place(self, body: Any) -> Any:
        self.asked.append(body)
        await self.release.wait()
        return {
            "status": 201,
            "body": b'{"order":"o1"}',
            "headers": {"location": "/x"},
        }

    async def authenticate(self, _: Any) -> Any:
        return {"base_id": "base-9", "scopes": ["orders.write"], "key_id": "k1"}

    @property
    def methods(self) -> dict[str, Any]:
        return {"orders.place": self.place, "intake.authenticate": self.authenticate}


class OutOfStock(Conflict):
    code = "inventory.out_of_stock"


async def test_an_order_is_passed_on_and_its_answer_passed_back(stage: Any) -> None:
    intake = Intake()
    async with stage(intake=intake.methods) as edge, edge.client() as client:
        headers = {**edge.viewer(), "Idempotency-Key": "try-1"}
        answer = await client.post("/api/v1/orders", content=BODY, headers=headers)
        assert (answer.status_code, answer.content, answer.headers["location"]) == (201, b'{"order":"o1"}', "/x")
        assert answer.headers["content-type"] == "application/json"
        (order,) = intake.asked
        assert order.pop("received_ms") > 0
        assert order == {"base_id": "base-1", "viewer": "v1", "idempotency_key": "try-1", "body": BODY}


async def test_a_program_orders_with_its_key(stage: Any) -> None:
    intake = Intake()
    headers = {"Authorization": "Bearer sk_1", "Idempotency-Key": "k"}
    async with stage(intake=intake.methods) as edge, edge.client() as client:
        assert (await client.post("/api/v1/orders", content=BODY, headers=headers)).status_code == 201
    (order,) = intake.asked
    assert (order["key"], order["base_id"], "viewer" in order) == ("sk_1", "base-9", False)


@pytest.mark.parametrize("key", [None, "", "x" * 101, "a\tb", "é"])
async def test_an_order_without_a_usable_key_goes_nowhere(stage: Any, key: str | None) -> None:
    intake = Intake()
    async with stage(intake=intake.methods) as edge, edge.client() as client:
        headers = [(b"authorization", edge.viewer()["Authorization"].encode())]
        if key is not None:
            headers.append((b"idempotency-key", key.encode("latin-1")))
        answer = await client.post("/api/v1/orders", content=BODY, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "edge.idempotency_key_missing")
    assert intake.asked == []


async def test_a_refusal_keeps_its_code_status_and_facts(stage: Any) -> None:
    async def place(_: Any) -> Any:
        raise OutOfStock(sku_id="s1", units=1)

    async with stage(intake={"orders.place": place}) as edge, edge.client() as client:
        answer = await client.post("/api/v1/orders", content=BODY, headers={**edge.viewer(), "Idempotency-Key": "1"})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "inventory.out_of_stock"
    assert answer.json()["error"]["facts"] == {"sku_id": "s1", "units": 1}


async def test_no_answer_in_time_is_called_unknown(stage: Any) -> None:
    intake = Intake()
    intake.release.clear()
    async with stage(EdgeLimits(orders_s_max=0.2), intake=intake.methods) as edge, edge.client() as client:
        answer = await client.post("/api/v1/orders", content=BODY, headers={**edge.viewer(), "Idempotency-Key": "1"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "edge.outcome_unknown")
        assert answer.headers["retry-after"] == "1"


async def test_an_intake_that_is_not_there_was_surely_not_asked(stage: Any) -> None:
    async with stage() as edge, edge.client() as client:
        answer = await client.post("/api/v1/orders", content=BODY, headers={**edge.viewer(), "Idempotency-Key": "1"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "edge.role_away")


async def test_an_overload_is_refused_with_a_time_to_come_back(stage: Any, eventually: Any) -> None:
    intake = Intake()
    intake.release.clear()
    async with stage(EdgeLimits(orders_in_flight_max=1), intake=intake.methods) as edge, edge.client() as client:
        headers = {**edge.viewer(), "Idempotency-Key": "1"}
        first = asyncio.create_task(client.post("/api/v1/orders", content=BODY, headers=headers))
        await eventually(lambda: len(intake.asked) == 1)
        second = await client.post("/api/v1/orders", content=BODY, headers=headers)
        assert (second.status_code, second.headers["retry-after"]) == (503, "1")
        intake.release.set()
        assert (await first).status_code == 201
    assert len(intake.asked) == 1
