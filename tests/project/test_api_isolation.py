"""No key learns or changes anything of another base or another merchant: every operation of the document is walked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from silkcast.kernel.ids import new_id
from tests.cast import Cast
from tests.project.requests_from_schema import body_of, query_of
from tests.project.stage import Program
from tests.project.world import Plot, World, make_world, marks_of, rows_of

pytestmark = pytest.mark.slow

OK, REFUSED, MISSING, FAILED = 200, 403, 404, 500
HIDDEN = {REFUSED, MISSING}
# Not ids of anything that somebody owns.
WORDS = {"unit": "USD", "quote": "JPY", "kind": "price_card"}


@pytest.fixture
def world(cast: Cast, doors: None) -> World:
    return make_world(cast)


@pytest.fixture
def document() -> dict[str, Any]:
    told: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return told


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any], list[str]]]:
    """Reads first, then what changes, then what takes away, and the end of the show last of all."""
    order = {"get": 0, "post": 1, "put": 2, "patch": 3, "delete": 4}
    found = [
        (method, path.removeprefix("/api/v1"), told, re.findall(r"{(\w+)}", path))
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]
    return sorted(found, key=lambda one: (one[1].endswith("/end"), order[one[0]]))


def asked(program: Program, document: dict[str, Any], one: Any, ids: dict[str, str]) -> Any:
    method, path, told, names = one
    filled = path.format(**{name: ids[name] for name in names})
    body, query = body_of(told, document, ids), query_of(told, document, ids)
    return program.asks(method, filled, body, key=str(new_id()) if method != "get" else "", **query)


def ids_of(plot: Plot) -> dict[str, str]:
    key_id = Program(plot.stage.key("orders.read")).reads("/me")["key_id"]
    return {**WORDS, **plot.ids, "key_id": key_id}


def text(answer: Any) -> str:
    return str(answer.content.decode(errors="replace"))


def test_another_bases_ids_are_found_nowhere_and_nothing_of_it_is_told(world: World, document: dict[str, Any]) -> None:
    east, west = ids_of(world.east), ids_of(world.west)
    program = Program(world.east.stage.key())
    untouched = rows_of(world.west.stage.base.ctx.base_id)
    betraying = marks_of(untouched) | {"west"}
    broken = []
    for method, path, told, names in operations(document):
        for foreign in (name for name in names if name not in WORDS):
            answer = asked(program, document, (method, path, told, names), {**east, foreign: west[foreign]})
            if answer.status_code != MISSING or "west" in text(answer):
                broken.append(f"{method} {path} with a foreign {foreign}: {answer.status_code} {text(answer)}")
    for method, path, told, names in operations(document):
        answer = asked(program, document, (method, path, told, names), east)
        if answer.status_code >= FAILED or any(mark in text(answer) for mark in betraying):
            broken.append(f"{method} {path}: {answer.status_code} {text(answer)}")
    assert not broken, "\n".join(broken)
    assert rows_of(world.west.stage.base.ctx.base_id) == untouched


def test_another_merchants_rows_are_found_nowhere_and_nothing_of_them_is_told(
    world: World, document: dict[str, Any]
) -> None:
    plot = world.east
    ids, second = ids_of(plot), plot.second
    program = Program(plot.stage.key(merchant=0))
    base_id, merchant_id = plot.stage.base.ctx.base_id, plot.stage.base.merchants[1]
    untouched = rows_of(base_id, merchant_id)
    betraying = marks_of(untouched) | {str(merchant_id), *second.values(), "east-B", "east merchant 2"}
    broken = []
    for method, path, told, names in operations(document):
        for foreign in (name for name in names if name in second):
            answer = asked(program, document, (method, path, told, names), {**ids, foreign: second[foreign]})
            if answer.status_code not in HIDDEN:
                broken.append(f"{method} {path} with a foreign {foreign}: {answer.status_code} {text(answer)}")
    for method, path, told, names in operations(document):
        answer = asked(program, document, (method, path, told, names), ids)
        if answer.status_code >= FAILED or any(mark in text(answer) for mark in betraying):
            broken.append(f"{method} {path}: {answer.status_code} {text(answer)}")
    assert not broken, "\n".join(broken)
    assert rows_of(base_id, merchant_id) == untouched


def test_ids_of_others_in_a_body_are_refused_like_ids_of_nothing(world: World) -> None:
    plot, west = world.east, world.west.ids
    whole, first = Program(plot.stage.key()), Program(plot.stage.key(merchant=0))
    price = {"minor": 100, "currency": "USD"}
    sku = {"code": "new", "price": price, "cost": price, "weight_g": 10}
    product = {"title": "t", "role": "profit", "markets": ["US"], "sku": sku}
    for program, merchant_id in (
        (whole, west["merchant_id"]),
        (whole, str(new_id())),
        (first, plot.second["merchant_id"]),
    ):
        refused = program.asks("post", "/products", {**product, "merchant_id": merchant_id})
        assert refused.status_code in HIDDEN, text(refused)
    movement = {"kind": "receive", "warehouse_id": west["warehouse_id"], "units": 1}
    assert whole.asks("post", f"/skus/{plot.ids['sku_id']}/movements", movement).status_code == 404
    rundown = {"product_id": west["product_id"]}
    assert whole.asks("post", f"/shows/{plot.ids['show_id']}/rundown", rundown).status_code == 404


def test_a_key_without_a_scope_is_refused_at_every_door_but_its_own_name(
    world: World, document: dict[str, Any]
) -> None:
    ids = ids_of(world.east)
    program = Program(world.east.stage.key("none.of.ours"))
    untouched = rows_of(world.east.stage.base.ctx.base_id)
    broken = []
    for one in operations(document):
        method, path, _, _ = one
        answer = asked(program, document, one, ids)
        if answer.status_code != (OK if path == "/me" else REFUSED):
            broken.append(f"{method} {path}: {answer.status_code} {text(answer)}")
    assert not broken, "\n".join(broken)
    assert rows_of(world.east.stage.base.ctx.base_id) == untouched


def test_a_merchants_key_changes_nothing_that_belongs_to_the_base(world: World) -> None:
    plot = world.east
    first = Program(plot.stage.key(merchant=0))
    money = {"minor": 100, "currency": "USD"}
    for path, body in {
        "/rooms": {"name": "mine", "kind": "hall"},
        "/rates": {"unit": "USD", "quote": "EUR", "rate": "2", "source": "me"},
        "/warehouses": {"name": "mine", "kind": "domestic", "country": "CN"},
        "/rate-cards": {
            "name": "x",
            "carrier": "sandbox",
            "first": money,
            "per_kg": money,
            "days_least": 1,
            "days_most": 2,
        },
        "/keys": {"name": "mine", "scopes": ["orders.read"]},
        f"/orders/{plot.ids['order_id']}/receipt": None,
        f"/shows/{plot.ids['show_id']}/ad-spend": {"amount": money},
        f"/shows/{plot.ids['show_id']}/end": None,
    }.items():
        assert first.asks("post", path, body).status_code == 403, path
    for path in ("/people", "/keys", "/audit", "/ledger/accounts", "/ledger/audit"):
        assert first.asks("get", path).status_code == 403, path
    offer = f"/shows/{plot.ids['show_id']}/offers/{plot.ids['sku_id']}"
    assert first.asks("put", offer, {"price": money}).status_code == 403


def test_a_merchants_feed_names_only_that_merchant(world: World) -> None:
    plot = world.east
    whole, first = Program(plot.stage.key()), Program(plot.stage.key(merchant=0))
    mine = first.reads("/events", limit=200)["items"]
    assert {event["data"]["merchant_id"] for event in mine} == {plot.ids["merchant_id"]}
    every = whole.reads("/events", limit=200)["items"]
    expected = [event for event in every if event["data"].get("merchant_id") == plot.ids["merchant_id"]]
    assert mine == expected
    assert {event["source"] for event in every} == {f"/bases/{plot.stage.base.ctx.base_id}"}
