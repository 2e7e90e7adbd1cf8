"""/control/: every room of the base, as it is now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from silkcast.domains.control_room.frame import home, may, wanted_part
from silkcast.domains.control_room.queries import wall as queries
from silkcast.kernel.context import permits
from silkcast.kernel.http import context
from silkcast.kernel.rest import allowed


def wall(request: HttpRequest) -> HttpResponse:
    if not permits(context(request), "read.rooms"):
        return HttpResponseRedirect("/control/orders")  # a merchant's own people start with their orders
    ctx = allowed(request, "read.rooms")
    part = wanted_part(request)
    if part == "rooms":
        shown = {"rooms": queries.rooms(ctx), "may": may(ctx, shows="studio.plan_show")}
        return TemplateResponse(request, "control_room/_rooms.html", shown)
    if part == "totals":
        return TemplateResponse(request, "control_room/_totals.html", {"totals": queries.totals(ctx, home(request))})
    return TemplateResponse(
        request,
        "control_room/wall.html",
        {
            "section": "wall",
            "rooms": queries.rooms(ctx),
            "totals": queries.totals(ctx, home(request)),
            "hears_base": True,
            "may": may(ctx, shows="studio.plan_show"),
        },
    )
