"""Who is asking: a person's session for the base's pages. Programs are known by their key in `project.api`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from silkcast.domains.base.api import context_of_person, person_view

Answer = Callable[[HttpRequest], HttpResponse]


def identity(get_response: Answer) -> Answer:
    """Give the request its context when somebody is signed in and still belongs to the base."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:  # whoever was deactivated meanwhile is a stranger again
            person = person_view(request.user)
            request.person = person  # type: ignore[attr-defined]
            request.ctx = context_of_person(person, datetime.now(UTC), get_language() or "en")  # type: ignore[attr-defined]
        return get_response(request)

    return answer
