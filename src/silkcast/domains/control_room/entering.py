"""Opening and closing the session of the browser that asks: the cookie's part and the table's, always both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib.auth import login as begin
from django.contrib.auth import logout as forget
from django.http import HttpRequest

from silkcast.domains.base.api import EndSession, SignIn, context_of_person, device_of, network_of, person_view
from silkcast.domains.base.contracts import PersonView, SessionView
from silkcast.domains.base.errors import NoRole
from silkcast.kernel.actions import run
from silkcast.kernel.http import client_of, context
from silkcast.kernel.ids import SessionId, new_id

SESSION = "session"  # in the signed cookie: which row of `base.Session` it belongs to


def enter(request: HttpRequest, user: Any) -> None:
    """Sign in whoever was found to be that person; NoRole for one who may do nothing here."""
    person = person_view(user)
    if not person.grants:
        raise NoRole
    wanted = SignIn(
        person_id=person.id,
        session_id=SessionId(new_id()),
        device=device(request),
        network=network_of(client_of(request)),
    )
    run(context_of_person(person, datetime.now(UTC)), wanted)
    request.session.flush()  # nothing of a session from before lives on
    begin(request, user)
    request.session[SESSION] = str(wanted.session_id)


def leave(request: HttpRequest) -> None:
    """Sign out here; harmless for a stranger."""
    if getattr(request, "ctx", None) is not None:
        wanted = EndSession(person_id=person_of(request).id, session_id=session_of(request).id, is_here=True)
        run(context(request), wanted)
    forget(request)


def person_of(request: HttpRequest) -> PersonView:
    return cast("PersonView", request.person)  # type: ignore[attr-defined]


def session_of(request: HttpRequest) -> SessionView:
    return cast("SessionView", request.session_row)  # type: ignore[attr-defined]


def device(request: HttpRequest) -> str:
    return device_of(request.headers.get("User-Agent", ""))
