"""/control/rooms/<id>: a room's cameras with their stream keys, and its scenes."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.control_room.answers import id_in, part_or_page, posting
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import is_htmx, may, wanted_part
from silkcast.domains.control_room.queries.room import RoomPage
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout
from silkcast.kernel.actions import run
from silkcast.kernel.errors import Missing
from silkcast.kernel.http import retry_key
from silkcast.kernel.ids import RoomId
from silkcast.kernel.rest import allowed
from silkcast.kernel.settings import load

NAME_MAX = 80
VERBS = {"cameras": "studio.set_camera"}


def room(request: HttpRequest, room_id: UUID) -> HttpResponse:
    part = wanted_part(request)
    return _part(request, room_id, part) if part else _whole(request, room_id)


def _whole(request: HttpRequest, room_id: UUID, made: dict[UUID, str] | None = None) -> HttpResponse:
    ctx = allowed(request, "read.rooms")
    found = RoomPage(ctx, room_id)
    page = {**found.whole(), "cameras": found.cameras(made)["cameras"]}
    return TemplateResponse(
        request,
        "control_room/room.html",
        {**page, "section": "rooms", "hears_base": True, "may": may(ctx, **VERBS), "values": {}},
    )


def _part(request: HttpRequest, room_id: UUID, name: str, made: dict[UUID, str] | None = None) -> HttpResponse:
    ctx = allowed(request, "read.rooms")
    found = RoomPage(ctx, room_id)
    if name == "cameras_list":
        shown = found.cameras(made)
    elif name == "scenes":
        shown = found.scenes()
    elif name == "room_head":
        shown = found.head()
    else:
        raise Missing(kind="part", name=name)
    return TemplateResponse(request, f"control_room/_{name}.html", {**shown, "may": may(ctx, **VERBS)})


def _answer(request: HttpRequest, room_id: UUID, part: str) -> HttpResponse:
    return part_or_page(request, partial(_part, request, room_id, part), f"/control/rooms/{room_id}")


def _key_once(request: HttpRequest, room_id: UUID, camera_id: UUID, key: str) -> HttpResponse:
    """The answer that made a key is the only one to show it, so it leads nowhere else."""
    made = {camera_id: key}
    answer = _part(request, room_id, "cameras_list", made) if is_htmx(request) else _whole(request, room_id, made)
    answer["Cache-Control"] = "no-store"
    return answer


def _stream_key(request: HttpRequest) -> str:
    """A new stream key; a repeat of the same form gets the same one."""
    ctx = allowed(request, "studio.set_camera")
    key = retry_key(request)
    return studio.stream_key_for(load().signing_key(), ctx, key) if key else studio.fresh_stream_key()


@posting(again=_whole)
def add_camera(request: HttpRequest, room_id: UUID) -> HttpResponse:
    ctx = allowed(request, "studio.set_camera")
    fields = Fields(request.POST)
    name = fields.text("name", most=NAME_MAX)
    fields.refuse()
    key = _stream_key(request)
    wanted = studio.AddCamera(
        room_id=RoomId(room_id),
        name=name,
        key_digest=studio.digest_of_stream_key(key),
        key_ending=studio.ending_of(key),
    )
    added = run(ctx, wanted, key=retry_key(request))
    return _key_once(request, room_id, id_in(added, "camera_id"), key)


@posting(again=_whole)
def rotate_camera(request: HttpRequest, room_id: UUID) -> HttpResponse:
    ctx = allowed(request, "studio.set_camera")
    fields = Fields(request.POST)
    camera_id = fields.id("camera_id")
    fields.refuse()
    key = _stream_key(request)
    wanted = studio.RotateCamera(
        room_id=RoomId(room_id),
        camera_id=camera_id,
        key_digest=studio.digest_of_stream_key(key),
        key_ending=studio.ending_of(key),
    )
    run(ctx, wanted, key=retry_key(request))
    return _key_once(request, room_id, camera_id, key)


@posting(again=_whole)
def remove_camera(request: HttpRequest, room_id: UUID) -> HttpResponse:
    ctx = allowed(request, "studio.set_camera")
    fields = Fields(request.POST)
    camera_id = fields.id("camera_id")
    fields.refuse()
    run(ctx, studio.RemoveCamera(room_id=RoomId(room_id), camera_id=camera_id), key=retry_key(request))
    return _answer(request, room_id, "cameras_list")


@posting(again=_whole)
def add_scene(request: HttpRequest, room_id: UUID) -> HttpResponse:
    ctx = allowed(request, "studio.set_scene")
    fields = Fields(request.POST)
    wanted = studio.AddScene(
        room_id=RoomId(room_id),
        name=fields.text("name", most=NAME_MAX),
        layout=fields.choice("layout", Layout),
        camera_ids=fields.ids("cameras"),
    )
    fields.refuse()
    run(ctx, wanted, key=retry_key(request))
    return _answer(request, room_id, "scenes")


@posting(again=_whole)
def remove_scene(request: HttpRequest, room_id: UUID) -> HttpResponse:
    ctx = allowed(request, "studio.set_scene")
    fields = Fields(request.POST)
    scene_id = fields.id("scene_id")
    fields.refuse()
    run(ctx, studio.RemoveScene(room_id=RoomId(room_id), scene_id=scene_id), key=retry_key(request))
    return _answer(request, room_id, "scenes")
