"""The queue in front of the batches: whole messages, each order with its own answer, and a bound."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast
from tests.project.stage import Stage, on_stage
from tests.scenarios.flood import purchase

from silkcast.domains.base.api import RevokeApiKey
from silkcast.domains.base.models import ApiKey
from silkcast.domains.inventory.api import units_free
from silkcast.kernel.errors import Overloaded, Unauthenticated
from silkcast.kernel.ids import SkuId
from silkcast.kernel.runs import write_runs
from silkcast.kernel.settings import Settings, load
from silkcast.kernel.storage.batches import rows_of
from silkcast.kernel.storage.turns import in_transaction, shard_of
from silkcast.roles.intake import role as intake_role
from silkcast.roles.intake.batches import Asked, Batches
from silkcast.roles.intake.callers import Callers
from silkcast.roles.intake.role import Intake

HANG_S = 60.0


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return on_stage(cast.east)


@pytest.fixture
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:  # Unix sockets need short paths
        made = replace(load(), data=Path(folder))
        made.prepare()
        yield made


def asked(key: str, body: bytes) -> Asked:
    return Asked(base_id="", viewer="", key=key, idempotency_key=str(uuid4()), body=body)


def code(answer: dict[str, Any]) -> str:
    return "" if answer["status"] == 201 else str(json.loads(answer["body"])["error"]["code"])


def test_each_order_of_a_batch_gets_its_own_answer(stage: Stage) -> None:
    sku_id, key = str(stage.base.sells("A", 1)), stage.key("orders.write")
    batch = [
        asked(key, purchase(sku_id, "v1")),
        asked(key, b"{"),
        asked("sk_nobodys", purchase(sku_id, "v2")),
        asked(key, purchase(sku_id, "v3")),
        asked(key, purchase(str(uuid4()), "v4")),
    ]
    answers = Batches(lambda *_: None).place(batch)
    assert list(map(code, answers)) == [
        "",
        "orders.body_invalid",
        "kernel.unauthenticated",
        "inventory.out_of_stock",
        "catalog.sku_unknown",
    ]


def test_the_wire_takes_no_more_than_the_other_doors_and_names_what_was_sent(stage: Stage) -> None:
    sku_id, key = str(stage.base.sells("A", 9)), stage.key("orders.write")
    told = json.loads(purchase(sku_id, "v1"))
    address = told["buyer"]["address"]

    def to(**change: Any) -> dict[str, Any]:
        return {**told, "buyer": {**told["buyer"], "address": {**address, **change}}}

    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({**told, "country": "DE"}, "kernel.contradiction", "country"),
        ({**to(country="DE", postcode="10115"), "country": "US"}, "kernel.contradiction", "country"),
        ({**told, "buyer": {**told["buyer"], "email": "a b@c.de"}}, "orders.address_invalid", "buyer.email"),
        (to(city="Two\nlines"), "orders.address_invalid", "buyer.address.city"),
        (to(postcode=""), "orders.address_invalid", "buyer.address.postcode"),
        (to(postcode=90001), "orders.body_invalid", "buyer.address.postcode"),
        (to(country="US\n"), "orders.body_invalid", "buyer.address.country"),
        ({**told, "currency": "USD\n"}, "orders.body_invalid", "currency"),
        ({**told, "lines": [{"sku_id": sku_id, "units": "2"}]}, "orders.body_invalid", "lines.0.units"),
    ]
    bodies = [json.dumps(body).encode() for body, _, _ in wrong]
    answers = Batches(lambda *_: None).place([asked(key, body) for body in bodies])
    found = [(code(answer), json.loads(answer["body"])["error"]["facts"]["field"]) for answer in answers]
    assert found == [(name, field) for _, name, field in wrong]
    assert units_free(stage.ctx, [SkuId(UUID(sku_id))]) == {UUID(sku_id): 9}


@pytest.mark.skipif(
    os.environ.get("SILKCAST_TEST_DATABASE") != "postgresql", reason="SQLite has one intake, and writers take turns"
)
def test_a_key_that_another_intake_uses_at_the_same_moment_is_used_once(stage: Stage) -> None:
    """Two carts of different shards, so that neither waits for the other's lock: the table's key decides."""
    skus = [stage.base.sells(name, 5) for name in "ABC"]
    first = skus[0]
    second = next(sku for sku in skus if shard_of(sku) != shard_of(first))
    key, name = stage.key("orders.write"), str(uuid4())

    def bought(sku_id: SkuId) -> Asked:
        return replace(asked(key, purchase(str(sku_id), "v")), idempotency_key=name)

    written, go, answers = threading.Event(), threading.Event(), list[dict[str, Any]]()

    def hold(runs: Any) -> None:
        write_runs(runs)
        if threading.current_thread() is other:
            written.set()
            assert go.wait(HANG_S)

    def elsewhere() -> None:
        sku_id = first if threading.current_thread() is other else second
        answers.extend(Batches(lambda *_: None).place([bought(sku_id)]))
        connection.close()

    def is_waiting() -> bool:
        """The late one has found the key unused and now waits: the numbers of a base's orders are one row."""
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
        return bool(rows_of(blocked, ["INSERT INTO base_counter%"])[0][0])

    other, late = threading.Thread(target=elsewhere), threading.Thread(target=elsewhere)
    with mock.patch("silkcast.kernel.actions.write_runs", hold):
        other.start()
        assert written.wait(HANG_S)
        late.start()
        give_up_s = time.monotonic() + HANG_S
        while not is_waiting():
            assert time.monotonic() < give_up_s
        go.set()
        for thread in (other, late):
            thread.join(HANG_S)
    assert sorted(map(code, answers)) == ["", "kernel.idempotency_mismatch"]
    assert units_free(stage.ctx, [first, second]) == {first: 4, second: 5}


