"""/control/events/<id>: what led to an event and what it led to, as a fragment for a dialog."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.control_room.frame import home
from silkcast.domains.control_room.queries import happenings
from silkcast.kernel.rest import allowed


def cause_chain(request: HttpRequest, event_id: UUID) -> HttpResponse:
    ctx = allowed(request, "read.events")
    shown = {"chain": happenings.chain(ctx, event_id), "zone": home(request).time_zone}
    return TemplateResponse(request, "control_room/_cause_chain.html", shown)
