"""/control/destinations: the platform accounts that receive the stream, and what each keeps of a sale."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.control_room.answers import part_or_page, posting
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import may, once, wanted_part
from silkcast.domains.control_room.queries import destinations as queries
from silkcast.domains.studio.api import RemoveDestination, SetDestination, list_live_shows, require_reachable
from silkcast.domains.studio.contracts import Platform
from silkcast.kernel.actions import run
from silkcast.kernel.http import retry_key
from silkcast.kernel.rest import allowed

ADDRESS = "/control/destinations"
NAME_MAX = 80
URL_MAX = 300
KEY_MAX = 500
VERBS = {"set_destinations": "studio.set_destination"}


def destinations(request: HttpRequest) -> HttpResponse:
    if wanted_part(request) == "destinations_list":
        return _list(request)
    page = {**_shown(request), "section": "destinations", "hears_base": True, "values": {}}
    return TemplateResponse(request, "control_room/destinations.html", page)


def _shown(request: HttpRequest) -> dict[str, Any]:
    ctx = allowed(request, "read.destinations")
    return {
        "destinations": queries.listed(ctx, once(request, list_live_shows)),
        "platforms": queries.platforms(),
        "may": may(ctx, **VERBS),
    }


def _list(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "control_room/_destinations_list.html", _shown(request))


@posting(again=destinations)
def add(request: HttpRequest) -> HttpResponse:
    return _set(request, None)


def _again(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    return destinations(request)


@posting(again=_again)
def change(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    return _set(request, destination_id)


def _set(request: HttpRequest, destination_id: UUID | None) -> HttpResponse:
    ctx = allowed(request, "studio.set_destination")
    fields = Fields(request.POST)
    platform = fields.choice("platform", Platform)
    wanted = SetDestination(
        destination_id=destination_id,
        name=fields.text("name", most=NAME_MAX),
        platform=platform,
        url=fields.text("url", most=URL_MAX, required=platform is not Platform.OWN_SHOP),
        stream_key=fields.text("stream_key", most=KEY_MAX, required=False),
        fee_bp=fields.percent_bp("fee_percent"),
        in_new_shows=fields.flag("in_new_shows"),
    )
    fields.refuse()
    require_reachable(ctx, wanted.url)
    run(ctx, wanted, key=retry_key(request))
    return part_or_page(request, partial(_list, request), ADDRESS)


@posting(again=_again)
def remove(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    ctx = allowed(request, "studio.set_destination")
    run(ctx, RemoveDestination(destination_id=destination_id), key=retry_key(request))
    return part_or_page(request, partial(_list, request), ADDRESS)
