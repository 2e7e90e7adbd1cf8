from __future__ import annotations

from dataclasses import dataclass

from silkcast.domains.base.events import BaseSet
from silkcast.domains.base.models import Base, Room
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import BaseId
from silkcast.kernel.places import zone_of
from silkcast.kernel.texts import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBase:
    """What is None stays as it is. The currency stays for good: books are kept in it."""

    name: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRef:
    set_base_id: BaseId


@action("base.set_base", request=SetBase, icon="edit")
def set_base(ctx: Context, request: SetBase) -> BaseRef:
    """Give the base another name or time zone; its rooms that kept the old zone follow."""
    row = Base.objects.get(id=ctx.base_id)
    name = row.name if request.name is None else name_of(request.name)
    zone = row.time_zone if request.time_zone is None else zone_of(request.time_zone)
    if (name, zone) != (row.name, row.time_zone):
        Room.objects.scoped(ctx).filter(time_zone=row.time_zone).update(time_zone=zone)
        Base.objects.filter(id=ctx.base_id).update(name=name, time_zone=zone)
        announce(ctx, BaseSet(base_id=ctx.base_id, time_zone=zone))
    return BaseRef(set_base_id=ctx.base_id)
