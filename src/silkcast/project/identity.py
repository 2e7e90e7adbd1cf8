"""Who is asking: a person's session for the base's pages. Programs are known by their key in `project.api`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib.auth import logout as forget
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from silkcast.domains.base.api import context_of_person, find_session, note_seen, person_view, sessions_that_may
from silkcast.domains.base.contracts import SessionView
from silkcast.domains.control_room.entering import SESSION

logger = logging.getLogger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]
HEARS = "read.events"  # the right to an event stream of the control room


def identity(get_response: Answer) -> Answer:
    """Give the request its context while its session stands and its person has something to do in the base."""

    def answer(request: HttpRequest) -> HttpResponse:
        session = _recognise(request)
        response = get_response(request)
        if session is not None:
            _note_seen(request, session)
        return response

    return answer


def _recognise(request: HttpRequest) -> SessionView | None:
    """Asked of the tables each time, so that what was withdrawn is gone with the next request."""
    if not request.user.is_authenticated:  # whoever was deactivated meanwhile is a stranger again
        return None
    at = datetime.now(UTC)
    person = person_view(request.user)
    session = find_session(person.base_id, person.id, str(request.session.get(SESSION, "")), at)
    if session is None or not person.grants:
        forget(request)
        return None
    request.person = person  # type: ignore[attr-defined]
    request.session_row = session  # type: ignore[attr-defined]
    request.ctx = context_of_person(person, at, get_language() or "en")  # type: ignore[attr-defined]
    return session


def _note_seen(request: HttpRequest, session: SessionView) -> None:
    try:
        note_seen(session, request.ctx.base_id, request.ctx.at)  # type: ignore[attr-defined]
    except OperationalError as error:  # the page was made; when it was asked for is the lesser thing
        logger.warning("identity.not_noted", extra={"facts": {"reason": str(error)}})


def hearing(session_ids: list[str]) -> list[str]:
    """Which sessions may go on hearing the events of their base; the edge asks for the streams that it holds open."""
    return sessions_that_may(HEARS, session_ids, datetime.now(UTC))
