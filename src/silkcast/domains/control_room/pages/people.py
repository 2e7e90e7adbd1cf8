"""/control/people: who may do what, invitations, and the page on which an invited person sets a password."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.auth import login as begin_session
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.base.api import AcceptInvitation, GrantRole, Invite, WithdrawRole, get_base, get_person
from silkcast.domains.base.contracts import PersonView, Role
from silkcast.domains.base.errors import InvitationInvalid
from silkcast.domains.control_room.answers import go_on, id_in, part_or_page, posting
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import base_words, is_htmx, wanted_part
from silkcast.domains.control_room.queries import people as queries
from silkcast.kernel.actions import run
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.http import opened, retry_key, signed
from silkcast.kernel.ids import MerchantId, PersonId
from silkcast.kernel.rest import allowed_for_base
from silkcast.kernel.settings import load
from silkcast.kernel.tokens import BadToken

ADDRESS = "/control/people"
NAME_MAX = 80
INVITATION_DAYS = 7
PASSWORD_LENGTH_MIN = 10


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
    invited = run(ctx, wanted, key=retry_key(request))
    link = invitation_link(ctx, id_in(invited, "person_id"))
    answer = _list(request, invite_link=link) if is_htmx(request) else _whole(request, invite_link=link)
    answer["Cache-Control"] = "no-store"  # this answer alone shows the link
    return answer


def _merchant(fields: Fields, role: Role) -> MerchantId | None:
    return MerchantId(fields.id("merchant_id")) if role is Role.MERCHANT else None


def invitation_link(ctx: Context, person_id: UUID) -> str:
    token = signed("invitation", days=INVITATION_DAYS, base=str(ctx.base_id), person=str(person_id))
    return f"{load().origin}/invitation/{token}"


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
    person = _invited(token)
    page: dict[str, Any] = {
        "person_name": person.name,
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
    person = _invited(token)
    fields = Fields(request.POST)
    password = request.POST.get("password", "")
    try:
        validate_password(password)
    except ValidationError:
        fields.complain("password", "password_weak", least=PASSWORD_LENGTH_MIN)
    if password != request.POST.get("password_again", ""):
        fields.complain("password_again", "password_differs")
    fields.refuse()
    # The link is the right to do this; nobody holds the verb.
    ctx = Context(base_id=person.base_id, actor=SYSTEM, at=datetime.now(UTC))
    run(ctx, AcceptInvitation(person_id=person.id, password_hash=make_password(password)))
    entered = authenticate(request, username=person.email, password=password)
    assert entered is not None
    begin_session(request, entered)
    return go_on(request, "/control/")


def _invited(token: str) -> PersonView:
    try:
        person = get_person(UUID(opened("invitation", token)["person"]))
    except (BadToken, Missing):
        raise InvitationInvalid from None
    if not person.is_invited:
        raise InvitationInvalid
    return person