@pytest.mark.skipif(
    os.environ.get("SILKCAST_TEST_DATABASE") != "postgresql", reason="on SQLite all bases take turns at one turnstile"
)
def test_a_base_that_gets_no_turn_is_told_when_to_come_again_and_harms_no_other(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    east, west = on_stage(cast.east), on_stage(cast.west)
    own = [(of, of.key("orders.write"), str(of.base.sells("A", 5))) for of in (east, west)]
    bodies = [(key, {**json.loads(purchase(sku, "v")), "currency": of.base.currency}) for of, key, sku in own]
    batch = [asked(key, json.dumps(body).encode()) for key, body in (*bodies, *bodies)]
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with in_transaction(east.ctx.base_id):
            held.set()
            assert go.wait(HANG_S)
        connection.close()

    operator = threading.Thread(target=hold)
    operator.start()
    assert held.wait(HANG_S)
    rows_of("SELECT set_config('lock_timeout', '50ms', false)")
    try:
        answers = Batches(lambda *_: None).place(batch)
    finally:
        go.set()
        operator.join(HANG_S)
        connection.close()
    assert list(map(code, answers)) == ["kernel.overloaded", "", "kernel.overloaded", ""]
    assert [int(one["headers"].get("Retry-After", 0)) > 0 for one in answers] == [True, False, True, False]
    waits = [line for line in caplog.records if line.message == "kernel.no_turn"]
    assert len(waits) == 2  # the whole batch, then the base in the way; never each of its orders
    assert set(map(code, Batches(lambda *_: None).place(batch))) == {""}


def test_a_key_is_asked_of_the_database_once_in_a_while(stage: Stage) -> None:
    callers, key = Callers(), stage.key("orders.write")
    assert callers.find(key).scopes == ("orders.write",)
    with CaptureQueriesContext(connection) as queries:
        assert callers.context(key, stage.ctx.at).base_id == stage.ctx.base_id
    assert len(queries) == 0


def test_a_revoked_key_is_remembered_for_seconds_only(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    callers, key = Callers(), stage.key("orders.write")
    callers.find(key)
    stage.does(RevokeApiKey(key_id=ApiKey.objects.of(stage.ctx.base_id).latest("created_at").id))
    monkeypatch.setattr("silkcast.roles.intake.callers.time.monotonic", lambda: float("inf"))
    with pytest.raises(Unauthenticated):
        callers.find(key)


async def test_there_is_room_for_a_whole_message_or_for_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_role, "QUEUE_MAX", 3)
    intake = Intake(settings)
    first = asyncio.create_task(intake.place_many([{"body": b"{"}] * 2))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await intake.place_many([{"body": b"{"}] * 2)
    first.cancel()


async def test_a_message_is_done_in_as_many_batches_as_their_time_allows_and_answered_in_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow database, by a clock that is set: what a batch holds follows what the last one took."""
    sizes: list[int] = []
    now_s, an_order_s = 0.0, 0.001

    def place(batches: Batches, batch: list[Asked]) -> list[dict[str, Any]]:
        nonlocal now_s
        sizes.append(len(batch))
        now_s += len(batch) * an_order_s
        return [{"told": one.body} for one in batch]

    monkeypatch.setattr(Batches, "place", place)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now_s)
    intake, stop = Intake(settings), asyncio.Event()
    running = asyncio.create_task(intake.run(stop))
    bodies = [{"body": b"%d" % number} for number in range(1_000)]
    assert await intake.place_many([]) == []
    for fits, an_order_s in ((60, 0.001), (intake_role.BATCH_LEAST, 0.01), (intake_role.BATCH_MAX, 0.0001)):  # noqa: B007 - `place` reads it
        sizes.clear()
        assert await intake.place_many(bodies) == [{"told": body["body"]} for body in bodies]
        assert sum(sizes) == 1_000
        assert abs(sizes[-2] - fits) <= 2
    stop.set()
    await running


async def test_a_batch_that_fails_is_told_to_its_own_orders_alone_also_the_last_one_before_the_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    goes_on = threading.Event()

    def place(_: Batches, batch: list[Asked]) -> list[dict[str, Any]]:
        batches.append(len(batch))
        if len(batches) == 4:
            goes_on.wait(HANG_S)
        if len(batches) in {2, 4}:
            raise RuntimeError
        return [{"status": 201}] * len(batch)

    monkeypatch.setattr(Batches, "place", place)
    monkeypatch.setattr(Intake, "_learn", lambda *_: None)
    intake, stop = Intake(settings), asyncio.Event()
    running = asyncio.create_task(intake.run(stop))
    most = intake_role.BATCH_MAX
    answers = await intake.place_many([{"body": b"{"}] * (3 * most))
    assert [one["status"] for one in answers] == [201] * most + [500] * most + [201] * most
    assert code(answers[most]) == "kernel.error"
    last = asyncio.create_task(intake.place_many([{"body": b"{"}]))
    async with asyncio.timeout(HANG_S):
        while len(batches) < 4:
            await asyncio.sleep(0.01)
        stop.set()
        goes_on.set()
        await running
        assert [one["status"] for one in await last] == [500]
