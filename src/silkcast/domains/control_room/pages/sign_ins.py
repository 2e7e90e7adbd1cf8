"""/control/sign-ins: who came in, who was refused, who was signed out: the log of the whole base."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.control_room.frame import wanted_part
from silkcast.domains.control_room.queries import account as queries
from silkcast.domains.control_room.queries.listing import page_number
from silkcast.kernel.rest import allowed_for_base


def sign_ins(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "read.people")
    page = queries.all_sign_ins(
        ctx,
        person=request.GET.get("person", ""),
        outcome=request.GET.get("outcome", ""),
        number=page_number(request),
    )
    if wanted_part(request) == "sign_ins":
        return TemplateResponse(request, "control_room/_sign_ins.html", page)
    return TemplateResponse(request, "control_room/sign_ins.html", {**page, "section": "people"})
