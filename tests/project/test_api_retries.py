"""An Idempotency-Key is its sender's own: a repeat gets the first answer, and whoever else says it asks anew."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from silkcast.domains.orders import api as orders
from silkcast.domains.orders.models import Checkout
from silkcast.domains.payments.models import Payment, Refund
from silkcast.kernel.ids import new_id
from tests.cast import Cast
from tests.project.requests_from_schema import body_of, query_of
from tests.project.stage import BUYER, Program, Stage, on_stage
from tests.project.test_api_isolation import WORDS, operations
from tests.project.world import plot

HANG_S = 60
DONE = range(200, 300)
KEYLESS = {"/signals"}  # each signal has an id of its own
CARD = {"card": {"number": "4242424242424242", "expiry": "12/39", "cvc": "123"}}
DECLINED = {"card": {**CARD["card"], "number": "4000000000000002"}}


def at_once(*asking: Callable[[], Any]) -> list[Any]:
    answers: list[Any] = [None] * len(asking)
    starting = threading.Barrier(len(asking))

    def ask(place: int) -> None:
        starting.wait(HANG_S)
        try:
            answers[place] = asking[place]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(asking))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_S)
    return answers


def code(answer: Any) -> str:
    return "" if answer.status_code in DONE else str(answer.json()["error"]["code"])


def told(answer: Any) -> Any:
    """Without the link of a purchase, which is signed anew."""
    body = answer.json() if answer.content else {}
    return {name: value for name, value in body.items() if name != "token"} if isinstance(body, dict) else body


def other(body: Any) -> Any:
    """The same request with another word or number somewhere; None where there is nothing to change."""
    for name, value in (body or {}).items():
        if isinstance(value, dict):
            inner = other(value)
            if inner is not None:
                return {**body, name: inner}
        elif isinstance(value, bool) or name in {"currency", "unit", "quote", "country", "carrier", "rate", "url"}:
            continue
        elif isinstance(value, int):
            return {**body, name: value + 1}
        elif isinstance(value, str) and name in {"name", "title", "code", "source", "reason"}:
            return {**body, name: f"{value} again"}
    return None


class Walk:
    """Two programs of one base, and everything that they can ask to be changed."""

    def __init__(self, stage: Stage) -> None:
        own = plot(stage)
        self.first, self.second = Program(stage.key()), Program(stage.key())
        self.ids = {**WORDS, **own.ids, "key_id": str(new_id())}
        self.document = Client().get("/api/v1/openapi.json").json()
        self.writes = [
            one for one in operations(self.document) if one[0] not in {"get", "head"} and one[1] not in KEYLESS
        ]

    def asks(self, program: Program, one: Any, key: str, body: Any = ...) -> Any:
        method, path, operation, names = one
        filled = path.format(**{name: self.ids[name] for name in names})
        query = query_of(operation, self.document, self.ids)
        sent = self.body(one) if body is ... else body
        return program.asks(method, filled, sent, key=key, **query)

    def body(self, one: Any) -> Any:
        return body_of(one[2], self.document, self.ids)


@pytest.fixture
def walk(cast: Cast, doors: None) -> Walk:
    return Walk(on_stage(cast.east))


def test_one_key_of_two_programs_is_two_keys_at_every_door_that_changes_something(walk: Walk) -> None:
    broken, done = [], 0
    for number, one in enumerate(walk.writes):
        where, key = f"{one[0]} {one[1]}", f"walk {number}"
        body = walk.body(one)
        first, again = (walk.asks(walk.first, one, key, body) for _ in range(2))
        second = walk.asks(walk.second, one, key, body)
        if first.status_code in DONE:
            done += 1
            if (again.status_code, told(again)) != (first.status_code, told(first)):
                broken.append(f"{where}: a repeat was told {again.content!r} after {first.content!r}")
            changed = other(body)
            if changed is not None:
                mismatch = walk.asks(walk.first, one, key, changed)
                if code(mismatch) != "kernel.idempotency_mismatch":
                    broken.append(f"{where}: another body under the key: {mismatch.status_code} {mismatch.content!r}")
        if second.status_code >= 500 or code(second) in {"kernel.idempotency_mismatch", "kernel.contradicts"}:
            broken.append(f"{where}: the second program was told {second.status_code} {second.content!r}")
        key = f"at once {number}"
        asking = [lambda who=who, one=one, key=key, body=body: walk.asks(who, one, key, body)
                  for who in (walk.first, walk.second, walk.first, walk.second)]  # fmt: skip
        for answer in at_once(*asking):
            if answer.status_code >= 500 or code(answer) in {"kernel.idempotency_mismatch", "kernel.contradicts"}:
                broken.append(f"{where}, at once: {answer.status_code} {answer.content!r}")
    assert broken == []
    assert done > 20


def refunding(stage: Stage) -> tuple[Any, str, dict[str, Any]]:
    checkout_id = stage.base.bought((stage.base.skus["east-A"], 1))
    order = orders.get_checkout(stage.ctx, checkout_id).orders[0]
    return order, f"/orders/{order.id}/refunds", {"amount": {"minor": 100, "currency": "USD"}}


def test_two_keys_of_programs_under_one_retry_key_make_two_refunds(stage: Stage) -> None:
    order, path, body = refunding(stage)
    first, second = Program(stage.key()), Program(stage.key())
    answers = [who.asks("post", path, body, key="same") for who in (first, second, first, second)]
    assert [answer.status_code for answer in answers] == [202] * 4
    assert answers[0].json() == answers[2].json() != answers[1].json() == answers[3].json()
    assert code(second.asks("post", path, {"amount": {"minor": 101, "currency": "USD"}}, key="same")) == (
        "kernel.idempotency_mismatch"
    )
    assert list(Refund.objects.of(stage.base.ctx.base_id).values_list("amount_minor", flat=True)) == [100, 100]
    assert order.id in set(Refund.objects.of(stage.base.ctx.base_id).values_list("order_id", flat=True))


def test_the_same_at_once_makes_one_refund_of_each(stage: Stage) -> None:
    _, path, body = refunding(stage)
    programs = [Program(stage.key()) for _ in range(4)]
    answers = at_once(*[lambda who=who: who.asks("post", path, body, key="same") for who in programs * 2])
    assert [answer.status_code for answer in answers] == [202] * 8
    assert len({answer.json()["refund_id"] for answer in answers}) == 4
    assert Refund.objects.of(stage.base.ctx.base_id).count() == 4


def held(stage: Stage) -> UUID:
    """A purchase that may be paid till the end of days."""
    wanted = stage.base.wants((stage.base.skus["east-A"], 1))
    stage.base.places(wanted)
    late = stage.ctx.at.replace(year=2100)
    Checkout.objects.of(stage.base.ctx.base_id).update(placed_at=late, expires_at=late)
    return wanted.checkout_id


def test_a_retry_key_pays_for_whoever_said_it(stage: Stage) -> None:
    path = f"/checkouts/{held(stage)}/pay"
    first, second = Program(stage.key()), Program(stage.key())
    assert first.asks("post", path, DECLINED, key="same").json() == {"state": "declined"}
    assert second.asks("post", path, CARD, key="same").json() == {"state": "paid"}
    assert second.asks("post", path, CARD, key="same").json() == {"state": "paid"}
    assert code(Program(stage.key()).asks("post", path, CARD, key="same")) == "orders.checkout_closed"
    assert sorted(Payment.objects.of(stage.base.ctx.base_id).values_list("state", flat=True)) == [
        "captured",
        "declined",
    ]


def test_a_key_that_looks_like_one_of_ours_inside_is_as_good_as_any(stage: Stage) -> None:
    checkout_id = held(stage)
    program = Program(stage.key())
    for key in ("pay:k", "payment k"):
        assert program.asks("post", "/rooms", {"name": f"Room {key}", "kind": "hall"}, key=key).status_code == 201
    assert program.asks("post", f"/checkouts/{checkout_id}/pay", CARD, key="k").json() == {"state": "paid"}


def test_two_buyers_under_one_retry_key_make_two_purchases(doors: None, stage: Stage) -> None:
    body = {"currency": "USD", "buyer": BUYER, "lines": [{"sku_id": str(stage.base.skus["east-A"]), "units": 1}]}
    programs = [Program(stage.key()) for _ in range(2)]
    answers = at_once(*[lambda who=who: who.asks("post", "/orders", body, key="same") for who in programs * 2])
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["checkout_id"] for answer in answers}) == 2
