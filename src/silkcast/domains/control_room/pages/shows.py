"""/control/shows: the list of shows, and planning one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.base.api import list_rooms
from silkcast.domains.control_room.answers import go_on, id_in, posting
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import home, may, once, wanted_part
from silkcast.domains.control_room.pages.console import address
from silkcast.domains.control_room.queries import shows as queries
from silkcast.domains.control_room.queries.listing import page_number
from silkcast.domains.studio.api import PlanShow
from silkcast.kernel.actions import run
from silkcast.kernel.http import context, retry_key
from silkcast.kernel.ids import PersonId, RoomId
from silkcast.kernel.money import EXPONENTS
from silkcast.kernel.rest import allowed

TITLE_MAX = 120


def shows(request: HttpRequest) -> HttpResponse:
    ctx = allowed(request, "read.shows")
    page: dict[str, Any] = queries.listed(
        ctx,
        once(request, list_rooms),
        query=request.GET.get("query", ""),
        state=request.GET.get("state", ""),
        number=page_number(request),
    )
    page["may"] = may(ctx, shows="studio.plan_show")
    if wanted_part(request) == "shows":
        return TemplateResponse(request, "control_room/_shows.html", page)
    if page["may"]["shows"]:
        page.update(queries.choices(ctx, home(request), once(request, list_rooms)))
    return TemplateResponse(request, "control_room/shows.html", {**page, "section": "shows", "values": {}})


@posting(again=shows)
def plan(request: HttpRequest) -> HttpResponse:
    ctx = context(request)
    fields = Fields(request.POST)
    host_id = fields.maybe_id("host_id")
    wanted = PlanShow(
        title=fields.text("title", most=TITLE_MAX),
        room_id=RoomId(fields.id("room_id")),
        host_id=PersonId(host_id) if host_id is not None else None,
        planned_at=fields.maybe_moment("planned_at", home(request).time_zone),
        language=fields.one_of("language", frozenset(queries.SHOW_LANGUAGES)),
        currency=fields.one_of("currency", frozenset(EXPONENTS)),
    )
    fields.refuse()
    planned = run(ctx, wanted, key=retry_key(request))
    return go_on(request, address(id_in(planned, "show_id")))
