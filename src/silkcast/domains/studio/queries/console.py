"""All that the console of one show displays, in one consistent reading."""

from __future__ import annotations

from uuid import UUID

from silkcast.domains.base import api as base
from silkcast.domains.studio.contracts import ConsoleView, OverlayKind, OverlayView, ProgrammeView, RoomState
from silkcast.domains.studio.engine.documents import SIMULATED_LABEL
from silkcast.domains.studio.models import Programme
from silkcast.domains.studio.queries.destinations import list_show_destinations
from silkcast.domains.studio.queries.rooms import list_cameras, list_scenes, programme_view
from silkcast.domains.studio.queries.rundown import list_rundown
from silkcast.domains.studio.queries.shows import get_show, programme_ms
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.storage.lookups import rows_by


def get_console(ctx: Context, show_id: UUID, *, state: RoomState | None = None) -> ConsoleView:
    """`state` is what the show's room says of itself now; without it cameras are absent and destinations off."""
    show = get_show(ctx, show_id)
    programme, overlays = get_desk(ctx, show_id)
    of_room = state if state is not None and state.room_id == str(show.room_id) else None
    return ConsoleView(
        show=show,
        room_name=base.get_room(ctx, show.room_id).name,
        programme=programme,
        programme_ms=programme_ms(show, ctx.at),
        cameras=tuple(list_cameras(ctx, show.room_id, state=of_room, programme=programme)),
        scenes=tuple(list_scenes(ctx, show.room_id, programme=programme)),
        overlays=overlays,
        rundown=tuple(list_rundown(ctx, show, ctx.at)),
        destinations=tuple(list_show_destinations(ctx, show_id, state=of_room)),
    )


def get_desk(
    ctx: Context, show_id: UUID, *, is_simulated: bool | None = None
) -> tuple[ProgrammeView, tuple[OverlayView, ...]]:
    """What goes on air now, and the overlays that may lie over it.

    `is_simulated` is the base's, where it has been read already.
    """
    rows = rows_by(Programme, ctx.base_id, show_id=[show_id])
    if not rows:
        raise Missing(kind="programme", show_id=str(show_id))
    if is_simulated is None:
        is_simulated = base.get_base(ctx.base_id).is_simulated
    return programme_view(rows[0]), tuple(_overlays(rows[0], is_simulated=is_simulated))


def list_overlays(ctx: Context, show_id: UUID) -> list[OverlayView]:
    return list(get_desk(ctx, show_id)[1])


def _overlays(programme: Programme, *, is_simulated: bool) -> list[OverlayView]:
    card = OverlayKind.PRICE_CARD
    found = [OverlayView(kind=card, is_visible=card.value not in programme.hidden_overlays, is_locked=False)]
    if is_simulated:
        found.append(OverlayView(kind=OverlayKind.LABEL, is_visible=True, is_locked=True, text=SIMULATED_LABEL))
    return found
