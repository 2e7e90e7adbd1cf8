"""Where each camera of a scene stands, and who takes its place when it is away: pure geometry and pure choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

INSET_WIDTH_TENTHS: Final = 3  # of the programme's width
INSET_MARGIN_FORTIETHS: Final = 1
INSET_BORDER_PX: Final = 4


class Layout(StrEnum):
    FULL = "full"
    SIDE_BY_SIDE = "side_by_side"
    PICTURE_IN_PICTURE = "picture_in_picture"


class Presence(StrEnum):
    """What a camera can give the mix just now."""

    LIVE = "live"
    HOLDING = "holding"  # stalled, and its last frame stays for a while
    SLATE = "slate"  # stalled for longer than that
    ABSENT = "absent"  # not connected, or nothing decoded yet

    @property
    def has_picture(self) -> bool:
        return self in (Presence.LIVE, Presence.HOLDING)


@dataclass(frozen=True, slots=True)
class Rect:
    """Even-aligned, as 4:2:0 asks."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the picture. `covers`: cropped to fill it; otherwise shown whole, with bars."""

    rect: Rect
    covers: bool
    border_px: int = 0


SLATE: Final = "slate"  # drawn in a slot that nobody can fill; never a camera's id, which are UUIDs


def slots_of(layout: Layout, width: int, height: int) -> tuple[Slot, ...]:
    """The places of a layout, painted in this order."""
    whole = Slot(Rect(0, 0, width, height), covers=False)
    if layout is Layout.FULL:
        return (whole,)
    if layout is Layout.SIDE_BY_SIDE:
        half = _even(width // 2)
        return (
            Slot(Rect(0, 0, half, height), covers=True),
            Slot(Rect(half, 0, width - half, height), covers=True),
        )
    inset_width = _even(width * INSET_WIDTH_TENTHS // 10)
    inset_height = _even(inset_width * height // width)
    margin = _even(width * INSET_MARGIN_FORTIETHS // 40)
    corner = Rect(width - margin - inset_width, height - margin - inset_height, inset_width, inset_height)
    return (whole, Slot(corner, covers=True, border_px=INSET_BORDER_PX))


def choose(layout: Layout, cameras: Sequence[str], presence: Mapping[str, Presence]) -> list[str | None]:
    """Who fills each slot: a camera's id, the slate, or None for an inset that is better left out.

    A camera that is away is replaced by the next connected one of the scene that is not in a slot of its own;
    the main picture may also take the inset's. A stalled one keeps its slot, first with its last frame, then
    with the slate: it is expected back, and a cut there and back would look worse.
    """
    places = 1 if layout is Layout.FULL else 2
    own = [cameras[place] if place < len(cameras) else None for place in range(places)]
    spare = [camera for camera in cameras[places:] if _seen(presence, camera)]
    chosen: list[str | None] = []
    for camera in own:
        if camera is not None and presence.get(camera, Presence.ABSENT) is not Presence.ABSENT:
            chosen.append(camera if _seen(presence, camera) else SLATE)
        else:
            chosen.append(spare.pop(0) if spare else SLATE)
    if layout is Layout.PICTURE_IN_PICTURE:
        _promote_the_inset(chosen, own, presence)
    return chosen


def _promote_the_inset(chosen: list[str | None], own: list[str | None], presence: Mapping[str, Presence]) -> None:
    main_is_away = own[0] is None or presence.get(own[0], Presence.ABSENT) is Presence.ABSENT
    if chosen[0] == SLATE and main_is_away and chosen[1] != SLATE:
        chosen[0], chosen[1] = chosen[1], None
    elif chosen[1] == SLATE and (own[1] is None or presence.get(own[1], Presence.ABSENT) is Presence.ABSENT):
        chosen[1] = None


def fitted(slot: Slot, source_width: float, source_height: float) -> tuple[int, int]:
    """The size to which a source is scaled for a slot, keeping its shape; even, and at least two pixels."""
    by_width = slot.rect.width * source_height >= slot.rect.height * source_width
    if by_width is slot.covers:
        return slot.rect.width, max(2, _nearest_even(slot.rect.width * source_height / source_width))
    return max(2, _nearest_even(slot.rect.height * source_width / source_height)), slot.rect.height


def _seen(presence: Mapping[str, Presence], camera: str) -> bool:
    return presence.get(camera, Presence.ABSENT).has_picture


def _even(value: int) -> int:
    return value & ~1


def _nearest_even(value: float) -> int:
    return 2 * round(value / 2)
