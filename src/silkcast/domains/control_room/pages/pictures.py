"""Small pictures of what a room or a camera shows just now: the wall and the console ask for them every second."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from silkcast.domains.base.api import get_room
from silkcast.domains.control_room import live
from silkcast.domains.studio.api import get_camera
from silkcast.kernel.context import permits
from silkcast.kernel.errors import Missing, SilkcastError
from silkcast.kernel.http import context


def of_room(request: HttpRequest, room_id: UUID) -> HttpResponse:
    return _picture(request, room_id, camera=False)


def of_camera(request: HttpRequest, camera_id: UUID) -> HttpResponse:
    return _picture(request, camera_id, camera=True)


def _picture(request: HttpRequest, found_id: UUID, *, camera: bool) -> HttpResponse:
    """The picture, or a bare status: a page of words helps no <img>."""
    try:
        ctx = context(request)
        if not permits(ctx, "read.rooms"):
            raise Missing(kind="picture")
        if camera:
            answer = HttpResponse(live.picture(get_camera(ctx, found_id).room_id, found_id), content_type="image/jpeg")
        else:
            answer = HttpResponse(live.picture(get_room(ctx, found_id).id), content_type="image/jpeg")
    except SilkcastError as error:
        answer = HttpResponse(status=error.status)
    answer["Cache-Control"] = "no-store"
    return answer
