"""JSON as the RFC has it, in text that every database keeps."""

from __future__ import annotations

import json
from typing import Any, Never

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.types import DictStrAny

from silkcast.kernel.errors import Invalid

JSON_TYPES = frozenset({"", "application/json"})  # none named: there is but one


class MediaTypeWrong(Invalid):
    code = "api.media_type_wrong"
    status = 415


class EncodingWrong(Invalid):
    code = "api.encoding_wrong"
    status = 415


class Bodies(Parser):
    def parse_body(self, request: HttpRequest) -> DictStrAny:
        if (packed := request.headers.get("Content-Encoding", "").strip().lower()) not in {"", "identity"}:
            raise EncodingWrong(encoding=packed[:100])
        if request.content_type not in JSON_TYPES:
            raise MediaTypeWrong(media_type=str(request.content_type)[:100])
        found = json.loads(request.body, parse_constant=_refuse_constant)
        if b"\\u" in request.body:  # the only way to write what UTF-8 and a database's text cannot hold
            _check_text(found)
        if not isinstance(found, dict):  # a schema whose fields may all be left out would take anything for one
            raise Invalid(reason="object")
        return found


def _refuse_constant(name: str) -> Never:
    raise Invalid(reason=name)


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
            raise Invalid(reason="text")
    elif isinstance(value, list):
        for part in value:
            _check_text(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            _check_text(name)
            _check_text(part)
