from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max

from silkcast.domains.base.contracts import RoomKind
from silkcast.domains.base.models import Base, Room
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Conflict
from silkcast.kernel.ids import RoomId, new_id
from silkcast.kernel.places import zone_or_utc
from silkcast.kernel.signs import is_alike
from silkcast.kernel.texts import name_of


class RoomNameTaken(Conflict):
    code = "base.room_name_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRoom:
    name: str
    kind: RoomKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRef:
    added_room_id: RoomId


@action("base.add_room", request=AddRoom, permission="base.set_room", icon="plus")
def add_room(ctx: Context, request: AddRoom) -> RoomRef:
    """Open one more live room in the base's own time zone."""
    name = name_of(request.name)
    rooms = Room.objects.scoped(ctx)
    if is_alike(name, rooms.values_list("name", flat=True)):
        raise RoomNameTaken(name=name)
    base = Base.objects.get(id=ctx.base_id)
    last = rooms.aggregate(last=Max("number"))["last"] or 0
    room = Room(
        id=new_id(),
        base_id=ctx.base_id,
        number=last + 1,
        name=name,
        kind=request.kind.value,
        time_zone=zone_or_utc(base.time_zone),
    )
    room.save(force_insert=True)
    return RoomRef(added_room_id=RoomId(room.id))
