from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.base import api as base
from silkcast.domains.studio.contracts import Layout, OverlayKind
from silkcast.domains.studio.engine.pitches import programme_ms
from silkcast.domains.studio.engine.scenes import CAMERAS_LEAST, is_complete
from silkcast.domains.studio.errors import OverlayLocked, SceneIncomplete
from silkcast.domains.studio.events import OverlayChanged, SceneSwitched
from silkcast.domains.studio.locks import lock_open_show, raise_version
from silkcast.domains.studio.models import Camera, Programme
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.events import announce
from silkcast.kernel.ids import ShowId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeRef:
    show_id: ShowId


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchScene:
    """`camera_ids`: the main one first; more than the layout has places are spares, in order."""

    show_id: ShowId
    layout: Layout
    camera_ids: tuple[UUID, ...]


@action("studio.switch_scene", request=SwitchScene, permission="studio.switch_scene", icon="swap")
def switch_scene(ctx: Context, request: SwitchScene) -> ProgrammeRef:
    """Choose what a show shows: at once on air, or ready for going live. The same scene again changes nothing."""
    show = lock_open_show(ctx, request.show_id)
    require_cameras(ctx, show.room_id, request.layout, request.camera_ids)
    programme = Programme.objects.scoped(ctx).one(show_id=show.id)
    wanted = (request.layout.value, [str(camera_id) for camera_id in request.camera_ids])
    if wanted != (programme.layout, programme.cameras):
        programme.layout, programme.cameras = wanted
        programme.save(update_fields=["layout", "cameras"])
        raise_version(ctx, [show.id])
        announce(
            ctx,
            SceneSwitched(
                show_id=request.show_id,
                layout=request.layout.value,
                camera_ids=request.camera_ids,
                programme_ms=programme_ms(show.started_at, None, ctx.at),
            ),
        )
    return ProgrammeRef(show_id=request.show_id)


def require_cameras(ctx: Context, room_id: UUID, layout: Layout, camera_ids: tuple[UUID, ...]) -> None:
    """Refuse a scene whose places cannot all be filled by cameras of the room."""
    if not is_complete(layout, camera_ids):
        raise SceneIncomplete(layout=layout.value, cameras=len(set(camera_ids)), cameras_least=CAMERAS_LEAST[layout])
    present = Camera.objects.scoped(ctx).filter(room_id=room_id, removed_at=None, id__in=camera_ids)
    gone = set(camera_ids) - set(present.values_list("id", flat=True))
    if gone:
        raise Missing(kind="camera", id=str(min(gone)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOverlay:
    show_id: ShowId
    kind: OverlayKind
    visible: bool


@action("studio.set_overlay", request=SetOverlay, permission="studio.set_overlay", icon="picture_in_picture")
def set_overlay(ctx: Context, request: SetOverlay) -> ProgrammeRef:
    """Show or hide a graphic. The price card shows only while a product is on pitch."""
    show = lock_open_show(ctx, request.show_id)
    if request.kind is OverlayKind.LABEL:
        _require_label(ctx, request)
        return ProgrammeRef(show_id=request.show_id)
    programme = Programme.objects.scoped(ctx).one(show_id=show.id)
    if request.visible is (request.kind.value in programme.hidden_overlays):
        hidden = set(programme.hidden_overlays) ^ {request.kind.value}
        programme.hidden_overlays = sorted(hidden)
        programme.save(update_fields=["hidden_overlays"])
        raise_version(ctx, [show.id])
        announce(
            ctx,
            OverlayChanged(
                show_id=request.show_id,
                kind=request.kind.value,
                visible=request.visible,
                programme_ms=programme_ms(show.started_at, None, ctx.at),
            ),
        )
    return ProgrammeRef(show_id=request.show_id)


def _require_label(ctx: Context, request: SetOverlay) -> None:
    if not base.get_base(ctx.base_id).is_simulated:
        raise Missing(kind="overlay", id=request.kind.value)
    if not request.visible:
        raise OverlayLocked
