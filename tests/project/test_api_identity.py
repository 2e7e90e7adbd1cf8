"""Who may call: living keys, and viewers at their two doors. A person's session is worth nothing here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.test import Client

from silkcast.domains.audience.api import viewer_token
from silkcast.domains.base import api as base
from silkcast.domains.base.models import ApiKey
from silkcast.kernel.ids import new_id
from tests.cast import Cast
from tests.entering import entered
from tests.project.stage import Program, Stage


def code(answer: Any) -> tuple[int, str]:
    told = answer.json()["error"]
    assert set(told) == {"code", "message", "facts"}
    assert set(told["message"]) == {"en", "zh"}
    return answer.status_code, told["code"]


def test_without_a_living_key_nothing_is_told(stage: Stage) -> None:
    for header in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer sk_no"},
    ):
        answer = Client(headers=header).get("/api/v1/me")
        assert code(answer) == (401, "kernel.unauthenticated")
        assert answer["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_is_dead_at_once(stage: Stage) -> None:
    key = stage.key()
    key_id = UUID(Program(key).reads("/me")["key_id"])
    assert Program(stage.key()).asks("post", f"/keys/{key_id}/revoke").status_code == 200
    assert code(Program(key).asks("get", "/me")) == (401, "kernel.unauthenticated")


def test_a_persons_session_opens_no_door(cast: Cast, stage: Stage) -> None:
    client = entered(cast.east.operator.id)
    assert code(client.get("/api/v1/me")) == (401, "kernel.unauthenticated")
    body = {"unit": "USD", "quote": "EUR", "rate": "1", "source": "x"}
    answer = client.post("/api/v1/rates", body, content_type="application/json")
    assert code(answer) == (401, "kernel.unauthenticated")


def test_a_viewers_token_opens_the_two_doors_of_viewers_and_no_other(doors: None, stage: Stage) -> None:
    viewer = Program(viewer_token(stage.base.ctx.base_id, stage.show_id, "v1"))
    for method, path in (("get", "/me"), ("get", "/orders"), ("get", "/products"), ("post", "/rates")):
        assert code(viewer.asks(method, path)) == (401, "kernel.unauthenticated"), path
    assert viewer.asks("post", "/signals", []).status_code == 202


def test_a_key_tells_whose_it_is_and_what_it_may(stage: Stage) -> None:
    told = Program(stage.key("orders.read", "ledger.read", merchant=1)).reads("/me")
    assert told["base"]["slug"] == "east"
    assert told["merchant_id"] == str(stage.base.merchants[1])
    assert told["scopes"] == ["orders.read", "ledger.read"]


def test_a_key_makes_a_key_of_its_own_scopes_at_most(stage: Stage) -> None:
    asking = Program(stage.key("keys.write", "orders.read"))
    made = asking.asks("post", "/keys", {"name": "books", "scopes": ["orders.read"]}, key="once")
    assert made.status_code == 201
    assert Program(made.json()["key"]).reads("/me")["scopes"] == ["orders.read"]
    again = asking.asks("post", "/keys", {"name": "books", "scopes": ["orders.read"]}, key="once")
    assert again.json() == made.json()
    assert ApiKey.objects.of(stage.base.ctx.base_id).filter(name="books").count() == 1
    beyond = asking.asks("post", "/keys", {"name": "more", "scopes": ["ledger.write"]})
    assert code(beyond) == (403, "kernel.not_allowed")
    assert code(asking.asks("post", "/keys", {"name": "x", "scopes": ["all"]})) == (422, "base.scope_unknown")
    plain = asking.asks("post", "/keys", {"name": "plain", "scopes": ["orders.read"]}).json()
    assert plain["key"] != made.json()["key"]


def test_a_key_of_one_merchant_sees_that_merchants_own_alone(stage: Stage, cast: Cast) -> None:
    asking, merchant = Program(stage.key()), str(stage.base.merchants[1])
    wanted = {"name": "its shop", "scopes": ["orders.read", "shows.read"], "merchant_id": merchant}
    made = asking.asks("post", "/keys", wanted).json()
    own = Program(made["key"])
    assert own.reads("/me")["merchant_id"] == merchant
    assert {item["merchant_id"] for item in own.reads("/products")["items"]} == {merchant}
    assert own.asks("post", "/keys", wanted).status_code == 403
    assert code(asking.asks("post", "/keys", {**wanted, "scopes": ["people.read"]})) == (422, "base.scope_of_base")
    for stranger in (str(cast.west.merchants[0]), str(new_id())):
        assert code(asking.asks("post", "/keys", {**wanted, "merchant_id": stranger})) == (404, "kernel.missing")


def test_no_key_is_kept_or_audited_in_clear(stage: Stage) -> None:
    program = Program(stage.key())
    key = program.asks("post", "/keys", {"name": "n", "scopes": ["orders.read"]}, key="k1").json()["key"]
    said = str(program.reads("/audit", limit=200)) + str(program.reads("/keys")) + str(program.reads("/events"))
    assert key not in said
    assert base.digest_of_key(key) not in said


def test_a_wrong_method_an_unknown_address_and_a_broken_body_are_coded_too(program: Program) -> None:
    wrong = program.asks("delete", "/me")
    assert code(wrong) == (405, "api.method_not_allowed")
    assert wrong["Allow"] == "GET"
    assert code(program.asks("get", "/nowhere")) == (404, "kernel.missing")
    assert code(program.asks("get", "/rooms/not-an-id")) == (404, "kernel.missing")
    assert code(program.asks("get", f"/rooms/{new_id()}")) == (404, "kernel.missing")
    assert code(program.asks("get", "/orders", limit=201)) == (422, "kernel.invalid")
    assert code(program.asks("post", "/rooms", {"name": "", "kind": "cellar"})) == (422, "kernel.invalid")
    assert code(program.asks("post", "/rooms", "{")) == (422, "kernel.invalid")
    assert code(program.asks("post", "/rooms", {"name": "x", "kind": "hall"}, key="k" * 101)) == (422, "kernel.invalid")
