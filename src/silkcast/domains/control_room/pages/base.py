"""/control/base: the base's name and time zone, for those who may set them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.base.api import SetBase
from silkcast.domains.control_room.answers import go_on, posting
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import home
from silkcast.kernel.actions import run
from silkcast.kernel.http import retry_key
from silkcast.kernel.places import zones
from silkcast.kernel.rest import allowed_for_base
from silkcast.kernel.texts import NAME_LENGTH_MAX

ADDRESS = "/control/base"


def base(request: HttpRequest) -> HttpResponse:
    allowed_for_base(request, "base.set_base")
    found = home(request)
    page: dict[str, Any] = {
        "section": "base",
        "slug": found.slug,
        "values": {"name": found.name, "time_zone": "" if found.unknown_zone else found.time_zone},
        "zones": [{"value": zone, "words": zone} for zone in sorted(zones())],
    }
    return TemplateResponse(request, "control_room/base.html", page)


@posting(again=base)
def change(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.set_base")
    fields = Fields(request.POST)
    wanted = SetBase(name=fields.text("name", most=NAME_LENGTH_MAX), time_zone=fields.one_of("time_zone", zones()))
    fields.refuse()
    run(ctx, wanted, key=retry_key(request))
    return go_on(request, ADDRESS)
