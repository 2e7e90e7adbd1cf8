from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from silkcast.domains.base.api import list_people
from silkcast.domains.base.contracts import BaseView, Role, RoomView
from silkcast.domains.catalog.api import currencies
from silkcast.domains.control_room.labels import (
    LANGUAGES,
    SHOW_STATES,
    language_words,
    named_options,
    studio_words,
)
from silkcast.domains.control_room.live import metrics_of
from silkcast.domains.control_room.queries.listing import ROWS, offset, page_of
from silkcast.domains.payments.api import sales_of_shows
from silkcast.domains.studio.api import list_shows
from silkcast.domains.studio.contracts import ShowState, ShowView
from silkcast.kernel.context import Context, permits
from silkcast.kernel.ids import RoomId

SHOW_LANGUAGES = tuple(LANGUAGES)
STATES = {shown: state for state, shown in SHOW_STATES.items()}


def listed(ctx: Context, of_base: Sequence[RoomView], *, query: str, state: str, number: int) -> dict[str, Any]:
    found = list_shows(ctx, search=query, state=STATES.get(state), offset=offset(number), limit=ROWS)
    ids = [show.id for show in found.items]
    sales = sales_of_shows(ctx, ids)
    begun = [show.id for show in found.items if show.state is not ShowState.PLANNED]
    metrics = metrics_of(ctx, begun)
    rooms = {room.id: room.name for room in of_base}
    goes_to_console = permits(ctx, "read.rooms")
    rows = [
        {
            **_show(show, rooms),
            "url": f"/control/shows/{show.id}" if goes_to_console else f"/control/shows/{show.id}/airtime",
            "gmv": sales[show.id].gmv,
            "orders": sales[show.id].orders,
            "viewers": metrics[show.id].viewers if show.id in metrics else None,
        }
        for show in found.items
    ]
    return {
        "page": page_of(rows, found.total, number),
        "query": query,
        "state": state,
        "states": [{"value": shown, "words": studio_words("state", kind)} for kind, shown in SHOW_STATES.items()],
    }


def _show(show: ShowView, rooms: Mapping[RoomId, str]) -> dict[str, Any]:
    return {
        "id": show.id,
        "number": show.number,
        "title": show.title,
        "room_name": rooms.get(show.room_id, ""),
        "host_name": show.host_name,
        "state": SHOW_STATES[show.state],
        "state_words": studio_words("state", show.state),
        "planned_at": show.planned_at,
        "started_at": show.started_at,
        "ended_at": show.ended_at,
    }


def choices(ctx: Context, home: BaseView, of_base: Sequence[RoomView]) -> dict[str, Any]:
    """What the form for a new show offers."""
    hosts = [person for person in list_people(ctx) if any(grant.role is Role.HOST for grant in person.grants)]
    return {
        "rooms": named_options(of_base),
        "hosts": named_options(hosts),
        "languages": [{"value": code, "words": language_words(code)} for code in SHOW_LANGUAGES],
        "currencies": [
            {"value": currency, "words": currency}
            for currency in sorted({home.currency, *currencies(ctx, home.currency)})
        ],
    }
