"""A refusal says where the body is wrong, in the words and the order in which it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from silkcast.kernel.ids import new_id
from tests.cast import Cast
from tests.project.requests_from_schema import body_of, query_of, resolved
from tests.project.stage import Program, on_stage
from tests.project.test_api_isolation import WORDS, operations
from tests.project.test_api_numbers import SIGNALS, Where, body_schema, put
from tests.project.world import plot

NONE_OF_THEM = {"neither": "this", "nor": "that"}


@pytest.fixture
def document() -> dict[str, Any]:
    told: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return told


def values(schema: dict[str, Any], document: dict[str, Any], at: Where = ()) -> Iterator[Where]:
    """Where each text, number and truth of a body stands."""
    for way in [each for part in ("allOf", "anyOf", "oneOf") for each in schema.get(part, ())] or [schema]:
        told = resolved(way, document)
        kind = told.get("type")
        if kind in {"string", "integer", "number", "boolean"}:
            yield at
        for name, field in told.get("properties", {}).items() if kind == "object" else ():
            yield from values(field, document, (*at, name))
        if kind == "array":
            yield from values(told["items"], document, (*at, 0))


def test_a_refusal_names_the_field_as_it_was_sent(cast: Cast, doors: None, document: dict[str, Any]) -> None:
    own = plot(on_stage(cast.east))
    program = Program(own.stage.key())
    ids = {**WORDS, **own.ids, "key_id": str(new_id())}
    broken, tried = [], 0
    for method, path, told, names in operations(document):
        schema = body_schema(told)
        filled = path.format(**{name: ids[name] for name in names})
        for at in values(schema, document) if schema and path != SIGNALS else ():
            body = put(body_of(told, document, ids), schema or {}, document, at, NONE_OF_THEM)
            answer = program.asks(method, filled, body, key=str(new_id()), **query_of(told, document, ids))
            tried += 1
            named = answer.json()["error"]["facts"].get("field")
            if (answer.status_code, named) != (422, ".".join(map(str, at))):
                broken.append(f"{method} {path} {at}: {answer.status_code} {named} {answer.content!r}")
    assert broken == []
    assert tried > 80


def objects(schema: dict[str, Any], document: dict[str, Any], at: Where = ()) -> Iterator[Where]:
    """Where each object of a body stands, itself included."""
    for way in [each for part in ("allOf", "anyOf", "oneOf") for each in schema.get(part, ())] or [schema]:
        told = resolved(way, document)
        if told.get("type") == "object":
            yield at
            for name, field in told.get("properties", {}).items():
                yield from objects(field, document, (*at, name))
        elif told.get("type") == "array":
            yield from objects(told["items"], document, (*at, 0))


def test_a_field_that_nobody_knows_is_refused_by_its_name(cast: Cast, doors: None, document: dict[str, Any]) -> None:
    """Otherwise a misspelt field is taken, and what it should have done is not done."""
    own = plot(on_stage(cast.east))
    program = Program(own.stage.key())
    ids = {**WORDS, **own.ids, "key_id": str(new_id())}
    broken, tried = [], 0
    for method, path, told, names in operations(document):
        schema = body_schema(told)
        filled = path.format(**{name: ids[name] for name in names})
        for at in objects(schema, document) if schema and path != SIGNALS else ():
            body = put(body_of(told, document, ids), schema or {}, document, (*at, "nobody_knows"), 1)
            answer = program.asks(method, filled, body, key=str(new_id()), **query_of(told, document, ids))
            tried += 1
            named = answer.json()["error"]["facts"].get("field")
            if (answer.status_code, named) != (422, ".".join(map(str, (*at, "nobody_knows")))):
                broken.append(f"{method} {path} {at}: {answer.status_code} {named} {answer.content!r}")
    assert broken == []
    assert tried > 30
