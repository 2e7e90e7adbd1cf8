"""Every number of every body has bounds in the document, and beyond them or written as something else it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client

from silkcast.kernel.ids import new_id
from silkcast.kernel.money import AMOUNT_MAX
from tests.cast import Cast
from tests.project.requests_from_schema import body_of, least, query_of, resolved
from tests.project.stage import Program, Stage, on_stage
from tests.project.test_api_isolation import WORDS, operations
from tests.project.world import plot, rows_of

Where = tuple[str | int, ...]
LIKE_A_NUMBER = (True, "1", "", 1.5, 1.0, [1], {"minor": 1})
SIGNALS = "/signals"  # a batch is taken, and a bad signal in it refuses itself


@pytest.fixture
def document() -> dict[str, Any]:
    told: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return told


def numbers(schema: dict[str, Any], document: dict[str, Any], at: Where = ()) -> Iterator[tuple[Where, dict[str, Any]]]:
    """Where each whole number and each truth of a body stands, those that may be left out too."""
    for way in [each for part in ("allOf", "anyOf", "oneOf") for each in schema.get(part, ())] or [schema]:
        told = resolved(way, document)
        kind = told.get("type")
        if kind in {"integer", "number", "boolean"}:
            yield at, told
        for name, field in told.get("properties", {}).items() if kind == "object" else ():
            yield from numbers(field, document, (*at, name))
        if kind == "array":
            yield from numbers(told["items"], document, (*at, 0))


def body_schema(told: dict[str, Any]) -> dict[str, Any] | None:
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    return content["schema"] if content else None


def put(body: Any, schema: dict[str, Any], document: dict[str, Any], at: Where, value: Any) -> Any:
    """A copy of the body with a value at a place; what stands around it is made where it was left out."""
    if not at:
        return value
    told, (step, *rest) = resolved(schema, document), at
    if isinstance(step, int):
        of = told["items"]
        return [put(body[0] if body else least(of, document), of, document, tuple(rest), value)]
    of = told["properties"].get(step, {})  # {}: of a field that it does not know
    inner = body.get(step) if isinstance(body.get(step), dict | list) else least(of, document, step) if rest else None
    return {**deepcopy(body), step: put(inner, of, document, tuple(rest), value)}


def test_every_number_that_can_be_sent_has_a_least_and_a_most(document: dict[str, Any]) -> None:
    unbounded = []
    for method, path, told, _ in operations(document):
        schema = body_schema(told)
        sent = list(numbers(schema, document)) if schema else []
        sent += [
            ((parameter["name"],), parameter["schema"])
            for parameter in told.get("parameters", ())
            if parameter["schema"].get("type") in {"integer", "number"}
        ]
        unbounded += [
            f"{method} {path} {at}"
            for at, number in sent
            if number["type"] != "boolean" and not {"minimum", "maximum"} <= set(number)
        ]
    assert unbounded == []


def test_a_number_out_of_bounds_or_written_as_something_else_is_refused_and_changes_nothing(
    cast: Cast, doors: None, document: dict[str, Any]
) -> None:
    own = plot(on_stage(cast.east))
    program = Program(own.stage.key())
    ids = {**WORDS, **own.ids, "key_id": str(new_id())}
    before = rows_of(cast.east.ctx.base_id)
    broken, tried = [], 0
    for method, path, told, names in operations(document):
        schema = body_schema(told)
        for at, number in numbers(schema, document) if schema and path != SIGNALS else ():
            wrong: list[Any] = [value for value in LIKE_A_NUMBER if value is not True or number["type"] != "boolean"]
            if number["type"] == "boolean":
                wrong += [0, 1, "true"]
            else:
                wrong += [number["minimum"] - 1, number["maximum"] + 1, -(2**63) - 1, 2**63, 10**30]
            for value in wrong:
                body = put(body_of(told, document, ids), schema or {}, document, at, value)
                filled = path.format(**{name: ids[name] for name in names})
                query = query_of(told, document, ids)
                answer = program.asks(method, filled, body, key=str(new_id()), **query)
                tried += 1
                if answer.status_code != 422 or "code" not in answer.json()["error"]:
                    broken.append(f"{method} {path} {at} = {value!r}: {answer.status_code} {answer.content!r}")
    assert broken == []
    assert tried > 300
    assert rows_of(cast.east.ctx.base_id) == before


WRITTEN = ("NaN", "Infinity", "-Infinity", "1e3", "1e400", "-0.0", "1.0", "9" * 5000, '"100"', "true", "null")


@pytest.mark.parametrize("written", WRITTEN)
def test_an_amount_is_written_as_a_whole_number_and_no_other_way(stage: Stage, program: Program, written: str) -> None:
    sku_id = stage.base.skus["east-A"]
    price = f'{{"price": {{"minor": {written}, "currency": "USD"}}}}'
    answer = program.asks("put", f"/skus/{sku_id}/price", price)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "kernel.invalid")
    (sku,) = (s for p in program.reads("/products")["items"] for s in p["skus"] if s["id"] == str(sku_id))
    assert sku["price"]["minor"] == 3900


def test_the_largest_and_the_smallest_amounts_are_kept_as_they_are(stage: Stage, program: Program) -> None:
    sku_id = stage.base.skus["east-A"]
    for minor in (1, AMOUNT_MAX - 1):
        body = {
            "price": {"minor": minor, "currency": "USD"},
            "was": {"minor": minor + 1, "currency": "USD"},
            "cost": {"minor": minor, "currency": "USD"},
        }
        assert program.asks("put", f"/skus/{sku_id}/price", body).status_code == 200
        (sku,) = (s for p in program.reads("/products")["items"] for s in p["skus"] if s["id"] == str(sku_id))
        assert [sku[name]["minor"] for name in ("price", "was", "cost")] == [minor, minor + 1, minor]
