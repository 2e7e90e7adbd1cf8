"""The OpenAPI document: every operation with its answers, its refusals, and the header that makes it repeatable."""

from __future__ import annotations

import re
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation
from ninja.schema import NinjaGenerateJsonSchema
from ninja.types import DictStrAny
from pydantic.json_schema import CoreModeRef, CoreRef, DefsRef, JsonSchemaMode

from silkcast.kernel.http import KEY_LENGTH_MAX
from silkcast.kernel.money import EXPONENTS, MINOR_MAX
from silkcast.kernel.settings import load
from silkcast.project.api.answers import ERROR_SCHEMA

# What the port and the pages behind it can say to any request, whatever it asks.
REFUSALS = {
    "400": "The request cannot be read as HTTP.",
    "401": "No key, or one that is not valid any more.",
    "403": "The key has not the scope for this.",
    "404": "Nothing by that name that this key may know of.",
    "408": "The request did not arrive in time.",
    "409": "The world says no just now; the code says why.",
    "413": "The request is larger than is taken here.",
    "415": "The body is not application/json.",
    "421": "Asked under a host name that is not ours.",
    "422": "The request is wrong: the sender must change it.",
    "429": "Too many requests; see Retry-After.",
    "431": "The headers are larger than is taken here.",
    "500": "A defect of ours, which stands in the log.",
    "502": "A part of the system broke off: what was asked may have been done. Ask again with the same key.",
    "503": "A part of the system is away or busy; the same request may be sent again.",
    "504": "No answer in time: what was asked may have been done. Ask again with the same key.",
}
READS = frozenset({"get", "head"})
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "A repeat under the same key gets the first answer and does nothing; another request under it: 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX, "pattern": "^[ -~]+$"},
}
KEY_REQUIRED = frozenset({"/api/v1/orders"})
KEY_UNUSED = frozenset({"/api/v1/signals"})  # each signal has an id of its own and counts once
MONEY = {
    "minor": {"title": "Minor", "type": "integer", "minimum": -MINOR_MAX, "maximum": MINOR_MAX},
    "currency": {"title": "Currency", "type": "string", "enum": sorted(EXPONENTS)},
}
LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
TAGS = {
    "base": "Who the key is, and the rooms and merchants it may see.",
    "people": "Who works in the base, as what, and with which keys.",
    "shows": "Shows, their rundowns, cameras, scenes and destinations, and what is known of each show.",
    "airtime": "What each minute on air earned and cost.",
    "catalog": "Products, prices, offers and exchange rates.",
    "inventory": "Warehouses, and what lies in them.",
    "orders": "Purchases from the placing to the receipt, with payment, refunds and buyer.",
    "shipping": "Ways to send parcels, and what they cost.",
    "payments": "The books, proved anew, and the cards of the sandbox gateway.",
    "audience": "What viewers do, as signals.",
    "records": "What happened and who did it, in the order of the commits.",
}
_REFERENCE = re.compile(r"#/components/schemas/([\w.\-]+)")
_MODULE = re.compile(r"silkcast\.(?:domains|project)\.(\w+)\.(?:\w+\.)*(?=\w+:)")


class Names(NinjaGenerateJsonSchema):
    """Domains may use one word for different things (a line of an order, a line of a rundown): say whose it is."""

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        ref, mode = core_mode_ref
        return super().get_defs_ref((CoreRef(_MODULE.sub(r"\1_", ref)), mode))


class Document(OpenAPISchema):
    def _create_schema_from_model(
        self,
        model: Any,
        by_alias: bool = True,  # noqa: FBT001, FBT002 - ninja's signature
        remove_level: bool = True,  # noqa: FBT001, FBT002 - the same
        mode: JsonSchemaMode = "validation",
    ) -> tuple[DictStrAny, bool]:
        schema = model.model_json_schema(
            ref_template=REF_TEMPLATE, by_alias=by_alias, schema_generator=Names, mode=mode
        ).copy()
        self.add_schema_definitions(schema.pop("$defs", {}))
        if remove_level and len(schema["properties"]) == 1:
            ((name, details),) = schema["properties"].items()
            return details, name in schema.get("required", ())
        return schema, True

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        for name, schema in definitions.items():
            assert self.schemas.setdefault(name, schema) == schema, f"two schemas are called {name}"


class Api(NinjaAPI):
    """Makes its document once: that takes the time of a hundred pages, and anybody may ask for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._documents: dict[tuple[str, str], OpenAPISchema] = {}

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """For example `orders_place_order`: what generated clients call it, so never the name of a file of ours."""
        owner = operation.view_func.__module__.split(".")[2]
        return f"{owner}_{operation.view_func.__name__}"

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: DictStrAny | None = None
    ) -> OpenAPISchema:
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        origin = load().origin
        if (known := self._documents.get((prefix, origin))) is not None:
            return known
        document = Document(self, prefix)
        document["components"]["schemas"]["Error"] = ERROR_SCHEMA
        document["components"]["responses"] = {status: _refusal(words) for status, words in REFUSALS.items()}
        document["components"]["schemas"]["Money"]["properties"] = MONEY
        document["components"]["schemas"] = _named(document)
        document["servers"] = [{"url": origin, "description": "This installation."}]
        document["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
        document["info"]["license"] = LICENSE
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _complete(operation, method, path)
        self._documents = {(prefix, origin): document}
        return document


def _named(document: dict[str, Any]) -> dict[str, Any]:
    """The schemas that are used. Generated clients name classes by titles, so no two may be alike."""
    used = set(_REFERENCE.findall(str(document)))
    schemas = document["components"]["schemas"].items()
    return {name: {**schema, "title": name} for name, schema in schemas if name in used}


def _refusal(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    """Name the refusals that this operation can give; those it declared itself stay as they are."""
    unlikely = set()
    if method in READS:
        unlikely.add("409")
        if "{" not in path:
            unlikely.add("404")
    elif path not in KEY_UNUSED:
        key = {**IDEMPOTENCY_KEY, "required": path in KEY_REQUIRED}
        operation["parameters"] = [*operation.get("parameters", []), key]
    declared = {str(status) for status in operation["responses"]}
    for status in sorted(set(REFUSALS) - unlikely - declared):
        operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}
