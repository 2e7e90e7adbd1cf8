from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.base import api as base
from silkcast.domains.studio.actions.programme import require_cameras
from silkcast.domains.studio.contracts import Layout
from silkcast.domains.studio.engine.order import SCENES_MAX, free_key
from silkcast.domains.studio.errors import NameTaken, RoomFull
from silkcast.domains.studio.events import SceneAdded, SceneRemoved
from silkcast.domains.studio.models import Scene
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.events import announce
from silkcast.kernel.ids import RoomId, new_id
from silkcast.kernel.signs import is_alike, shows

NAME_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class AddScene:
    room_id: RoomId
    name: str
    layout: Layout
    camera_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRef:
    scene_id: UUID


@action("studio.add_scene", request=AddScene, permission="studio.set_scene", icon="side_by_side")
def add_scene(ctx: Context, request: AddScene) -> SceneRef:
    """Keep a layout with its cameras under a name, on the lowest free key of the console."""
    name = request.name.strip()
    if not shows(name) or len(name) > NAME_LENGTH_MAX:
        raise Invalid(reason="name")
    base.get_room(ctx, request.room_id)
    require_cameras(ctx, request.room_id, request.layout, request.camera_ids)
    scenes = Scene.objects.scoped(ctx).filter(room_id=request.room_id)
    if is_alike(name, scenes.values_list("name", flat=True)):
        raise NameTaken(name=name)
    position = free_key(scenes.values_list("position", flat=True), SCENES_MAX)
    if position is None:
        raise RoomFull(most=SCENES_MAX)
    scene = Scene(
        id=new_id(),
        base_id=ctx.base_id,
        room_id=request.room_id,
        name=name,
        layout=request.layout.value,
        cameras=[str(camera_id) for camera_id in request.camera_ids],
        position=position,
    )
    scene.save(force_insert=True)
    announce(ctx, SceneAdded(room_id=request.room_id, scene_id=scene.id))
    return SceneRef(scene_id=scene.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveScene:
    room_id: RoomId
    scene_id: UUID


@action("studio.remove_scene", request=RemoveScene, permission="studio.set_scene", icon="remove")
def remove_scene(ctx: Context, request: RemoveScene) -> SceneRef:
    """Take a scene off the console. What is on air stays as it is."""
    scene = Scene.objects.scoped(ctx).one(id=request.scene_id, room_id=request.room_id)
    Scene.objects.scoped(ctx).filter(id=scene.id).delete()
    announce(ctx, SceneRemoved(room_id=request.room_id, scene_id=scene.id))
    return SceneRef(scene_id=request.scene_id)
