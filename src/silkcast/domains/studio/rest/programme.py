from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import (
    Layout,
    OverlayKind,
    OverlayView,
    ProgrammeView,
    ShowDestinationView,
)
from silkcast.kernel.errors import Invalid
from silkcast.kernel.ids import ShowId
from silkcast.kernel.rest import Body, Flag, Limit, Offset, Page, act, allowed_for_base, sliced
from silkcast.kernel.settings import load

router = Router()


class ProgrammeAnswer(Schema):
    show_id: UUID


class SceneWanted(Body):
    """A scene of the room by its id, or a layout with cameras: the main one first, then spares in order."""

    scene_id: UUID | None = None
    layout: Layout | None = None
    camera_ids: Annotated[list[UUID], Field(max_length=8)] = []


@router.get("/shows/{uuid:show_id}/programme", response=ProgrammeView)
def read_programme(request: HttpRequest, show_id: UUID) -> ProgrammeView:
    return studio.get_programme(allowed_for_base(request, "read.shows"), show_id)


@router.put("/shows/{uuid:show_id}/scene", response=ProgrammeAnswer)
def switch_scene(request: HttpRequest, show_id: UUID, wanted: SceneWanted) -> object:
    """Choose what the show shows: at once on air, or ready for going live."""
    layout, cameras = wanted.layout, tuple(wanted.camera_ids)
    if wanted.scene_id is not None:
        ctx = allowed_for_base(request, "studio.switch_scene")
        scene = studio.get_scene(ctx, studio.get_show(ctx, show_id).room_id, wanted.scene_id)
        layout, cameras = scene.layout, scene.camera_ids
    if layout is None:
        raise Invalid(reason="layout")
    return act(request, studio.SwitchScene(show_id=ShowId(show_id), layout=layout, camera_ids=cameras))


@router.get("/shows/{uuid:show_id}/overlays", response=Page[OverlayView])
def list_overlays(request: HttpRequest, show_id: UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    return sliced(studio.list_overlays(allowed_for_base(request, "read.shows"), show_id), offset, limit)


class OverlayWanted(Body):
    visible: Flag


@router.put("/shows/{uuid:show_id}/overlays/{kind}", response=ProgrammeAnswer)
def set_overlay(request: HttpRequest, show_id: UUID, kind: OverlayKind, wanted: OverlayWanted) -> object:
    """Show or hide a graphic. The label of a simulated base stays."""
    return act(request, studio.SetOverlay(show_id=ShowId(show_id), kind=kind, visible=wanted.visible))


@router.get("/shows/{uuid:show_id}/destinations", response=Page[ShowDestinationView])
def list_show_destinations(
    request: HttpRequest, show_id: UUID, limit: Limit = 50, offset: Offset = 0
) -> dict[str, object]:
    """Where the show is or could be pushed to, with what the room says of each just now."""
    ctx = allowed_for_base(request, "read.destinations")
    state = studio.find_room_state(load(), studio.get_show(ctx, show_id).room_id)
    return sliced(studio.list_show_destinations(ctx, show_id, state=state), offset, limit)


class ShowDestinationWanted(Body):
    enabled: Flag


class ShowDestinationAnswer(Schema):
    show_id: UUID
    destination_id: UUID


@router.put("/shows/{uuid:show_id}/destinations/{uuid:destination_id}", response=ShowDestinationAnswer)
def set_show_destination(
    request: HttpRequest, show_id: UUID, destination_id: UUID, wanted: ShowDestinationWanted
) -> object:
    """Push the show to a destination, or stop; at once when on air."""
    asked = studio.SetShowDestination(show_id=ShowId(show_id), destination_id=destination_id, enabled=wanted.enabled)
    return act(request, asked)


@router.post("/shows/{uuid:show_id}/destinations/{uuid:destination_id}/retry", response=ShowDestinationAnswer)
def retry_destination(request: HttpRequest, show_id: UUID, destination_id: UUID) -> object:
    """Have the room connect to one destination anew, without waiting for its own next try."""
    return act(request, studio.RetryDestination(show_id=ShowId(show_id), destination_id=destination_id))
