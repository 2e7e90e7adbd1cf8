from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import LineView, PitchView
from silkcast.kernel.ids import ProductId, ShowId
from silkcast.kernel.rest import Body, Limit, Offset, Page, Whole, act, allowed_for_base, sliced

router = Router()
Position = Annotated[Whole, Field(ge=1, le=200, description="Counted from 1; beyond the end is the end.")]


class LineAnswer(Schema):
    line_id: UUID


@router.get("/shows/{uuid:show_id}/rundown", response=Page[LineView])
def list_rundown(request: HttpRequest, show_id: UUID, limit: Limit = 200, offset: Offset = 0) -> dict[str, object]:
    """The show's products in their order, with the time that each has had so far."""
    ctx = allowed_for_base(request, "read.shows")
    return sliced(studio.list_rundown(ctx, studio.get_show(ctx, show_id), ctx.at), offset, limit)


class LineWanted(Body):
    """`position` left out: the end."""

    product_id: UUID
    position: Position | None = None


@router.post("/shows/{uuid:show_id}/rundown", response={201: LineAnswer})
def add_to_rundown(request: HttpRequest, show_id: UUID, wanted: LineWanted) -> object:
    """Put a product into the rundown. One that stands there already stays where it is."""
    asked = studio.AddToRundown(
        show_id=ShowId(show_id), product_id=ProductId(wanted.product_id), position=wanted.position
    )
    return act(request, asked)


class LineMoved(Body):
    position: Position


@router.put("/shows/{uuid:show_id}/rundown/{uuid:line_id}", response=LineAnswer)
def move_in_rundown(request: HttpRequest, show_id: UUID, line_id: UUID, wanted: LineMoved) -> object:
    """Give a line another place, also on air."""
    return act(request, studio.MoveInRundown(show_id=ShowId(show_id), line_id=line_id, position=wanted.position))


@router.delete("/shows/{uuid:show_id}/rundown/{uuid:line_id}", response=LineAnswer)
def remove_from_rundown(request: HttpRequest, show_id: UUID, line_id: UUID) -> object:
    """Take a line out; its past pitches stay. Not while it is on pitch."""
    return act(request, studio.RemoveFromRundown(show_id=ShowId(show_id), line_id=line_id))


@router.post("/shows/{uuid:show_id}/rundown/{uuid:line_id}/pitch", response=LineAnswer)
def start_pitch(request: HttpRequest, show_id: UUID, line_id: UUID) -> object:
    """Present the product from now on; the one before it is done."""
    return act(request, studio.StartPitch(show_id=ShowId(show_id), line_id=line_id))


@router.delete("/shows/{uuid:show_id}/rundown/{uuid:line_id}/pitch", response=LineAnswer)
def end_pitch(request: HttpRequest, show_id: UUID, line_id: UUID) -> object:
    """Stop presenting the product."""
    return act(request, studio.EndPitch(show_id=ShowId(show_id), line_id=line_id))


@router.get("/shows/{uuid:show_id}/pitches", response=Page[PitchView])
def list_pitches(request: HttpRequest, show_id: UUID, limit: Limit = 200, offset: Offset = 0) -> dict[str, object]:
    """When each product was presented, in programme time."""
    ctx = allowed_for_base(request, "read.shows")
    studio.get_show(ctx, show_id)
    return sliced(studio.list_pitches(ctx, show_id), offset, limit)
