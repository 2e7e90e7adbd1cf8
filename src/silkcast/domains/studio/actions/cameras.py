from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.base import api as base
from silkcast.domains.studio.engine.order import CAMERAS_MAX, free_key
from silkcast.domains.studio.errors import CameraInUse, NameTaken, RoomFull
from silkcast.domains.studio.events import CameraAdded, CameraRemoved, CameraRotated
from silkcast.domains.studio.locks import find_live_show_of, raise_version
from silkcast.domains.studio.models import Camera, Programme, Scene
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.events import announce
from silkcast.kernel.ids import RoomId, new_id
from silkcast.kernel.signs import is_alike, shows
from silkcast.kernel.typed import decoded

DIGEST_LENGTH = 64
NAME_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCamera:
    """`key_digest` and `key_ending` come from the caller, so that the key is neither stored, audited nor replayed."""

    room_id: RoomId
    name: str
    key_digest: str
    key_ending: str


@decoded
@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRef:
    camera_id: UUID


@action(
    "studio.add_camera",
    request=AddCamera,
    permission="studio.set_camera",
    icon="camera",
    personal=("key_digest",),
)
def add_camera(ctx: Context, request: AddCamera) -> CameraRef:
    """Give a room one more camera with a stream key of its own."""
    name = request.name.strip()
    _require_valid(name, request.key_digest)
    base.get_room(ctx, request.room_id)
    present = Camera.objects.scoped(ctx).filter(room_id=request.room_id, removed_at=None)
    if is_alike(name, present.values_list("name", flat=True)):
        raise NameTaken(name=name)
    position = free_key(present.values_list("position", flat=True), CAMERAS_MAX)
    if position is None:
        raise RoomFull(most=CAMERAS_MAX)
    camera = Camera(
        id=new_id(),
        base_id=ctx.base_id,
        room_id=request.room_id,
        name=name,
        position=position,
        key_digest=request.key_digest,
        key_ending=request.key_ending,
    )
    camera.save(force_insert=True)
    _raise_version_of_room(ctx, request.room_id)
    announce(ctx, CameraAdded(room_id=request.room_id, camera_id=camera.id))
    return CameraRef(camera_id=camera.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateCamera:
    room_id: RoomId
    camera_id: UUID
    key_digest: str
    key_ending: str


@action(
    "studio.rotate_camera",
    request=RotateCamera,
    permission="studio.set_camera",
    icon="retry",
    personal=("key_digest",),
)
def rotate_camera(ctx: Context, request: RotateCamera) -> CameraRef:
    """Replace a camera's stream key; the old one opens nothing any more, and whoever came with it is hung up on."""
    camera = Camera.objects.scoped(ctx).one(id=request.camera_id, room_id=request.room_id, removed_at=None)
    _require_valid(camera.name, request.key_digest)
    camera.key_digest, camera.key_ending = request.key_digest, request.key_ending
    camera.save(update_fields=["key_digest", "key_ending"])
    _raise_version_of_room(ctx, request.room_id)
    announce(ctx, CameraRotated(room_id=request.room_id, camera_id=camera.id))
    return CameraRef(camera_id=camera.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCamera:
    room_id: RoomId
    camera_id: UUID


@action("studio.remove_camera", request=RemoveCamera, permission="studio.set_camera", icon="remove")
def remove_camera(ctx: Context, request: RemoveCamera) -> CameraRef:
    """Take a camera out of a room, unless it is on air or a scene shows it. Gone already, nothing changes."""
    camera = Camera.objects.scoped(ctx).one(id=request.camera_id, room_id=request.room_id)
    if camera.removed_at is None:
        _require_unused(ctx, camera)
        camera.removed_at = ctx.at
        camera.save(update_fields=["removed_at"])
        _raise_version_of_room(ctx, request.room_id)
        announce(ctx, CameraRemoved(room_id=request.room_id, camera_id=camera.id))
    return CameraRef(camera_id=camera.id)


def _require_valid(name: str, key_digest: str) -> None:
    if not shows(name) or len(name) > NAME_LENGTH_MAX:
        raise Invalid(reason="name")
    if len(key_digest) != DIGEST_LENGTH or not set(key_digest) <= set("0123456789abcdef"):
        raise Invalid(reason="key_digest")


def _require_unused(ctx: Context, camera: Camera) -> None:
    for scene in Scene.objects.scoped(ctx).filter(room_id=camera.room_id).order_by("position"):
        if str(camera.id) in scene.cameras:
            raise CameraInUse(camera=camera.name, scene=scene.name)
    live = find_live_show_of(ctx, camera.room_id)
    if live is not None and str(camera.id) in Programme.objects.scoped(ctx).one(show_id=live.id).cameras:
        raise CameraInUse(camera=camera.name, scene=live.title)


def _raise_version_of_room(ctx: Context, room_id: UUID) -> None:
    live = find_live_show_of(ctx, room_id)
    if live is not None:
        raise_version(ctx, [live.id])
