from __future__ import annotations

from collections import Counter
from dataclasses import fields
from operator import attrgetter
from uuid import UUID

from silkcast.domains.studio.contracts import (
    CameraState,
    CameraView,
    Layout,
    Picture,
    Presence,
    ProgrammeView,
    RoomState,
    SceneView,
)
from silkcast.domains.studio.engine.documents import ids_of
from silkcast.domains.studio.engine.scenes import CAMERAS_LEAST, on_air
from silkcast.domains.studio.models import Camera, Pictured, Programme, RoomPicture, Scene
from silkcast.kernel.context import Context
from silkcast.kernel.ids import RoomId, ShowId
from silkcast.kernel.storage.lookups import columns_of, rows_by

PICTURE_FIELDS = tuple(part.name for part in fields(Picture))


def picture_of(row: Pictured) -> Picture:
    return Picture(**{name: getattr(row, name) for name in PICTURE_FIELDS})


def get_room_picture(ctx: Context, room_id: UUID) -> Picture:
    """What the room's next programme is made like; the defaults until somebody sets it."""
    row = RoomPicture.objects.scoped(ctx).filter(room_id=room_id).first()
    return picture_of(row) if row is not None else Picture()


def programme_view(row: Programme) -> ProgrammeView:
    return ProgrammeView(
        show_id=ShowId(row.show_id),
        layout=Layout(row.layout),
        camera_ids=ids_of(row.cameras),
        picture=picture_of(row),
        version=row.version,
    )


def get_programme(ctx: Context, show_id: UUID) -> ProgrammeView:
    return programme_view(Programme.objects.scoped(ctx).one(show_id=show_id))


def _camera_view(row: Camera, said: CameraState | None, *, is_on_air: bool) -> CameraView:
    return CameraView(
        id=row.id,
        room_id=RoomId(row.room_id),
        name=row.name,
        position=row.position,
        key_ending=row.key_ending,
        presence=said.state if said is not None else Presence.ABSENT,
        is_on_air=is_on_air,
        warnings=tuple(said.warnings) if said is not None else (),
    )


def list_cameras(
    ctx: Context, room_id: UUID, *, state: RoomState | None = None, programme: ProgrammeView | None = None
) -> list[CameraView]:
    """The room's cameras by key of the console; those that viewers see are on air.

    `state` is what the room says of itself now, if it runs; without it, what the programme wants is taken for seen.
    """
    said = {camera.id: camera for camera in state.cameras} if state is not None else {}
    seen = _on_air(programme, state) if programme is not None else set()
    return [
        _camera_view(row, said.get(str(row.id)), is_on_air=str(row.id) in seen)
        for row in sorted(rows_by(Camera, ctx.base_id, room_id=[room_id]), key=attrgetter("position"))
        if row.removed_at is None
    ]


def cameras_wanted(programme: ProgrammeView) -> tuple[UUID, ...]:
    """Those that the layout has places for; more are spares."""
    return programme.camera_ids[: CAMERAS_LEAST[programme.layout]]


def _on_air(programme: ProgrammeView, state: RoomState | None) -> set[str]:
    wanted = [str(camera_id) for camera_id in cameras_wanted(programme)]
    if state is None or state.show_id != str(programme.show_id):
        return set(wanted)
    with_picture = [camera.id for camera in state.cameras if camera.state in (Presence.LIVE, Presence.HOLDING)]
    return on_air(wanted, with_picture, [place for place in state.scene.shown if place is not None])


def get_camera(ctx: Context, camera_id: UUID) -> CameraView:
    row = Camera.objects.scoped(ctx).one(id=camera_id, removed_at=None)
    return _camera_view(row, None, is_on_air=False)


def count_cameras(ctx: Context) -> dict[RoomId, int]:
    """How many cameras each room has; a room without any is not named."""
    rows = columns_of(Camera, ("room_id", "removed_at"), ctx.base_id)
    return Counter(RoomId(room_id) for room_id, removed_at in rows if removed_at is None)


def list_scenes(ctx: Context, room_id: UUID, *, programme: ProgrammeView | None = None) -> list[SceneView]:
    """The room's scenes by key of the console; the one that the programme shows is active."""
    return [
        SceneView(
            id=row.id,
            room_id=RoomId(row.room_id),
            name=row.name,
            layout=Layout(row.layout),
            camera_ids=ids_of(row.cameras),
            position=row.position,
            is_active=programme is not None
            and (programme.layout.value, programme.camera_ids) == (row.layout, ids_of(row.cameras)),
        )
        for row in sorted(rows_by(Scene, ctx.base_id, room_id=[room_id]), key=attrgetter("position"))
    ]


def get_scene(ctx: Context, room_id: UUID, scene_id: UUID) -> SceneView:
    row = Scene.objects.scoped(ctx).one(id=scene_id, room_id=room_id)
    return SceneView(
        id=row.id,
        room_id=RoomId(row.room_id),
        name=row.name,
        layout=Layout(row.layout),
        camera_ids=ids_of(row.cameras),
        position=row.position,
    )
