from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import get_language

from silkcast.domains.control_room.labels import studio_words
from silkcast.domains.control_room.live import room_states
from silkcast.domains.studio.api import list_destinations, today
from silkcast.domains.studio.contracts import OutletState, Platform, ShowDestinationView, ShowView
from silkcast.kernel.context import Context
from silkcast.kernel.words import sentence


def listed(ctx: Context, on_air: Iterable[ShowView]) -> list[dict[str, Any]]:
    """The base's destinations with their fees today, and what the rooms on air say of each."""
    said = _said_by_rooms(on_air)
    return [
        {
            "id": row.id,
            "name": row.name,
            "platform": row.platform.value,
            "platform_words": studio_words("platform", row.platform),
            "is_own_shop": row.platform is Platform.OWN_SHOP,
            "url": row.url,
            "key_ending": row.key_ending,
            "fee_percent": percent_text(row.fee_bp),
            "fee_from": row.fee_from,
            "phase": said[row.id].phase if row.id in said else None,
            "phase_words": studio_words("phase", said[row.id].phase) if row.id in said else None,
            "in_new_shows": row.in_new_shows,
            "shows": row.shows,
        }
        for row in list_destinations(ctx, today(ctx))
    ]


def _said_by_rooms(on_air: Iterable[ShowView]) -> dict[UUID, OutletState]:
    states = room_states([show.room_id for show in on_air])
    return {UUID(outlet.id): outlet for state in states.values() for outlet in state.destinations}


def platforms() -> list[dict[str, str]]:
    """Those that one can push to: the own shop is always there and cannot be chosen."""
    return [
        {"value": platform.value, "words": studio_words("platform", platform)}
        for platform in Platform
        if platform is not Platform.OWN_SHOP
    ]


def percent_text(basis_points: int) -> str:
    """As people write a percentage: 250 is "2.5"."""
    return f"{(Decimal(basis_points) / 100).normalize():f}"


class DestinationRow(NamedTuple):
    """A destination as the console shows it."""

    id: UUID
    name: str
    platform_words: str
    enabled: bool
    phase: str
    phase_words: str
    reason_words: str
    acked_kbps: int
    bytes_acked: int
    tags_dropped: int
    attempts: int
    live_since: datetime | None
    retry_at: datetime | None


def of_show(row: ShowDestinationView) -> DestinationRow:
    return DestinationRow(
        id=row.id,
        name=row.name,
        platform_words=studio_words("platform", row.platform),
        enabled=row.is_enabled,
        phase=row.phase,
        phase_words=studio_words("phase", row.phase),
        reason_words=reason_of(row),
        acked_kbps=0,  # a rate needs two looks; the page's script works it out from the room's reports
        bytes_acked=row.bytes_acked,
        tags_dropped=row.tags_dropped,
        attempts=row.attempts,
        live_since=row.live_since,
        retry_at=row.retry_at,
    )


def reason_of(row: ShowDestinationView) -> str:
    """Why it is not live, in words; what went wrong before it was live is past."""
    if not row.reason or row.phase == "live":
        return ""
    return sentence(f"control_room.reason.{row.reason}", {}, get_language() or "en")


def state_words(row: ShowDestinationView) -> str:
    phase, reason = studio_words("phase", row.phase), reason_of(row)
    return f"{phase}: {reason}" if reason else phase
