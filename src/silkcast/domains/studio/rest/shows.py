from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import ConsoleView, ShowState, ShowView
from silkcast.kernel.ids import PersonId, RoomId, ShowId
from silkcast.kernel.languages import TAG_CHARS_MAX
from silkcast.kernel.rest import Body, Id, Limit, Moment, Offset, Page, act, allowed, allowed_for_base, page
from silkcast.kernel.settings import load
from silkcast.kernel.texts import LINE

router = Router()


class ShowAnswer(Schema):
    show_id: UUID
    number: int


class ShowWanted(Body):
    """`destination_ids` left out: those that are `in_new_shows`. `host_name` empty: the name of the person."""

    room_id: UUID
    title: Annotated[str, Field(min_length=1, max_length=120, pattern=LINE)]
    language: Annotated[str, Field(max_length=TAG_CHARS_MAX, examples=["en", "pt-BR", "zh-Hant"])]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    planned_at: Moment | None = None
    host_id: UUID | None = None
    host_name: Annotated[str, Field(max_length=80, pattern=LINE)] = ""
    destination_ids: Annotated[list[UUID], Field(max_length=16)] | None = None


@router.get("/shows", response=Page[ShowView])
def list_shows(
    request: HttpRequest,
    search: Annotated[str, Query(max_length=100)] = "",
    state: ShowState | None = None,
    room_id: Id | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, object]:
    """Newest number first; searched by title, host and number."""
    ctx = allowed(request, "read.shows")
    found = studio.list_shows(ctx, search=search, state=state, room_id=room_id, offset=offset, limit=limit)
    return page(found.items, found.total, offset)


@router.post("/shows", response={201: ShowAnswer})
def plan_show(request: HttpRequest, wanted: ShowWanted) -> object:
    """Put a show in a room's calendar."""
    asked = studio.PlanShow(
        room_id=RoomId(wanted.room_id),
        title=wanted.title,
        language=wanted.language,
        currency=wanted.currency,
        planned_at=wanted.planned_at,
        host_id=PersonId(wanted.host_id) if wanted.host_id else None,
        host_name=wanted.host_name,
        destination_ids=tuple(wanted.destination_ids) if wanted.destination_ids is not None else None,
    )
    return act(request, asked)


@router.get("/shows/{uuid:show_id}", response=ShowView)
def read_show(request: HttpRequest, show_id: UUID) -> ShowView:
    return studio.get_show(allowed(request, "read.shows"), show_id)


@router.get("/shows/{uuid:show_id}/console", response=ConsoleView)
def read_console(request: HttpRequest, show_id: UUID) -> ConsoleView:
    """Everything that the console shows, with what the room says of cameras and destinations just now."""
    ctx = allowed_for_base(request, "read.rooms")
    room_id = studio.get_show(ctx, show_id).room_id
    return studio.get_console(ctx, show_id, state=studio.find_room_state(load(), room_id))


@router.post("/shows/{uuid:show_id}/start", response=ShowAnswer)
def go_live(request: HttpRequest, show_id: UUID) -> object:
    """Put a planned show on air: its programme time starts now."""
    return act(request, studio.GoLive(show_id=ShowId(show_id)))


@router.post("/shows/{uuid:show_id}/end", response=ShowAnswer)
def end_show(request: HttpRequest, show_id: UUID) -> object:
    """Take a show off the air for good."""
    return act(request, studio.EndShow(show_id=ShowId(show_id)))
