from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from silkcast.domains.base import api as base
from silkcast.domains.studio.contracts import RoomEvent, RoomEventKind
from silkcast.domains.studio.events import (
    CameraConnected,
    CameraEnded,
    CameraLost,
    CameraRefused,
    CameraReturned,
    CameraStalled,
    DestinationEnded,
    DestinationLive,
    DestinationLost,
    DestinationRefused,
    EncoderRestored,
    EncoderShed,
    RoomStarted,
    RoomStopped,
)
from silkcast.domains.studio.models import Camera, Destination, RoomSpool, Show
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import Event, announce
from silkcast.kernel.ids import RoomId, ShowId


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


@action("studio.record_room_events", request=RecordRoomEvents, permission="studio.record_room_events", icon="note")
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
    known: dict[str, set[UUID]] = {
        "camera": _ids(Camera.objects.scoped(ctx).filter(room_id=room_id, id__in=named)),
        "destination": _ids(Destination.objects.scoped(ctx).filter(id__in=named)),
        "room": {room_id},
        "encoder": {room_id},
    }
    return [
        _fact(room_id, line)
        for line in lines
        if line.show_id in shows and line.subject_id in known[line.kind.partition("_")[0]]
    ]


def _ids(rows: Any) -> set[UUID]:
    return set(rows.values_list("id", flat=True))


class _Seen(TypedDict):
    show_id: ShowId
    room_id: RoomId
    at_ms: int
    programme_ms: int


def _fact(room_id: RoomId, line: RoomEvent) -> Event:
    seen = _Seen(show_id=line.show_id, room_id=room_id, at_ms=line.at_ms, programme_ms=line.programme_ms)
    subject_id, reason, kind = line.subject_id, line.reason, RoomEventKind
    match line.kind:
        case kind.ROOM_STARTED:
            return RoomStarted(**seen)
        case kind.ROOM_STOPPED:
            return RoomStopped(**seen)
        case kind.CAMERA_CONNECTED:
            return CameraConnected(**seen, camera_id=subject_id)
        case kind.CAMERA_LOST:
            return CameraLost(**seen, camera_id=subject_id, reason=reason)
        case kind.CAMERA_ENDED:
            return CameraEnded(**seen, camera_id=subject_id, reason=reason)
        case kind.CAMERA_REFUSED:
            return CameraRefused(**seen, camera_id=subject_id, reason=reason)
        case kind.CAMERA_STALLED:
            return CameraStalled(**seen, camera_id=subject_id)
        case kind.CAMERA_RETURNED:
            return CameraReturned(**seen, camera_id=subject_id)
        case kind.DESTINATION_LIVE:
            return DestinationLive(**seen, destination_id=subject_id)
        case kind.DESTINATION_LOST:
            return DestinationLost(**seen, destination_id=subject_id, reason=reason)
        case kind.DESTINATION_ENDED:
            return DestinationEnded(**seen, destination_id=subject_id)
        case kind.DESTINATION_REFUSED:
            return DestinationRefused(**seen, destination_id=subject_id, reason=reason)
        case kind.ENCODER_SHED:
            return EncoderShed(**seen, preset=line.preset)
        case kind.ENCODER_RESTORED:
            return EncoderRestored(**seen, preset=line.preset)
