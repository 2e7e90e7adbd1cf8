"""/control/people: who may do what, links to a first or a new password, and the page on which it is set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.base.api import (
    AcceptInvitation,
    ChangeRole,
    DeactivatePerson,
    GrantRole,
    Invite,
    MakePasswordLink,
    ReactivatePerson,
    WithdrawRole,
    get_base,
    password_link,
    person_of_link,
)
from silkcast.domains.base.contracts import Role
from silkcast.domains.control_room.answers import go_on, part_or_page, posting
from silkcast.domains.control_room.attempts import hashing
from silkcast.domains.control_room.entering import enter
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import base_words, is_htmx, wanted_part
from silkcast.domains.control_room.passwords import new_password
from silkcast.domains.control_room.queries import people as queries
from silkcast.kernel.actions import run
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.http import retry_key
from silkcast.kernel.ids import MerchantId, PersonId
from silkcast.kernel.rest import allowed_for_base

ADDRESS = "/control/people"
NAME_MAX = 80


def people(request: HttpRequest) -> HttpResponse:
    if wanted_part(request) == "people":
        return _list(request)
    return _whole(request)


def _whole(request: HttpRequest, **once: str) -> HttpResponse:
    ctx = allowed_for_base(request, "read.people")
    page = {**queries.listed(ctx), **once, "section": "people", "values": {}}
    return TemplateResponse(request, "control_room/people.html", page)


def _list(request: HttpRequest, **once: str) -> HttpResponse:
    ctx = allowed_for_base(request, "read.people")
    return TemplateResponse(request, "control_room/_people.html", {**queries.listed(ctx), **once})


@posting(again=people)
def invite(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.invite")
    fields = Fields(request.POST)
    role = fields.choice("role", Role)
    wanted = Invite(
        name=fields.text("name", most=NAME_MAX),
        email=fields.email("email"),
        role=role,
        for_merchant_id=_merchant(fields, role),
    )
    fields.refuse()
    return _with_link(request, run(ctx, wanted, key=retry_key(request)))


def _with_link(request: HttpRequest, answered: Any) -> HttpResponse:
    """The answer that made a link is the only one to show it."""
    link = password_link(answered)
    answer = _list(request, invite_link=link) if is_htmx(request) else _whole(request, invite_link=link)
    answer["Cache-Control"] = "no-store"
    return answer


def _merchant(fields: Fields, role: Role) -> MerchantId | None:
    return MerchantId(fields.id("merchant_id")) if role is Role.MERCHANT else None


@posting(again=people)
def make_link(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.set_person")
    person_id = _person(request)
    return _with_link(request, run(ctx, MakePasswordLink(person_id=person_id), key=retry_key(request)))


def _person(request: HttpRequest) -> PersonId:
    fields = Fields(request.POST)
    person_id = PersonId(fields.id("person_id"))
    fields.refuse()
    return person_id


@posting(again=people)
def deactivate(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.set_person")
    run(ctx, DeactivatePerson(person_id=_person(request)), key=retry_key(request))
    return part_or_page(request, lambda: _list(request), ADDRESS)


@posting(again=people)
def reactivate(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.set_person")
    run(ctx, ReactivatePerson(person_id=_person(request)), key=retry_key(request))
    return part_or_page(request, lambda: _list(request), ADDRESS)


@posting(again=people)
def change_role(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.grant")
    fields = Fields(request.POST)
    role = fields.choice("role", Role)
    person_id, grant_id, merchant_id = fields.id("person_id"), fields.id("grant_id"), _merchant(fields, role)
    fields.refuse()
    wanted = ChangeRole(person_id=PersonId(person_id), grant_id=str(grant_id), role=role, for_merchant_id=merchant_id)
    run(ctx, wanted, key=retry_key(request))
    return part_or_page(request, lambda: _list(request), ADDRESS)


@posting(again=people)
def grant(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.grant")
    fields = Fields(request.POST)
    role = fields.choice("role", Role)
    person_id, merchant_id = fields.id("person_id"), _merchant(fields, role)
    fields.refuse()
    wanted = GrantRole(person_id=PersonId(person_id), role=role, for_merchant_id=merchant_id)
    run(ctx, wanted, key=retry_key(request))
    return part_or_page(request, lambda: _list(request), ADDRESS)


@posting(again=people)
def withdraw(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.grant")
    fields = Fields(request.POST)
    person_id, grant_id = fields.id("person_id"), fields.id("grant_id")
    fields.refuse()
    run(ctx, WithdrawRole(person_id=PersonId(person_id), grant_id=str(grant_id)), key=retry_key(request))
    return part_or_page(request, lambda: _list(request), ADDRESS)


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person's own page; the link is all they have, so it is the key to it."""
    person, _ = person_of_link(token)
    page: dict[str, Any] = {
        "person_name": person.name,
        "is_first": person.is_invited,
        "base": base_words(get_base(person.base_id)),
        "token": token,
        "values": {},
    }
    answer = TemplateResponse(request, "control_room/invitation.html", page)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@posting(again=invitation)
def accept(request: HttpRequest, token: str) -> HttpResponse:
    person, made_at = person_of_link(token)
    fields = Fields(request.POST)
    password = new_password(fields, request.POST, person)
    fields.refuse()
    # The link is the right to do this; nobody holds the verb.
    ctx = Context(base_id=person.base_id, actor=SYSTEM, at=datetime.now(UTC))
    with hashing():
        hashed = make_password(password)
        run(ctx, AcceptInvitation(person_id=person.id, password_hash=hashed, link_made_at=made_at))
        entered = authenticate(request, username=person.email, password=password)
    assert entered is not None
    enter(request, entered)
    return go_on(request, "/control/")
