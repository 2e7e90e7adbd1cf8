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
        self.messages: list[int] = []
        self.release = asyncio.Event()
        self.release.set()

    async def place(self, orders: Any) -> Any:
        self.asked += orders
        self.messages.append(len(orders))
        await self.release.wait()
        return [{"status": 201, "body": order["body"] + b"!", "headers": {"location": "/x"}} for order in orders]

    async def authenticate(self, _: Any) -> Any:
        return {"base_id": "base-9", "scopes": ["orders.write"], "key_id": "k1"}

    @property
    def methods(self) -> dict[str, Any]:
        return {"orders.place_many": self.place, "intake.authenticate": self.authenticate}


class OutOfStock(Conflict):
    code = "inventory.out_of_stock"


async def test_an_order_is_passed_on_and_its_answer_passed_back(stage: Any) -> None:
    intake = Intake()
    async with stage(intake=intake.methods) as edge, edge.client() as client:
        headers = {**edge.viewer(), "Idempotency-Key": "try-1"}
        answer = await client.post("/api/v1/orders", content=BODY, headers=headers)
        assert (answer.status_code, answer.content, answer.headers["location"]) == (201, BODY + b"!", "/x")
        assert answer.headers["content-type"] == "application/json"
        (order,) = intake.asked
        assert order.pop("received_ms") > 0
        whose = {"base_id": "base-1", "viewer": "v1", "client": "127.0.0.1"}
        assert order == {**whose, "idempotency_key": "try-1", "body": BODY}


async def test_a_program_orders_with_its_key(stage: Any) -> None:
    intake = Intake()
    headers = {"Authorization": "Bearer sk_1", "Idempotency-Key": "k"}
    async with stage(intake=intake.methods) as edge, edge.client() as client:
        assert (await client.post("/api/v1/orders", content=BODY, headers=headers)).status_code == 201
    (order,) = intake.asked
    assert (order["key"], order["base_id"], {"viewer", "client"} & set(order)) == ("sk_1", "base-9", set())


@pytest.mark.parametrize("key", [None, "", "x" * 101, "a\tb", "é"])
async def test_an_order_without_a_usable_key_goes_nowhere(stage: Any, key: str | None) -> None:
    intake = Intake()
    async with stage(intake=intake.methods) as edge, edge.client() as client:
        headers = [(b"authorization", edge.viewer()["Authorization"].encode())]
        if key is not None:
            headers.append((b"idempotency-key", key.encode("latin-1")))
        answer = await client.post("/api/v1/orders", content=BODY, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "edge.idempotency_key_missing")
    assert intake.asked == []


async def test_a_refusal_keeps_its_code_status_and_facts(stage: Any) -> None:
    async def place(_: Any) -> Any:
        raise OutOfStock(sku_id="s1", units=1)

    async with stage(intake={"orders.place_many": place}) as edge, edge.client() as client:
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


async def test_one_skus_purchases_go_to_one_of_several_intakes(stage: Any) -> None:
    intakes = [Intake(), Intake()]
    roles = {"intake": intakes[0].methods, "intake-1": intakes[1].methods}
    bodies = {sku: b'{"units": 1, "sku_id" : "%s"}' % sku.encode() for sku in ("s1", "s2", "s3", "s4")}
    async with stage(intakes=2, **roles) as edge, edge.client() as client:
        for number, sku in enumerate([*bodies, *bodies, *bodies]):
            headers = {**edge.viewer(), "Idempotency-Key": str(number)}
            assert (await client.post("/api/v1/orders", content=bodies[sku], headers=headers)).status_code == 201
        no_sku = await client.post("/api/v1/orders", content=b"{}", headers={**edge.viewer(), "Idempotency-Key": "x"})
        assert no_sku.status_code == 201
    taken = [[order["body"] for order in intake.asked] for intake in intakes]
    assert sorted(taken[0] + taken[1]) == sorted([*list(bodies.values()) * 3, b"{}"])
    assert set(taken[0]).isdisjoint(taken[1])
    assert all(len(bodies_there) > 1 for bodies_there in taken)


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


