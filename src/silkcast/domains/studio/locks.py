"""The only locks of this domain. Whoever changes a show or its programme takes the show's row first."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from silkcast.domains.studio.contracts import ShowState
from silkcast.domains.studio.errors import ShowNotLive, ShowOver
from silkcast.domains.studio.models import Programme, Show
from silkcast.kernel.context import Context


def lock_show(ctx: Context, show_id: UUID) -> Show:
    found: Show = Show.objects.scoped(ctx).select_for_update().one(id=show_id)
    return found


def lock_open_show(ctx: Context, show_id: UUID) -> Show:
    """A show that is planned or on air; what an ended one showed is history."""
    show = lock_show(ctx, show_id)
    if show.state == ShowState.ENDED.value:
        raise ShowOver(number=show.number)
    return show


def lock_live_show(ctx: Context, show_id: UUID) -> Show:
    show = lock_show(ctx, show_id)
    if show.state != ShowState.LIVE.value:
        raise ShowNotLive(number=show.number)
    return show


def find_live_show_of(ctx: Context, room_id: UUID) -> Show | None:
    found: Show | None = (
        Show.objects.scoped(ctx).select_for_update().filter(room_id=room_id, state=ShowState.LIVE.value).first()
    )
    return found


def raise_version(ctx: Context, show_ids: list[UUID]) -> None:
    """Have the rooms of these shows told that something changed; part of the change's own commit."""
    Programme.objects.scoped(ctx).filter(show_id__in=sorted(show_ids)).update(version=F("version") + 1)
