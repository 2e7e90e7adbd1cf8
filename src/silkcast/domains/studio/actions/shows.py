from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from silkcast.domains.base import api as base
from silkcast.domains.studio.actions.destinations import ensure_own_shop
from silkcast.domains.studio.actions.pitches import end_open_pitch
from silkcast.domains.studio.contracts import Layout, Platform, ShowState
from silkcast.domains.studio.engine.scenes import still_there
from silkcast.domains.studio.errors import RoomOnAir, RoomWithoutCamera, ShowNotLive
from silkcast.domains.studio.events import ShowEnded, ShowPlanned, ShowWentLive
from silkcast.domains.studio.locks import find_live_show_of, lock_open_show, lock_show
from silkcast.domains.studio.models import (
    Camera,
    Destination,
    Programme,
    RoomPicture,
    Scene,
    Show,
    ShowDestination,
)
from silkcast.domains.studio.queries.rooms import PICTURE_FIELDS
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid, Missing
from silkcast.kernel.events import announce
from silkcast.kernel.ids import PersonId, RoomId, ShowId, new_id
from silkcast.kernel.languages import language_of
from silkcast.kernel.money import exponent
from silkcast.kernel.searching import folded
from silkcast.kernel.signs import shows

TITLE_LENGTH_MAX = 120
PLANNED_AWAY_MAX = timedelta(days=3_650)  # beyond it somebody mistyped the year


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShow:
    """`destination_ids` None: every destination of the base. `host_name` empty: the name of the person."""

    room_id: RoomId
    title: str
    language: str
    currency: str
    planned_at: datetime | None = None
    host_id: PersonId | None = None
    host_name: str = ""
    destination_ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRef:
    show_id: ShowId
    number: int


@action("studio.plan_show", request=PlanShow, permission="studio.plan_show", icon="clock", personal=("host_name",))
def plan_show(ctx: Context, request: PlanShow) -> ShowRef:
    """Put a show in a room's calendar, with the room's first scene and the base's usual destinations."""
    title = request.title.strip()
    if not shows(title) or len(title) > TITLE_LENGTH_MAX:
        raise Invalid(reason="title")
    if request.planned_at is not None and abs(request.planned_at - ctx.at) > PLANNED_AWAY_MAX:
        raise Invalid(reason="planned_at")
    language = language_of(request.language)
    exponent(request.currency)
    base.get_room(ctx, request.room_id)
    show = Show(
        id=new_id(),
        base_id=ctx.base_id,
        number=base.next_numbers(ctx.base_id, "show")[0],
        room_id=request.room_id,
        title=title,
        planned_at=request.planned_at,
        host_id=request.host_id,
        host_name=_host_name(ctx, request),
        language=language,
        currency=request.currency,
    )
    show.searched = folded(show.title, show.host_name)
    show.save(force_insert=True)
    _prepare_programme(ctx, show)
    _name_destinations(ctx, show, request.destination_ids)
    announce(
        ctx,
        ShowPlanned(
            show_id=ShowId(show.id), room_id=request.room_id, number=show.number, planned_at=request.planned_at
        ),
    )
    return ShowRef(show_id=ShowId(show.id), number=show.number)


def _host_name(ctx: Context, request: PlanShow) -> str:
    said = request.host_name.strip() if shows(request.host_name) else ""
    if request.host_id is None:
        return said
    person = base.get_person(request.host_id)
    if person.base_id != ctx.base_id:
        raise Missing(kind="person", id=str(request.host_id))
    return said or person.name


def _prepare_programme(ctx: Context, show: Show) -> None:
    first = Scene.objects.scoped(ctx).filter(room_id=show.room_id).order_by("position").first()
    Programme(
        base_id=ctx.base_id,
        show_id=show.id,
        room_id=show.room_id,
        layout=first.layout if first else Layout.FULL.value,
        cameras=first.cameras if first else _present_cameras(ctx, show)[:1],
    ).save(force_insert=True)


