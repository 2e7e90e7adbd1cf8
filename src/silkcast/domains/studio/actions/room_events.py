from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from silkcast.domains.base import api as base
from silkcast.domains.studio.contracts import RoomEvent, RoomEventKind
from silkcast.domains.studio.events import CameraConnected, CameraLost, DestinationLive, DestinationLost
from silkcast.domains.studio.models import Camera, Destination, RoomSpool, Show
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import Event, announce
from silkcast.kernel.ids import RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRoomEvents:
    """What a room wrote into its spool, in order. `spool` names the file: a new one counts from 1 again."""

    room_id: RoomId
    spool: str
    events: tuple[RoomEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """`sequence`: up to where the room may forget."""

    sequence: int
    events: int


@action("studio.record_room_events", request=RecordRoomEvents, permission="studio.record_room_events", icon="activity")
def record_room_events(ctx: Context, request: RecordRoomEvents) -> Recorded:
    """Announce what a room saw, each line once however often it is sent. No role holds this: only the system."""
    base.get_room(ctx, request.room_id)
    held = RoomSpool.objects.scoped(ctx).select_for_update().filter(room_id=request.room_id).first()
    last = held.sequence if held is not None and held.spool == request.spool else 0
    news = sorted((line for line in request.events if line.sequence > last), key=lambda line: line.sequence)
    facts = _facts(ctx, request.room_id, news)
    for fact in facts:
        announce(ctx, fact)
    if news:
        last = news[-1].sequence
        values = {"spool": request.spool, "sequence": last}
        if held is not None:
            RoomSpool.objects.scoped(ctx).filter(id=held.id).update(**values)
        else:
            RoomSpool(base_id=ctx.base_id, room_id=request.room_id, **values).save(force_insert=True)
    return Recorded(sequence=last, events=len(facts))


def _facts(ctx: Context, room_id: RoomId, lines: list[RoomEvent]) -> list[Event]:
    """The facts of lines that name this room's shows and things of the base; a demo base may be gone meanwhile."""
    named = {line.subject_id for line in lines}
    shows = _ids(Show.objects.scoped(ctx).filter(room_id=room_id, id__in={line.show_id for line in lines}))
    cameras = _ids(Camera.objects.scoped(ctx).filter(room_id=room_id, id__in=named))
    destinations = _ids(Destination.objects.scoped(ctx).filter(id__in=named))
    return [
        _fact(room_id, line)
        for line in lines
        if line.show_id in shows and line.subject_id in (cameras if _is_camera(line) else destinations)
    ]


def _ids(rows: Any) -> set[UUID]:
    return set(rows.values_list("id", flat=True))


def _is_camera(line: RoomEvent) -> bool:
    return line.kind in (RoomEventKind.CAMERA_CONNECTED, RoomEventKind.CAMERA_LOST)


def _fact(room_id: RoomId, line: RoomEvent) -> Event:
    show_id, thing, at_ms, on_air_ms = line.show_id, line.subject_id, line.at_ms, line.programme_ms
    match line.kind:
        case RoomEventKind.CAMERA_CONNECTED:
            return CameraConnected(
                show_id=show_id, room_id=room_id, camera_id=thing, at_ms=at_ms, programme_ms=on_air_ms
            )
        case RoomEventKind.CAMERA_LOST:
            return CameraLost(
                show_id=show_id,
                room_id=room_id,
                camera_id=thing,
                at_ms=at_ms,
                programme_ms=on_air_ms,
                reason=line.reason,
            )
        case RoomEventKind.DESTINATION_LIVE:
            return DestinationLive(
                show_id=show_id, room_id=room_id, destination_id=thing, at_ms=at_ms, programme_ms=on_air_ms
            )
        case RoomEventKind.DESTINATION_LOST:
            return DestinationLost(
                show_id=show_id,
                room_id=room_id,
                destination_id=thing,
                at_ms=at_ms,
                programme_ms=on_air_ms,
                reason=line.reason,
            )
