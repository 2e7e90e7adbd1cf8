"""What the processes outside need of all bases at once: shows on air, and the keys of the RTMP port.

Read by the worker's control alone; stream keys of platforms leave their seal here and go to rooms only.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from silkcast.domains.base import api as base
from silkcast.domains.studio.contracts import IngestKey, LiveShow, Outlet, OverlayKind, ShowState
from silkcast.domains.studio.models import Camera, Destination, Programme, Show, ShowDestination
from silkcast.domains.studio.queries.rooms import list_cameras, programme_view
from silkcast.domains.studio.queries.rundown import find_open_pitch
from silkcast.domains.studio.queries.shows import show_view
from silkcast.domains.studio.stream_keys import subject_of_key
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.ids import BaseId, RoomId
from silkcast.kernel.storage.keys import keyring

logger = logging.getLogger(__name__)


def system_context(base_id: UUID, at: datetime, language: str = "en") -> Context:
    return Context(base_id=BaseId(base_id), actor=SYSTEM, at=at, language=language)


def list_live_versions() -> dict[UUID, int]:
    """Every show on air in all bases, with the version of its programme: whatever a room is told raises it."""
    live = Show.objects.across_bases().filter(state=ShowState.LIVE.value).order_by("id")
    show_ids = list(live.values_list("id", flat=True))
    versions = dict(Programme.objects.across_bases().filter(show_id__in=show_ids).values_list("show_id", "version"))
    return {show_id: versions[show_id] for show_id in show_ids if show_id in versions}


def get_live_show(show_id: UUID, at: datetime) -> LiveShow | None:
    """All that the room of a show on air must know; None when it is on air no more."""
    row = Show.objects.across_bases().filter(id=show_id, state=ShowState.LIVE.value).first()
    return _live_show(system_context(row.base_id, at, row.language), row) if row is not None else None


def _live_show(ctx: Context, row: Show) -> LiveShow:
    programme = Programme.objects.scoped(ctx).one(show_id=row.id)
    pitch = find_open_pitch(ctx, row.id)
    return LiveShow(
        show=show_view(row),
        is_simulated=base.get_base(row.base_id).is_simulated,
        programme=programme_view(programme),
        is_card_visible=OverlayKind.PRICE_CARD.value not in programme.hidden_overlays,
        cameras=tuple(list_cameras(ctx, row.room_id)),
        outlets=tuple(_outlets(ctx, row.id)),
        on_pitch=pitch.product_id if pitch is not None else None,
    )


def _outlets(ctx: Context, show_id: UUID) -> list[Outlet]:
    named = {row.destination_id: row for row in ShowDestination.objects.scoped(ctx).filter(show_id=show_id)}
    rows = Destination.objects.scoped(ctx).filter(id__in=list(named), removed_at=None).order_by("name")
    outlets = []
    for row in rows:
        key = _unsealed(row)
        if key is None:
            logger.error("studio.stream_key_lost", extra={"facts": {"destination_id": str(row.id)}})
            continue
        outlets.append(
            Outlet(
                id=row.id,
                name=row.name,
                url=row.url,
                stream_key=key,
                is_enabled=named[row.id].enabled,
                attempt=named[row.id].attempt,
            )
        )
    return outlets


def _unsealed(row: Destination) -> str | None:
    """The stream key, "" for an address that needs none, None when the key ring has forgotten it."""
    if not row.sealed_key:
        return ""
    plain = keyring().unseal(subject_of_key(row.id), bytes(row.sealed_key))
    return plain.decode() if plain is not None else None


def list_ingest_keys() -> list[IngestKey]:
    """Every camera's key in all bases, in a fixed order."""
    rows = Camera.objects.across_bases().filter(removed_at=None).order_by("id")
    return [
        IngestKey(key_sha256=digest, room_id=RoomId(room_id), camera_id=camera_id)
        for digest, room_id, camera_id in rows.values_list("key_digest", "room_id", "id")
    ]