def _name_destinations(ctx: Context, show: Show, wanted: tuple[UUID, ...] | None) -> None:
    ensure_own_shop(ctx)
    pushed = Destination.objects.scoped(ctx).filter(removed_at=None).exclude(platform=Platform.OWN_SHOP.value)
    known = dict(pushed.values_list("id", "in_new_shows"))
    unknown = set(wanted or ()) - known.keys()
    if unknown:
        raise Missing(kind="destination", id=str(min(unknown)))
    for destination_id in sorted(
        {id_ for id_, is_usual in known.items() if is_usual} if wanted is None else set(wanted)
    ):
        ShowDestination(base_id=ctx.base_id, show_id=show.id, destination_id=destination_id, enabled=True).save(
            force_insert=True
        )


def _present_cameras(ctx: Context, show: Show) -> list[str]:
    rows = Camera.objects.scoped(ctx).filter(room_id=show.room_id, removed_at=None).order_by("position")
    return [str(camera_id) for camera_id in rows.values_list("id", flat=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoLive:
    show_id: ShowId


@action("studio.go_live", request=GoLive, permission="studio.go_live", icon="show")
def go_live(ctx: Context, request: GoLive) -> ShowRef:
    """Put a planned show on air: its programme time starts now. On air already, nothing changes."""
    show = lock_open_show(ctx, request.show_id)
    if show.state == ShowState.PLANNED.value:
        on_air = find_live_show_of(ctx, show.room_id)
        if on_air is not None:
            raise RoomOnAir(number=on_air.number, title=on_air.title)
        show.state, show.started_at = ShowState.LIVE.value, ctx.at
        _start_programme(ctx, show)
        show.save(update_fields=["state", "started_at"])
        announce(ctx, ShowWentLive(show_id=request.show_id, room_id=RoomId(show.room_id), started_at=ctx.at))
    return ShowRef(show_id=request.show_id, number=show.number)


def _start_programme(ctx: Context, show: Show) -> None:
    """Take the room as it is now: cameras may have gone since the show was planned, and its picture changed."""
    present = [UUID(camera_id) for camera_id in _present_cameras(ctx, show)]
    if not present:
        raise RoomWithoutCamera
    programme = Programme.objects.scoped(ctx).one(show_id=show.id)
    layout, cameras = still_there(Layout(programme.layout), [UUID(c) for c in programme.cameras], present)
    programme.layout, programme.cameras = layout.value, [str(camera) for camera in cameras]
    picture = RoomPicture.objects.scoped(ctx).filter(room_id=show.room_id).first()
    if picture is not None:
        for name in PICTURE_FIELDS:
            setattr(programme, name, getattr(picture, name))
    # A room refuses a lower version than it holds, and it still holds that of its last show.
    earlier = Programme.objects.scoped(ctx).filter(room_id=show.room_id).aggregate(last=Max("version"))["last"]
    programme.version = earlier + 1
    programme.save()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndShow:
    show_id: ShowId


@action("studio.end_show", request=EndShow, permission="studio.end_show", icon="stop")
def end_show(ctx: Context, request: EndShow) -> ShowRef:
    """Take a show off the air for good, with the pitch that is running. Ended already, nothing changes."""
    show = lock_show(ctx, request.show_id)
    if show.state == ShowState.PLANNED.value:
        raise ShowNotLive(number=show.number)
    if show.state == ShowState.LIVE.value:
        assert show.started_at is not None
        end_open_pitch(ctx, show)
        # The clock may have been set back meanwhile; a show never ends before its start.
        show.state, show.ended_at = ShowState.ENDED.value, max(ctx.at, show.started_at)
        show.save(update_fields=["state", "ended_at"])
        announce(
            ctx,
            ShowEnded(
                show_id=request.show_id,
                room_id=RoomId(show.room_id),
                started_at=show.started_at,
                ended_at=show.ended_at,
            ),
        )
    return ShowRef(show_id=request.show_id, number=show.number)
