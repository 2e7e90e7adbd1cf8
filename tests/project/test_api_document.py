"""The OpenAPI document tells a stranger all that is needed: operations, answers, refusals, how to repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from silkcast.kernel.settings import load

WRITES = {"post", "put", "patch", "delete"}


@pytest.fixture
def document() -> dict[str, Any]:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, told) for path, methods in document["paths"].items() for method, told in methods.items()]


def test_every_operation_names_its_answers_and_its_refusals(document: dict[str, Any]) -> None:
    for method, path, told in operations(document):
        statuses = set(told["responses"])
        assert any(status.startswith("2") for status in statuses), path
        assert {"401", "403", "422", "429", "503"} <= statuses, path
        if method in WRITES:
            assert {"404", "409"} <= statuses, path
        if "{" in path:
            assert "404" in statuses, path


def test_whatever_the_port_itself_may_say_is_in_the_document(document: dict[str, Any]) -> None:
    from silkcast.roles.edge.refusals import EdgeRefusal, NothingHere, WrongMethod

    # No operation's own address is unknown, or takes another method than its own.
    elsewhere = {NothingHere, WrongMethod}
    said = {str(kind.status) for kind in EdgeRefusal.__subclasses__() if kind not in elsewhere}
    for _, path, told in operations(document):
        assert said <= set(told["responses"]), path


def test_every_write_tells_how_to_repeat_it(document: dict[str, Any]) -> None:
    for method, path, told in operations(document):
        headers = [p["name"] for p in told.get("parameters", []) if p["in"] == "header"]
        needed = method in WRITES and path != "/api/v1/signals"  # whose items have ids of their own
        assert headers == (["Idempotency-Key"] if needed else []), path


def test_every_operation_has_one_id_a_key_and_a_subject(document: dict[str, Any]) -> None:
    ids = [told["operationId"] for _, _, told in operations(document)]
    assert len(ids) == len(set(ids))
    for _, path, told in operations(document):
        assert told["security"] == [{"ApiKey": []}], path
        assert told["tags"], path


def test_the_document_is_valid_by_the_specification(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_no_two_schemas_have_one_title_and_none_is_there_for_nothing(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert {name: schema["title"] for name, schema in schemas.items()} == {name: name for name in schemas}
    assert set(schemas) == set(re.findall(r"#/components/schemas/([\w.\-]+)", str(document)))


def test_it_says_where_the_operations_are_and_what_each_group_is_for(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": load().origin, "description": "This installation."}]
    assert document["info"]["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    told = {tag["name"] for tag in document["tags"]}
    assert all(tag["description"] for tag in document["tags"])
    assert {tag for _, _, operation in operations(document) for tag in operation["tags"]} == told


def test_every_answer_has_a_schema(document: dict[str, Any]) -> None:
    kinds = set()
    for _, path, told in operations(document):
        for answer in told["responses"].values():
            for kind, content in answer.get("content", {}).items():
                assert content["schema"], path
                kinds.add(kind)
    assert kinds == {"application/json", "application/pdf", "text/csv"}


LONGER = {"description", "description_zh", "words"}  # of a product, of what is wrong with an order
# What is read by a rule of its own: a place to push to, a card, a tag of a language, a name of ours.
RULED = {
    "url",
    "stream_key",
    "number",
    "expiry",
    "cvc",
    "language",
    "viewer",
    "carrier",
    "email",
    "scopes",
    "preset",
    "time_zone",
}


def texts(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The names and schemas of the plain texts of a body."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    for name, part in schema.get("properties", {}).items():
        ways = [way for way in part.get("anyOf", [part]) if way.get("type") != "null"]
        for way in ways:
            way = way.get("items", way)
            if way.get("type") == "string" and not {"enum", "format", "const"} & set(way):
                yield name, way
            yield from texts(way, document)


def test_every_text_that_is_sent_is_of_one_line_or_meant_to_have_more(document: dict[str, Any]) -> None:
    loose = {
        (path, name)
        for method, path, told in operations(document)
        if method in WRITES and "requestBody" in told and path != "/api/v1/signals"
        for name, text in texts(told["requestBody"]["content"]["application/json"]["schema"], document)
        if "pattern" not in text and name not in LONGER | RULED
    }
    assert loose == set()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(re.findall(r"#/components/(\w+)/([\w.\-]+)", str(document)))
    for kind, name in found:
        assert name in document["components"][kind], name


def test_lists_are_paged_alike(document: dict[str, Any]) -> None:
    for method, path, told in operations(document):
        limits = [p["schema"] for p in told.get("parameters", []) if p["name"] == "limit"]
        if method == "get" and limits:
            assert limits[0]["maximum"] == 200, path
            schema = told["responses"]["200"]["content"]["application/json"]["schema"]
            shape = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
            assert {"items", "next", "total"} == set(shape["properties"]), path


def test_what_the_edge_answers_itself_is_in_the_document_too(document: dict[str, Any]) -> None:
    order = document["paths"]["/api/v1/orders"]["post"]
    assert order["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("orders_Purchase")
    signals = document["paths"]["/api/v1/signals"]["post"]
    _, alone = signals["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert alone["items"]["required"] == ["id", "show_id", "kind", "at"]
    assert set(signals["responses"]) >= {"202", "401", "422", "503"}


def test_the_purchase_in_the_document_is_the_one_that_the_intake_reads(document: dict[str, Any]) -> None:
    import msgspec

    from silkcast.roles.intake.wanted import AddressIn, BuyerIn, Line, Purchase

    schemas = document["components"]["schemas"]
    read_as: dict[str, type[msgspec.Struct]] = {"LineIn": Line, "AddressIn": AddressIn, "BuyerIn": BuyerIn}
    read_as["Purchase"] = Purchase
    for name, read in read_as.items():
        told = schemas[f"orders_{name}"]
        fields = msgspec.structs.fields(read)
        assert set(told["properties"]) == {field.name for field in fields}, name
        assert set(told["required"]) == {field.name for field in fields if field.required}, name
        assert told["additionalProperties"] is False, name


def test_the_signals_in_the_document_are_those_that_are_read(document: dict[str, Any]) -> None:
    import msgspec

    from silkcast.domains.audience.engine.admission import AT_MS_LEAST, AT_MS_MOST, ITEMS_MAX, Signal

    told = document["paths"]["/api/v1/signals"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    sending, body = told["oneOf"]
    assert sending["properties"]["signals"] == body
    stamp = sending["properties"]["sent_at"]
    assert (stamp["minimum"], stamp["maximum"]) == (AT_MS_LEAST, AT_MS_MOST)
    fields = msgspec.structs.fields(Signal)
    assert set(body["items"]["properties"]) == {field.name for field in fields}
    assert set(body["items"]["required"]) == {field.name for field in fields if field.required}
    assert body["maxItems"] == ITEMS_MAX
    (kind,) = [field.type for field in fields if field.name == "kind"]
    assert body["items"]["properties"]["kind"]["enum"] == list(kind.__args__)


def test_there_is_no_page_that_would_load_scripts_from_elsewhere() -> None:
    assert Client().get("/api/v1/docs").status_code == 404
