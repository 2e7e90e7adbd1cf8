"""How a POST is answered: with a fragment, a word, or another page; and how a refusal comes back to its form.

Without JavaScript every form works by itself: success leads on (303), a refusal is the same page again with what was
typed. With htmx the answer is the part of the page that changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import get_language

from silkcast.domains.base.api import VERBS
from silkcast.domains.control_room.errors import FormRefused
from silkcast.domains.control_room.frame import View, is_htmx
from silkcast.domains.control_room.labels import ROLES
from silkcast.kernel.errors import Invalid, NotAllowed, SilkcastError, Unauthenticated
from silkcast.kernel.words import sentence

SECRET_FIELDS = frozenset({"password", "password_again", "stream_key", "csrfmiddlewaretoken", "request_id"})


def posting(again: Callable[..., HttpResponse]) -> Callable[[View], View]:
    """A view that acts. When it refuses, `again` shows the page that the form stands on."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **named: Any) -> HttpResponse:
            try:
                return view(request, **named)
            except Unauthenticated:
                raise
            except SilkcastError as error:
                refusal = refusal_of(error)
                if is_htmx(request):
                    return render(request, "ui/error.html", {"refusal": refusal}, status=error.status)
                page = again(request, **named)
                assert isinstance(page, TemplateResponse)
                page.context_data = {**(page.context_data or {}), "refusal": refusal, "values": typed(request)}
                page.status_code = error.status
                return page

        return answer

    return wrap


def refusal_of(error: SilkcastError) -> dict[str, Any]:
    """{code, words, fields: {name: words}} as every form shows it."""
    language = get_language() or "en"
    words = words_of(error.code, error.facts)
    fields: dict[str, str] = {}
    if isinstance(error, FormRefused):
        fields = error.words_of_fields
    elif isinstance(error, Invalid):
        # Actions name the field that they refuse as `reason` or `field`.
        named = error.facts.get("field") or error.facts.get("reason")
        if isinstance(named, str) and named.isidentifier():
            fields = {named: sentence("control_room.field_invalid", {}, language)}
            if error.code == Invalid.code:
                words = sentence(FormRefused.code, {}, language)
    return {"code": error.code, "words": words, "fields": fields}


def words_of(code: str, facts: Mapping[str, Any]) -> str:
    """The sentence of a refusal; where a role is missing it says which ones would do."""
    language = get_language() or "en"
    roles = [str(ROLES[role]) for role in ROLES if facts.get("verb") in VERBS[role]]
    if code != NotAllowed.code or not roles:
        return sentence(code, facts, language)
    separator = sentence("control_room.list_separator", {}, language)
    return sentence("control_room.for_roles", {"roles": separator.join(roles)}, language)


def typed(request: HttpRequest) -> dict[str, str]:
    """What the person typed, for the form to show again; never a secret."""
    return {name: str(value) for name, value in request.POST.items() if name not in SECRET_FIELDS}


def go_on(request: HttpRequest, address: str) -> HttpResponse:
    if is_htmx(request):
        return HttpResponse(status=200, headers={"HX-Redirect": address})
    return HttpResponse(status=303, headers={"Location": address})


def done(request: HttpRequest, words: str, address: str) -> HttpResponse:
    """A word in passing where a script can show it, else back to the page."""
    if is_htmx(request):
        told = json.dumps({"silkcast:done": {"words": words}})  # ASCII: headers carry nothing else
        return HttpResponse(status=204, headers={"HX-Trigger": told})
    return go_on(request, address)


def part_or_page(request: HttpRequest, part: Callable[[], HttpResponse], address: str) -> HttpResponse:
    return part() if is_htmx(request) else go_on(request, address)


def id_in(answer: Any, name: str) -> UUID:
    """An id from an action's answer, which a repeated request gets as plain data."""
    found = answer[name] if isinstance(answer, dict) else getattr(answer, name)
    return found if isinstance(found, UUID) else UUID(str(found))
