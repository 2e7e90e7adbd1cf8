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
from silkcast.kernel.ids import RoomId


def of_room(request: HttpRequest, room_id: UUID) -> HttpResponse:
    return _picture(request, room_id, camera=False)


def of_camera(request: HttpRequest, camera_id: UUID) -> HttpResponse:
    return _picture(request, camera_id, camera=True)


def _picture(request: HttpRequest, found_id: UUID, *, camera: bool) -> HttpResponse:
    """The picture; 204 while there is none; a bare status for a stranger: a page of words helps no <img>."""
    try:
        ctx = context(request)
        if not permits(ctx, "read.rooms"):
            raise Missing(kind="picture")
        room_id = get_camera(ctx, found_id).room_id if camera else get_room(ctx, found_id).id
    except SilkcastError as error:
        answer = HttpResponse(status=error.status)
    else:
        answer = _shown(room_id, found_id if camera else None)
    answer["Cache-Control"] = "no-store"
    return answer


def _shown(room_id: RoomId, camera_id: UUID | None) -> HttpResponse:
    try:
        return HttpResponse(live.picture(room_id, camera_id), content_type="image/jpeg")
    except SilkcastError:
        return HttpResponse(status=204)
