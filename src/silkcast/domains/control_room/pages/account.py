"""/control/account: one's own password, the browsers in which one is signed in, and what the log says of them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.base.api import ChangePassword, EndOtherSessions, EndSession
from silkcast.domains.control_room.answers import go_on, part_or_page, posting
from silkcast.domains.control_room.attempts import hashing
from silkcast.domains.control_room.entering import person_of, session_of
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import wanted_part
from silkcast.domains.control_room.pages.login import count_try, refused
from silkcast.domains.control_room.passwords import new_password
from silkcast.domains.control_room.queries import account as queries
from silkcast.domains.control_room.queries.listing import page_number
from silkcast.kernel.actions import run
from silkcast.kernel.errors import Missing
from silkcast.kernel.http import context, retry_key
from silkcast.kernel.ids import SessionId

ADDRESS = "/control/account"


def account(request: HttpRequest) -> HttpResponse:
    part = wanted_part(request)
    ctx, person = context(request), person_of(request)
    if part == "sessions":
        return _sessions(request)
    if part:
        raise Missing(kind="part", name=part)
    page: dict[str, Any] = {
        **queries.sessions(ctx, person, session_of(request)),
        **queries.own_sign_ins(ctx, person, page_number(request)),
        "section": "account",
        "values": {},
    }
    return TemplateResponse(request, "control_room/account.html", page)


def _sessions(request: HttpRequest) -> HttpResponse:
    shown = queries.sessions(context(request), person_of(request), session_of(request))
    return TemplateResponse(request, "control_room/_sessions.html", shown)


@posting(again=account)
def change_password(request: HttpRequest) -> HttpResponse:
    person, user = person_of(request), request.user
    assert user.is_authenticated
    count_try(request, person.email)
    fields = Fields(request.POST)
    with hashing():
        is_right = user.check_password(request.POST.get("old_password", ""))
    if not is_right:
        refused(request, person.email)
        fields.complain("old_password", "password_wrong")
    password = new_password(fields, request.POST, person)
    fields.refuse()
    with hashing():
        hashed = make_password(password)
    wanted = ChangePassword(person_id=person.id, password_hash=hashed, kept_session_id=session_of(request).id)
    run(context(request), wanted, key=retry_key(request))
    user.password = hashed
    update_session_auth_hash(request, user)
    return go_on(request, ADDRESS)


@posting(again=account)
def end_session(request: HttpRequest) -> HttpResponse:
    fields = Fields(request.POST)
    session_id = SessionId(fields.id("session_id"))
    fields.refuse()
    is_here = session_id == session_of(request).id
    run(context(request), EndSession(person_id=person_of(request).id, session_id=session_id, is_here=is_here))
    if is_here:
        return go_on(request, "/login")
    return part_or_page(request, lambda: _sessions(request), ADDRESS)


@posting(again=account)
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    kept = session_of(request).id
    run(context(request), EndOtherSessions(person_id=person_of(request).id, kept_session_id=kept))
    return part_or_page(request, lambda: _sessions(request), ADDRESS)
