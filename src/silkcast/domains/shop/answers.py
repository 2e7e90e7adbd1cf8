"""How the shop answers: a page or the part of it that was asked for, and refusals where the form stands."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from silkcast.domains.shop.cart import units_max
from silkcast.domains.shop.visitor import Visitor, remember
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.wire import WireRefused
from silkcast.kernel.words import sentence

SEE_OTHER = 303
FIELD_OF_CODE = {"payments.card_invalid": "card_number"}


def is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def page(
    request: HttpRequest,
    visitor: Visitor,
    name: str,
    context: Mapping[str, Any],
    *,
    parts: Collection[str] = (),
    status: int = 200,
) -> HttpResponse:
    """`shop/<name>.html`, or for a script that asked for one of its `parts` that part alone."""
    part = request.GET.get("part", "")
    template = f"shop/_{part}.html" if part in parts and is_fragment(request) else f"shop/{name}.html"
    return answer(request, visitor, template, context, status=status)


def answer(
    request: HttpRequest, visitor: Visitor, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    shop = {
        "currency": visitor.currency,
        "currencies": visitor.currencies,
        "cart_units": visitor.cart.units,
        "units_max": units_max(),
    }
    response = render(request, template, {"base": visitor.base, "shop": shop, **context}, status=status)
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["HX-Request"])
    remember(response, visitor)
    return response


def go(request: HttpRequest, visitor: Visitor | None, url: str) -> HttpResponse:
    """On to another page."""
    response = HttpResponse(status=200 if is_fragment(request) else SEE_OTHER)
    response["HX-Redirect" if is_fragment(request) else "Location"] = url
    if visitor is not None:
        remember(response, visitor)
    return response


def done(visitor: Visitor, **told: Mapping[str, Any]) -> HttpResponse:
    """Nothing to show but what the page's scripts are told."""
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({f"silkcast:{name}": facts for name, facts in told.items()})
    remember(response, visitor)
    return response


def refusal(error: SilkcastError, language: str) -> tuple[dict[str, Any], int]:
    """What the form says, and the status; another role's refusal keeps its own code."""
    code, status = error.code, error.status
    if isinstance(error, WireRefused):
        code, status = error.refusal, error.status
    words = sentence(code, error.facts, language)
    where = FIELD_OF_CODE.get(code) or str(error.facts.get("field", ""))
    field = where.rpartition(".")[2]  # of a purchase's body the form has the last names
    return {"code": code, "words": words, "fields": {field: words} if field else {}}, status


def refused_fragment(request: HttpRequest, error: SilkcastError, language: str) -> HttpResponse:
    shown, status = refusal(error, language)
    return render(request, "ui/error.html", {"refusal": shown}, status=status)
