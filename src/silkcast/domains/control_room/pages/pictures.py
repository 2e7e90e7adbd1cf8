"""Small pictures of what rooms and cameras show just now: the overview and the console ask for them every second."""

from __future__ import annotations

import base64
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from silkcast.domains.base.api import get_room
from silkcast.domains.control_room import live
from silkcast.domains.studio.api import get_camera
from silkcast.kernel.canonical import read_uuid
from silkcast.kernel.context import Context, permits
from silkcast.kernel.errors import Missing, SilkcastError
from silkcast.kernel.http import context
from silkcast.kernel.ids import RoomId

AT_ONCE_MAX = 32


def of_many(request: HttpRequest) -> HttpResponse:
    """`?of=rooms/<id>&of=cameras/<id>…`: all that a page shows in one answer, each as a data address by its name.

    What has no picture, or is not the asker's to see, is left out.
    """
    try:
        ctx = _viewer(request)
        places = {name: _place(ctx, name) for name in dict.fromkeys(request.GET.getlist("of")[:AT_ONCE_MAX])}
    except SilkcastError as error:
        return _uncached(HttpResponse(status=error.status))
    asked = {name: place for name, place in places.items() if place is not None}
    pictures = live.side_by_side(*[partial(_found, *place) for place in asked.values()])
    return _uncached(
        JsonResponse(
            {
                name: f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
                for name, picture in zip(asked, pictures, strict=True)
                if picture
            }
        )
    )


def of_room(request: HttpRequest, room_id: UUID) -> HttpResponse:
    return _picture(request, f"rooms/{room_id}")


def of_camera(request: HttpRequest, camera_id: UUID) -> HttpResponse:
    return _picture(request, f"cameras/{camera_id}")


def _picture(request: HttpRequest, name: str) -> HttpResponse:
    """The picture; 204 while there is none; a bare status for a stranger: a page of words helps no <img>."""
    try:
        place = _place(_viewer(request), name)
        if place is None:
            raise Missing(kind="picture")
    except SilkcastError as error:
        return _uncached(HttpResponse(status=error.status))
    picture = _found(*place)
    return _uncached(HttpResponse(picture, content_type="image/jpeg") if picture else HttpResponse(status=204))


def _viewer(request: HttpRequest) -> Context:
    ctx = context(request)
    if not permits(ctx, "read.rooms"):
        raise Missing(kind="picture")
    return ctx


def _place(ctx: Context, name: str) -> tuple[RoomId, UUID | None] | None:
    """The room to ask, and which of its cameras; None for what the asker's base does not have."""
    kind, _, called = name.partition("/")
    try:
        found_id = read_uuid(called)
        if kind == "cameras":
            return get_camera(ctx, found_id).room_id, found_id
        return (get_room(ctx, found_id).id, None) if kind == "rooms" else None
    except (ValueError, Missing):
        return None


def _found(room_id: RoomId, camera_id: UUID | None) -> bytes:
    try:
        return live.picture(room_id, camera_id)
    except SilkcastError:
        return b""


def _uncached(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    return answer
