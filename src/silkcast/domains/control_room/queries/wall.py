from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from silkcast.domains.audience.contracts import ShowMetrics
from silkcast.domains.base.contracts import BaseView, RoomView
from silkcast.domains.control_room.labels import ROOM_KINDS
from silkcast.domains.control_room.live import metrics_of, room_states
from silkcast.domains.control_room.queries.destinations import state_words
from silkcast.domains.orders.api import totals_since
from silkcast.domains.payments.api import sales_of_shows, sales_since
from silkcast.domains.payments.contracts import ShowSales
from silkcast.domains.studio.api import (
    count_cameras,
    list_destinations_of_shows,
    list_upcoming_shows,
)
from silkcast.domains.studio.contracts import Presence, RoomState, ShowDestinationView, ShowView
from silkcast.kernel.context import Context

UPCOMING_READ_MAX = 200


class Wall:
    """Every room with what is on air in it, or what comes next; and what the base sold today."""

    def __init__(self, ctx: Context, home: BaseView, rooms: Sequence[RoomView], live: Sequence[ShowView]) -> None:
        self._ctx = ctx
        self._home = home
        self._rooms = rooms
        self._live = live

    @cached_property
    def _metrics(self) -> dict[UUID, ShowMetrics]:
        return metrics_of(self._ctx, [show.id for show in self._live])

    def rooms(self) -> list[dict[str, Any]]:
        live = {show.room_id: show for show in self._live}
        states = room_states([room.id for room in self._rooms])
        sales = sales_of_shows(self._ctx, [show.id for show in self._live], base_currency=self._home.currency)
        cameras = count_cameras(self._ctx)
        coming = _soonest(self._ctx)
        said: dict[UUID, RoomState | None] = {show.id: states.get(show.room_id) for show in self._live}
        destinations = list_destinations_of_shows(self._ctx, said)
        return [
            {
                **_room(room, states.get(room.id)),
                "state": _state(live.get(room.id), states.get(room.id)),
                "cameras_total": cameras.get(room.id, 0),
                "show": _show(live[room.id], sales, self._metrics, destinations) if room.id in live else None,
                "next_show": coming.get(room.id),
            }
            for room in self._rooms
        ]

    def totals(self) -> dict[str, Any]:
        """Today's, as the base's own clock counts days."""
        since = midnight(self._ctx.at, self._home.time_zone)
        sales = sales_since(self._ctx, since, base_currency=self._home.currency)
        orders, units = totals_since(self._ctx, since)
        metrics = self._metrics
        return {
            "gmv": sales.gmv,
            "net": sales.gmv - sales.refunds,
            "orders": orders,
            "units": units,
            "online": sum(counted.online for counted in metrics.values()) if metrics or not self._live else None,
            "shows_on_air": len(self._live),
        }


def _room(room: RoomView, state: RoomState | None) -> dict[str, Any]:
    seen = state.cameras if state is not None else []
    return {
        "id": room.id,
        "name": room.name,
        "kind_words": ROOM_KINDS[room.kind],
        "picture_url": f"/control/rooms/{room.id}/picture.jpg",
        "cameras_live": sum(camera.state is Presence.LIVE for camera in seen),
    }


def _state(live: ShowView | None, state: RoomState | None) -> str:
    if live is not None:
        return "on_air"
    return "ready" if state is not None else "off"


def _show(
    show: ShowView,
    sales: Mapping[UUID, ShowSales],
    metrics: Mapping[UUID, ShowMetrics],
    destinations: Mapping[UUID, Sequence[ShowDestinationView]],
) -> dict[str, Any]:
    counted = metrics.get(show.id)
    return {
        "id": show.id,
        "title": show.title,
        "host_name": show.host_name,
        "started_at": show.started_at,
        "online": counted.online if counted is not None else None,
        "interaction_rate": counted.interaction_rate if counted is not None else None,
        "gmv": sales[show.id].gmv,
        "orders": sales[show.id].orders,
        "destinations": [
            {"id": row.id, "name": row.name, "phase": row.phase, "reason_words": state_words(row)}
            for row in destinations[show.id]
            if row.is_enabled
        ],
    }


def _soonest(ctx: Context) -> dict[UUID, dict[str, Any]]:
    """The next show of each room that has one."""
    found: dict[UUID, dict[str, Any]] = {}
    for show in list_upcoming_shows(ctx, limit=UPCOMING_READ_MAX):
        found.setdefault(
            show.room_id,
            {"id": show.id, "title": show.title, "planned_at": show.planned_at, "host_name": show.host_name},
        )
    return found


def midnight(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
