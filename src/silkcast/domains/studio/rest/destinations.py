from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import DestinationView, Platform
from silkcast.kernel.rest import Body, Day, Flag, Limit, Offset, Page, Whole, act, allowed_for_base, sliced
from silkcast.kernel.texts import LINE

router = Router()
On = Annotated[Day | None, Query(description="Show the fee that is valid on this day; left out: today.")]


class DestinationAnswer(Schema):
    destination_id: UUID


class DestinationWanted(Body):
    """`stream_key` empty keeps the one that is sealed, as long as the server stays the same; where none is, `url` ends
    with it. `fee_bp`: hundredths of a percent of a sale from `fee_from` on, today when left out. Of the own shop only
    name and fee change: send no address and no key. `in_new_shows`: shows go there without being told (left out: as it
    is; true for a new one). A new one joins the shows that are planned, never one on air: switch it on there."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=LINE)]
    platform: Platform
    url: Annotated[str, Field(max_length=300)] = ""
    stream_key: Annotated[str, Field(max_length=500)] = ""
    fee_bp: Annotated[Whole, Field(ge=0, le=10_000)]
    fee_from: Day | None = None
    in_new_shows: Flag | None = None

    def asked(self, destination_id: UUID | None) -> studio.SetDestination:
        return studio.SetDestination(
            destination_id=destination_id,
            name=self.name,
            platform=self.platform,
            url=self.url,
            stream_key=self.stream_key,
            fee_bp=self.fee_bp,
            fee_from=self.fee_from,
            in_new_shows=self.in_new_shows,
        )


@router.get("/destinations", response=Page[DestinationView])
def list_destinations(request: HttpRequest, on: On = None, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """Platform accounts, the base's own shop first. Stream keys are sealed; only their endings are shown."""
    ctx = allowed_for_base(request, "read.destinations")
    return sliced(studio.list_destinations(ctx, on or studio.today(ctx)), offset, limit)


@router.post("/destinations", response={201: DestinationAnswer})
def add_destination(request: HttpRequest, wanted: DestinationWanted) -> object:
    return _set(request, wanted.asked(None))


@router.get("/destinations/{uuid:destination_id}", response=DestinationView)
def read_destination(request: HttpRequest, destination_id: UUID, on: On = None) -> DestinationView:
    ctx = allowed_for_base(request, "read.destinations")
    return studio.get_destination(ctx, destination_id, on or studio.today(ctx))


@router.put("/destinations/{uuid:destination_id}", response=DestinationAnswer)
def change_destination(request: HttpRequest, destination_id: UUID, wanted: DestinationWanted) -> object:
    """Shows on air connect anew where address or key changed."""
    return _set(request, wanted.asked(destination_id))


def _set(request: HttpRequest, asked: studio.SetDestination) -> object:
    studio.require_reachable(allowed_for_base(request, "studio.set_destination"), asked.url)
    return act(request, asked)


@router.delete("/destinations/{uuid:destination_id}", response=DestinationAnswer)
def remove_destination(request: HttpRequest, destination_id: UUID) -> object:
    """Push there no more and forget the stream key."""
    return act(request, studio.RemoveDestination(destination_id=destination_id))
