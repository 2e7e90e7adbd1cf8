from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from silkcast.domains.studio.contracts import Platform, ShowState
from silkcast.domains.studio.errors import OwnShopFixed
from silkcast.domains.studio.events import ShowDestinationSet
from silkcast.domains.studio.locks import lock_live_show, lock_open_show, raise_version
from silkcast.domains.studio.models import Destination, Show, ShowDestination
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import ShowId


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDestinationRef:
    show_id: ShowId
    destination_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SetShowDestination:
    show_id: ShowId
    destination_id: UUID
    enabled: bool


@action(
    "studio.set_show_destination",
    request=SetShowDestination,
    permission="studio.set_show_destination",
    icon="destination",
)
def set_show_destination(ctx: Context, request: SetShowDestination) -> ShowDestinationRef:
    """Push a show to a destination, or stop; at once when on air. The others notice nothing."""
    show = lock_open_show(ctx, request.show_id)
    destination = Destination.objects.scoped(ctx).one(id=request.destination_id, removed_at=None)
    if destination.platform == Platform.OWN_SHOP.value:
        raise OwnShopFixed
    ref = ShowDestinationRef(show_id=request.show_id, destination_id=request.destination_id)
    named = ShowDestination.objects.scoped(ctx).filter(show_id=show.id, destination_id=destination.id).first()
    if named is None and not request.enabled:
        return ref
    if named is None:
        named = ShowDestination(
            base_id=ctx.base_id, show_id=show.id, destination_id=destination.id, enabled=request.enabled
        )
        named.save(force_insert=True)
    elif named.enabled is not request.enabled:
        named.enabled = request.enabled
        named.save(update_fields=["enabled"])
    else:
        return ref
    _say(ctx, request.show_id, named)
    return ref


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDestination:
    show_id: ShowId
    destination_id: UUID


@action("studio.retry_destination", request=RetryDestination, permission="studio.set_show_destination", icon="retry")
def retry_destination(ctx: Context, request: RetryDestination) -> ShowDestinationRef:
    """Have the room connect to one destination anew, without waiting for its own next try."""
    show = lock_live_show(ctx, request.show_id)
    rows = ShowDestination.objects.scoped(ctx).filter(show_id=show.id, enabled=True)
    named = rows.one(destination_id=request.destination_id)
    rows.filter(id=named.id).update(attempt=F("attempt") + 1)
    named.attempt += 1
    _say(ctx, request.show_id, named)
    return ShowDestinationRef(show_id=request.show_id, destination_id=request.destination_id)


def join_planned_shows(ctx: Context, destination_id: UUID) -> None:
    """A new destination is on for the shows that are yet to come; one on air keeps those that it has."""
    planned = Show.objects.scoped(ctx).select_for_update().filter(state=ShowState.PLANNED.value).order_by("id")
    for show in planned:
        named = ShowDestination(base_id=ctx.base_id, show_id=show.id, destination_id=destination_id, enabled=True)
        named.save(force_insert=True)
        _say(ctx, ShowId(show.id), named)


def _say(ctx: Context, show_id: ShowId, named: ShowDestination) -> None:
    raise_version(ctx, [show_id])
    announce(
        ctx,
        ShowDestinationSet(
            show_id=show_id,
            destination_id=named.destination_id,
            enabled=named.enabled,
            attempt=named.attempt,
        ),
    )