async def test_what_comes_while_two_messages_are_under_way_goes_together_and_each_gets_its_own_answer(
    stage: Any, eventually: Any
) -> None:
    intake = Intake()
    intake.release.clear()
    async with stage(intake=intake.methods) as edge, edge.client() as client:

        async def order(number: int) -> tuple[int, bytes]:
            headers = {**edge.viewer(), "Idempotency-Key": str(number)}
            answer = await client.post("/api/v1/orders", content=b"%d" % number, headers=headers)
            return answer.status_code, answer.content

        orders = []
        for number in range(10):
            orders.append(asyncio.create_task(order(number)))
            await edge.shows("orders_in_flight", number + 1)
        assert intake.messages == [1, 1]
        intake.release.set()
        assert await asyncio.gather(*orders) == [(201, b"%d!" % number) for number in range(10)]
    assert intake.messages == [1, 1, 8]


async def test_where_orders_wait_their_senders_take_turns(stage: Any, eventually: Any) -> None:
    """A network's thousands stood before everybody else's one."""
    intake = Intake()
    intake.release.clear()
    limits = EdgeLimits(trusted_proxies=frozenset({"127.0.0.1"}))
    async with stage(limits, intake=intake.methods) as edge, edge.client() as client:

        async def order(name: str, client_address: str, **credentials: str) -> None:
            headers = {**(credentials or edge.viewer()), "Idempotency-Key": name, "X-Forwarded-For": client_address}
            assert (await client.post("/api/v1/orders", content=BODY, headers=headers)).status_code == 201

        orders = []
        for name, address in [
            *((f"crowd{number}", f"2001:db8::{number}") for number in range(5)),
            ("one", "203.0.113.9"),
            ("two", "203.0.113.8"),
        ]:
            orders.append(asyncio.create_task(order(name, address)))
            await edge.shows("orders_in_flight", len(orders))
        program = order("program", "2001:db8::9", Authorization="Bearer sk_program")
        orders.append(asyncio.create_task(program))
        await edge.shows("orders_in_flight", len(orders))
        intake.release.set()
        await asyncio.gather(*orders)
    waited = [each["idempotency_key"] for each in intake.asked[2:]]
    assert waited == ["crowd2", "one", "two", "program", "crowd3", "crowd4"]


async def test_what_waited_too_long_to_be_asked_is_told_that_nothing_was_done(stage: Any, eventually: Any) -> None:
    intake = Intake()
    intake.release.clear()
    async with stage(EdgeLimits(orders_s_max=0.4), intake=intake.methods) as edge, edge.client() as client:

        async def order(number: int) -> str:
            headers = {**edge.viewer(), "Idempotency-Key": str(number)}
            answer = await client.post("/api/v1/orders", content=BODY, headers=headers)
            return str(answer.json()["error"]["code"])

        asked = []
        for number in range(2):
            asked.append(asyncio.create_task(order(number)))
            await eventually(lambda count=number + 1: len(intake.asked) == count)
        assert await order(2) == "edge.busy"
        assert [await one for one in asked] == ["edge.outcome_unknown"] * 2
    assert len(intake.asked) == 2


async def test_a_viewers_order_says_which_client_a_trusted_proxy_named(stage: Any) -> None:
    intake = Intake()
    limits = EdgeLimits(trusted_proxies=frozenset({"127.0.0.1"}))
    async with stage(limits, intake=intake.methods) as edge, edge.client() as client:
        headers = {**edge.viewer(), "Idempotency-Key": "k", "X-Forwarded-For": "10.9.9.9, 203.0.113.9"}
        assert (await client.post("/api/v1/orders", content=BODY, headers=headers)).status_code == 201
    assert [order["client"] for order in intake.asked] == ["203.0.113.9"]
