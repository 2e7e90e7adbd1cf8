from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from silkcast.domains.base import api as base
from silkcast.domains.studio.contracts import Picture
from silkcast.domains.studio.errors import RoomOnAir
from silkcast.domains.studio.events import RoomPictureSet
from silkcast.domains.studio.locks import find_live_show_of, raise_version
from silkcast.domains.studio.models import Programme, RoomPicture
from silkcast.domains.studio.queries.rooms import get_room_picture, picture_of
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.events import announce
from silkcast.kernel.ids import RoomId, ShowId

SIZES = ((640, 360), (960, 540), (1280, 720), (1920, 1080))
FRAME_RATES = (24, 25, 30, 50, 60)
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium")
WIDTHS, HEIGHTS = zip(*SIZES, strict=True)
VIDEO_KBPS_MIN, VIDEO_KBPS_MAX = 300, 20_000
DELAY_MS_MAX = 15_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoomPicture:
    room_id: RoomId
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRef:
    room_id: RoomId


@action("studio.set_room_picture", request=SetRoomPicture, permission="studio.set_room_picture", icon="full")
def set_room_picture(ctx: Context, request: SetRoomPicture) -> RoomRef:
    """Set size, rate and delay of a room's programme. On air only the delay can change: the encoder runs on."""
    wanted = request.picture
    _require_valid(wanted)
    base.get_room(ctx, request.room_id)
    live = find_live_show_of(ctx, request.room_id)
    changed = get_room_picture(ctx, request.room_id) != wanted
    if live is not None:
        programme = Programme.objects.scoped(ctx).one(show_id=live.id)
        on_air = picture_of(programme)
        if replace(on_air, delay_ms=wanted.delay_ms) != wanted:
            raise RoomOnAir(number=live.number, title=live.title)
        if on_air != wanted:
            programme.delay_ms = wanted.delay_ms
            programme.save(update_fields=["delay_ms"])
            raise_version(ctx, [live.id])
            changed = True
    if changed:
        _write(ctx, request.room_id, wanted)
        announce(
            ctx,
            RoomPictureSet(
                room_id=request.room_id, show_id=ShowId(live.id) if live else None, delay_ms=wanted.delay_ms
            ),
        )
    return RoomRef(room_id=request.room_id)


def _write(ctx: Context, room_id: RoomId, picture: Picture) -> None:
    if not RoomPicture.objects.scoped(ctx).filter(room_id=room_id).update(**asdict(picture)):
        RoomPicture(base_id=ctx.base_id, room_id=room_id, **asdict(picture)).save(force_insert=True)


def _require_valid(picture: Picture) -> None:
    valid = {
        "width": (picture.width, picture.height) in SIZES,
        "fps": picture.fps in FRAME_RATES,
        "preset": picture.preset in PRESETS,
        "video_kbps": VIDEO_KBPS_MIN <= picture.video_kbps <= VIDEO_KBPS_MAX,
        "delay_ms": 0 <= picture.delay_ms <= DELAY_MS_MAX,
    }
    for name, is_valid in valid.items():
        if not is_valid:
            raise Invalid(reason=name)
