from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count

from silkcast.domains.base import api as base
from silkcast.domains.studio.contracts import (
    DestinationView,
    OutletState,
    Platform,
    RoomState,
    ShowDestinationView,
)
from silkcast.domains.studio.models import Destination, DestinationFee, ShowDestination
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.storage.lookups import rows_by
from silkcast.media.rtmp.address import masked

Fee = tuple[int, date]


def _fees(ctx: Context, destination_ids: Iterable[UUID], on: date) -> dict[UUID, Fee]:
    """The newest fee of each that was valid on the day."""
    rows = DestinationFee.objects.scoped(ctx).filter(destination_id__in=list(destination_ids), valid_from__lte=on)
    return {row.destination_id: (row.basis_points, row.valid_from) for row in rows.order_by("valid_from")}


def today(ctx: Context) -> date:
    """The day by the base's own clock: fees change at its midnight."""
    return ctx.at.astimezone(ZoneInfo(base.get_base(ctx.base_id).time_zone)).date()


def fee_at(ctx: Context, destination_id: UUID, on: date) -> int:
    """Basis points that the destination keeps of a sale on a day; 0 before any was entered."""
    Destination.objects.scoped(ctx).one(id=destination_id)
    return _fees(ctx, [destination_id], on).get(destination_id, (0, on))[0]


def list_destinations(ctx: Context, on: date) -> list[DestinationView]:
    """The base's destinations, its own shop first, with the fee valid on a day and how many shows named each."""
    rows = list(Destination.objects.scoped(ctx).filter(removed_at=None).order_by("name"))
    rows.sort(key=lambda row: row.platform != Platform.OWN_SHOP.value)
    return _views(ctx, rows, on)


def get_destination(ctx: Context, destination_id: UUID, on: date) -> DestinationView:
    return _views(ctx, [Destination.objects.scoped(ctx).one(id=destination_id, removed_at=None)], on)[0]


def own_shop_destination(ctx: Context, on: date) -> DestinationView:
    """Where the base's own channel sells; its fee is the platform fee of shop orders."""
    row = Destination.objects.scoped(ctx).filter(platform=Platform.OWN_SHOP.value).first()
    if row is None:
        raise Missing(kind="destination", platform=Platform.OWN_SHOP.value)
    return _views(ctx, [row], on)[0]


def _views(ctx: Context, rows: list[Destination], on: date) -> list[DestinationView]:
    ids = [row.id for row in rows]
    fees = _fees(ctx, ids, on)
    named = ShowDestination.objects.scoped(ctx).filter(destination_id__in=ids, enabled=True)
    shows = dict(named.values_list("destination_id").annotate(shows=Count("id")))
    return [
        DestinationView(
            id=row.id,
            name=row.name,
            platform=Platform(row.platform),
            url=masked(row.url),
            key_ending=row.key_ending,
            fee_bp=fees[row.id][0] if row.id in fees else 0,
            fee_from=fees[row.id][1] if row.id in fees else None,
            in_new_shows=row.in_new_shows,
            shows=shows.get(row.id, 0),
        )
        for row in rows
    ]


def list_show_destinations(ctx: Context, show_id: UUID, *, state: RoomState | None = None) -> list[ShowDestinationView]:
    """Where a show is or could be pushed to; one removed since stays visible on the shows that named it."""
    return list_destinations_of_shows(ctx, {show_id: state})[show_id]


def list_destinations_of_shows(
    ctx: Context, states: Mapping[UUID, RoomState | None]
) -> dict[UUID, list[ShowDestinationView]]:
    """The same of many shows, each with what its room said of itself."""
    named: dict[UUID, dict[UUID, ShowDestination]] = {show_id: {} for show_id in states}
    for choice in rows_by(ShowDestination, ctx.base_id, show_id=list(states)):
        named[choice.show_id][choice.destination_id] = choice
    ever_named = {destination_id for chosen in named.values() for destination_id in chosen}
    rows = [
        row
        for row in sorted(rows_by(Destination, ctx.base_id), key=attrgetter("name"))
        if row.platform != Platform.OWN_SHOP.value and (row.removed_at is None or row.id in ever_named)
    ]
    found: dict[UUID, list[ShowDestinationView]] = {}
    for show_id, state in states.items():
        chosen = named[show_id]
        said: dict[str, OutletState] = {}
        if state is not None and state.show_id == str(show_id):
            said = {outlet.id: outlet for outlet in state.destinations}
        found[show_id] = [
            _show_destination(row, chosen.get(row.id), said.get(str(row.id)))
            for row in rows
            if row.removed_at is None or row.id in chosen
        ]
    return found


def _show_destination(row: Destination, named: ShowDestination | None, said: OutletState | None) -> ShowDestinationView:
    is_enabled = named is not None and named.enabled and row.removed_at is None
    said = said if said is not None and is_enabled else OutletState(id=str(row.id))
    return ShowDestinationView(
        id=row.id,
        name=row.name,
        platform=Platform(row.platform),
        is_enabled=is_enabled,
        attempt=named.attempt if named is not None else 0,
        phase=said.phase,
        reason=said.reason or "",
        bytes_acked=said.bytes_acked,
        tags_dropped=said.tags_dropped,
        attempts=said.attempts,
        live_since=_moment(said.live_since_ms),
        retry_at=_moment(said.retry_at_ms),
    )


def _moment(unix_ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(unix_ms / 1000, UTC) if unix_ms else None
