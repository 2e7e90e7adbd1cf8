"""How refusals leave the API: one body for all, with a stable code, words in both languages, and facts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from silkcast.kernel.errors import Invalid, Missing, SilkcastError, Unauthenticated
from silkcast.kernel.wire import WireRefused
from silkcast.kernel.words import LANGUAGES, error_body

Answer = Callable[..., HttpResponseBase]
REASONS_MAX = 5
WRONG_METHOD = 405

ERROR_SCHEMA: dict[str, Any] = {
    "title": "Error",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "facts"],
            "properties": {
                "code": {
                    "type": "string",
                    "description": "Stable: programs decide by this.",
                    "examples": [Missing.code],
                },
                "message": {
                    "type": "object",
                    "description": "For people, in every language we speak.",
                    "required": list(LANGUAGES),
                    "properties": {language: {"type": "string"} for language in LANGUAGES},
                },
                "facts": {"type": "object", "description": "What the sentence says, as values."},
            },
        }
    },
}


def refused(code: str, facts: dict[str, Any], status: int) -> JsonResponse:
    response = JsonResponse(error_body(code, facts), status=status)
    if "retry_after_s" in facts:
        response["Retry-After"] = str(facts["retry_after_s"])
    if status == Unauthenticated.status:
        response["WWW-Authenticate"] = "Bearer"
    return response


def answer_errors(api: NinjaAPI) -> None:
    """Have every way in which an operation can fail answered alike."""

    @api.exception_handler(SilkcastError)
    def refuse(request: HttpRequest, error: SilkcastError) -> HttpResponse:
        if isinstance(error, WireRefused):  # another role's refusal keeps its own code
            return refused(error.refusal, error.facts, error.status)
        return refused(error.code, error.facts, error.status)

    @api.exception_handler(ValidationError)
    def refuse_shape(request: HttpRequest, error: ValidationError) -> HttpResponse:
        found = [(_sent_as(e["loc"]), e["msg"]) for e in error.errors[:REASONS_MAX]]
        reason = "; ".join(f"{field}: {why}" if field else why for field, why in found)
        return refused(Invalid.code, {"reason": reason, "field": found[0][0]}, Invalid.status)

    @api.exception_handler(HttpError)
    def refuse_request(request: HttpRequest, error: HttpError) -> HttpResponse:
        if isinstance(error.__cause__, SilkcastError):  # what our reading of the body has to say
            return refuse(request, error.__cause__)
        if isinstance(error, AuthenticationError):
            return refused(Unauthenticated.code, {}, Unauthenticated.status)
        return refused(Invalid.code, {"reason": str(error)}, Invalid.status)

    @api.exception_handler(Http404)
    def refuse_absent(request: HttpRequest, error: Http404) -> HttpResponse:
        return refused(Missing.code, {}, Missing.status)


def _sent_as(place: tuple[str | int, ...]) -> str:
    """Where the sender wrote it: ninja puts the source before it, and for a body the name of our own parameter."""
    return ".".join(map(str, place[2:] if place[0] == "body" else place[1:]))


def coded(view: Answer) -> Answer:
    """The framework's own refusal of a method, said in our words."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        plain = refused("api.method_not_allowed", {"method": request.method}, WRONG_METHOD)
        plain["Allow"] = response["Allow"]
        return plain

    return answer
