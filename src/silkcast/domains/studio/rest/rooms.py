from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpRequest
from ninja import Field, Router, Schema

from silkcast.domains.base import api as base
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.actions.cameras import CameraRef
from silkcast.domains.studio.actions.picture import (
    DELAY_MS_MAX,
    FRAME_RATES,
    HEIGHTS,
    VIDEO_KBPS_MAX,
    VIDEO_KBPS_MIN,
    WIDTHS,
)
from silkcast.domains.studio.contracts import CameraView, Layout, Picture, SceneView
from silkcast.kernel.context import Context
from silkcast.kernel.http import context, retry_key
from silkcast.kernel.ids import RoomId
from silkcast.kernel.rest import Body, Flag, Limit, Offset, Page, Whole, act, allowed_for_base, sliced
from silkcast.kernel.settings import load
from silkcast.kernel.texts import LINE

router = Router()
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=LINE)]


def _room(request: HttpRequest, room_id: UUID) -> Context:
    """The context of a caller who may see this room; another base's is missing."""
    ctx = allowed_for_base(request, "read.rooms")
    base.get_room(ctx, room_id)
    return ctx


@router.get("/rooms/{uuid:room_id}/cameras", response=Page[CameraView])
def list_cameras(request: HttpRequest, room_id: UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """The room's cameras by key of the console, with what the room says of each just now."""
    ctx = _room(request, room_id)
    live, state = studio.find_live_show(ctx, room_id), studio.find_room_state(load(), room_id)
    programme = studio.get_programme(ctx, live.id) if live is not None else None
    return sliced(studio.list_cameras(ctx, room_id, state=state, programme=programme), offset, limit)


class CameraWanted(Body):
    name: Name


class StreamKey(Schema):
    """`stream_key` is shown here and never again, except to a repeat under the same Idempotency-Key.

    An encoder pushes to `push_url`, a slash and the stream key.
    """

    camera_id: UUID
    push_url: str
    stream_key: str


class CameraAnswer(Schema):
    camera_id: UUID


@router.post("/rooms/{uuid:room_id}/cameras", response={201: StreamKey})
def add_camera(request: HttpRequest, room_id: UUID, wanted: CameraWanted) -> StreamKey:
    """Give the room one more camera with a stream key of its own."""
    key = _key_for(request)
    asked = studio.AddCamera(
        room_id=RoomId(room_id),
        name=wanted.name,
        key_digest=studio.digest_of_stream_key(key),
        key_ending=studio.ending_of(key),
    )
    return _shown(act(request, asked), key)


@router.post("/rooms/{uuid:room_id}/cameras/{uuid:camera_id}/rotate", response=StreamKey)
def rotate_camera(request: HttpRequest, room_id: UUID, camera_id: UUID) -> StreamKey:
    """Replace the camera's stream key; the old one opens nothing any more."""
    key = _key_for(request)
    asked = studio.RotateCamera(
        room_id=RoomId(room_id),
        camera_id=camera_id,
        key_digest=studio.digest_of_stream_key(key),
        key_ending=studio.ending_of(key),
    )
    return _shown(act(request, asked), key)


def _key_for(request: HttpRequest) -> str:
    """A fresh stream key; a repeated request gets that of its first try again, though it was never stored."""
    asked = retry_key(request)
    return studio.stream_key_for(load().signing_key(), context(request), asked) if asked else studio.fresh_stream_key()


def _shown(answer: object, key: str) -> StreamKey:
    ref = answer if isinstance(answer, CameraRef) else msgspec.convert(answer, CameraRef)
    return StreamKey(camera_id=ref.camera_id, push_url=studio.camera_url(load()), stream_key=key)


@router.delete("/rooms/{uuid:room_id}/cameras/{uuid:camera_id}", response=CameraAnswer)
def remove_camera(request: HttpRequest, room_id: UUID, camera_id: UUID) -> object:
    """Take a camera out of the room, unless it is on air or a scene shows it."""
    return act(request, studio.RemoveCamera(room_id=RoomId(room_id), camera_id=camera_id))


@router.get("/rooms/{uuid:room_id}/scenes", response=Page[SceneView])
def list_scenes(request: HttpRequest, room_id: UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    ctx = _room(request, room_id)
    live = studio.find_live_show(ctx, room_id)
    programme = studio.get_programme(ctx, live.id) if live is not None else None
    return sliced(studio.list_scenes(ctx, room_id, programme=programme), offset, limit)


class SceneMade(Body):
    """The main camera first; more than the layout has places are spares, in order."""

    name: Name
    layout: Layout
    camera_ids: Annotated[list[UUID], Field(min_length=1, max_length=8)]


class SceneAnswer(Schema):
    scene_id: UUID


@router.post("/rooms/{uuid:room_id}/scenes", response={201: SceneAnswer})
def add_scene(request: HttpRequest, room_id: UUID, wanted: SceneMade) -> object:
    """Keep a layout with its cameras under a name, on the lowest free key of the console."""
    asked = studio.AddScene(
        room_id=RoomId(room_id), name=wanted.name, layout=wanted.layout, camera_ids=tuple(wanted.camera_ids)
    )
    return act(request, asked)


@router.delete("/rooms/{uuid:room_id}/scenes/{uuid:scene_id}", response=SceneAnswer)
def remove_scene(request: HttpRequest, room_id: UUID, scene_id: UUID) -> object:
    """Take a scene off the console. What is on air stays as it is."""
    return act(request, studio.RemoveScene(room_id=RoomId(room_id), scene_id=scene_id))


class RoomAnswer(Schema):
    room_id: UUID


@router.get("/rooms/{uuid:room_id}/picture", response=Picture)
def read_picture(request: HttpRequest, room_id: UUID) -> Picture:
    """What the room's next programme is made like."""
    return studio.get_room_picture(_room(request, room_id), room_id)


class PictureWanted(Body):
    """What is left out stays as it is."""

    width: Annotated[Whole, Field(ge=WIDTHS[0], le=WIDTHS[-1])] | None = None
    height: Annotated[Whole, Field(ge=HEIGHTS[0], le=HEIGHTS[-1])] | None = None
    fps: Annotated[Whole, Field(ge=FRAME_RATES[0], le=FRAME_RATES[-1])] | None = None
    video_kbps: Annotated[Whole, Field(ge=VIDEO_KBPS_MIN, le=VIDEO_KBPS_MAX)] | None = None
    preset: Annotated[str, Field(max_length=20)] | None = None
    delay_ms: Annotated[Whole, Field(ge=0, le=DELAY_MS_MAX)] | None = None
    burn_counter: Flag | None = None


@router.patch("/rooms/{uuid:room_id}/picture", response=RoomAnswer)
def set_picture(request: HttpRequest, room_id: UUID, wanted: PictureWanted) -> object:
    """Set size, rate and delay. On air only the delay can change."""
    now = studio.get_room_picture(_room(request, room_id), room_id)
    picture = replace(now, **wanted.model_dump(exclude_none=True))
    return act(request, studio.SetRoomPicture(room_id=RoomId(room_id), picture=picture))
