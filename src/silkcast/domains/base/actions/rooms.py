from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max

from silkcast.domains.base.contracts import RoomKind
from silkcast.domains.base.models import Base, Room
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.ids import RoomId, new_id


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
    if not request.name.strip():
        raise Invalid(reason="name")
    base = Base.objects.get(id=ctx.base_id)
    last = Room.objects.scoped(ctx).aggregate(last=Max("number"))["last"] or 0
    room = Room(
        id=new_id(),
        base_id=ctx.base_id,
        number=last + 1,
        name=request.name.strip(),
        kind=request.kind.value,
        time_zone=base.time_zone,
    )
    room.save(force_insert=True)
    return RoomRef(added_room_id=RoomId(room.id))
