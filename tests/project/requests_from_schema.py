"""The least that an operation takes, read from its own schema: so that an operation added later is walked too."""

from __future__ import annotations

from typing import Any

from silkcast.kernel.ids import new_id

# What a pattern or a plain string means, by the name of the field; an unknown one gets a word.
BY_NAME = {
    "currency": "USD",
    "unit": "USD",
    "quote": "EUR",
    "rate": "0.9",
    "country": "US",
    "city": "Testville",
    "region": "CA",
    "postcode": "90001",
    "url": "rtmp://push.example/live",
    "platform": "tiktok",
    "email": "walker@example.test",
    "number": "4242424242424242",
    "expiry": "12/39",
    "cvc": "123",
    "carrier": "sandbox",
    "language": "en",
    "image": "",
    "stream_key": "key-0123456789",
}
# Sent even where the schema can do without: an operation that needs one of two says so nowhere else.
ALWAYS = {"url", "stream_key", "layout", "merchant_id", "camera_ids", "city", "region", "postcode"}


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    for part in ("allOf", "anyOf", "oneOf"):
        if part in schema:
            return resolved(schema[part][0], document)
    if "$ref" in schema:
        return resolved(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], document)
    return schema


def least(schema: dict[str, Any], document: dict[str, Any], name: str = "", ids: dict[str, str] | None = None) -> Any:
    """A value that the schema takes, with the required fields alone; `ids` by field name before made-up ones."""
    schema = resolved(schema, document)
    if "enum" in schema:
        return BY_NAME[name] if BY_NAME.get(name) in schema["enum"] else schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object":
        wanted = [field for field in schema["properties"] if field in schema.get("required", ()) or field in ALWAYS]
        return {field: least(schema["properties"][field], document, field, ids) for field in wanted}
    if kind == "array":
        count = schema.get("minItems", 1 if name in {"markets", "scopes", "camera_ids"} else 0)
        of = "camera_id" if name == "camera_ids" else name
        return [least(schema.get("items", {}), document, of, ids) for _ in range(count)]
    if kind == "integer":
        return max(1, int(schema.get("minimum", 1)))
    if kind == "boolean":
        return True
    if schema.get("format") == "uuid":
        return (ids or {}).get(name) or str(new_id())
    if schema.get("format") == "date-time":
        return "2026-11-22T12:00:00Z"
    if name == "markets":
        return "US"
    if name == "scopes":
        return "orders.read"
    return BY_NAME.get(name, "word")


def body_of(operation: dict[str, Any], document: dict[str, Any], ids: dict[str, str]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return least(content["schema"], document, ids=ids) if content else None


def query_of(operation: dict[str, Any], document: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    return {
        parameter["name"]: least(parameter["schema"], document, parameter["name"], ids)
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter["required"]
    }
