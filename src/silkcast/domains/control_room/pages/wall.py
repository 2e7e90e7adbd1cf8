"""/control/: every room of the base, as it is now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from silkcast.domains.base.api import list_rooms
from silkcast.domains.control_room.frame import home, may, once, wanted_part
from silkcast.domains.control_room.queries.wall import Wall
from silkcast.domains.studio.api import list_live_shows
from silkcast.kernel.context import permits
from silkcast.kernel.http import context
from silkcast.kernel.rest import allowed


def wall(request: HttpRequest) -> HttpResponse:
    if not permits(context(request), "read.rooms"):
        return HttpResponseRedirect("/control/orders")  # a merchant's own people start with their orders
    ctx = allowed(request, "read.rooms")
    wall = Wall(ctx, home(request), once(request, list_rooms), once(request, list_live_shows))
    part = wanted_part(request)
    plans = may(ctx, shows="studio.plan_show")
    if part == "rooms":
        return TemplateResponse(request, "control_room/_rooms.html", {"rooms": wall.rooms(), "may": plans})
    if part == "totals":
        return TemplateResponse(request, "control_room/_totals.html", {"totals": wall.totals()})
    shown = {"rooms": wall.rooms(), "totals": wall.totals(), "may": plans, "section": "wall", "hears_base": True}
    return TemplateResponse(request, "control_room/wall.html", shown)
