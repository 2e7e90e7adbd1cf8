from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from silkcast.domains.studio.contracts import Layout

CAMERAS_LEAST = {Layout.FULL: 1, Layout.SIDE_BY_SIDE: 2, Layout.PICTURE_IN_PICTURE: 2}


def is_complete(layout: Layout, cameras: Sequence[UUID]) -> bool:
    """Whether every place of the layout has a camera of its own. More than its places are spares, in order."""
    return len(set(cameras)) == len(cameras) >= CAMERAS_LEAST[layout]


def still_there(layout: Layout, cameras: Sequence[UUID], present: Sequence[UUID]) -> tuple[Layout, list[UUID]]:
    """A scene less the cameras that have gone; with too few left for its layout it becomes the first one, full.

    `present` are the room's cameras in the console's order, at least one.
    """
    left = [camera for camera in cameras if camera in present]
    if is_complete(layout, left):
        return layout, left
    return Layout.FULL, left[:1] or list(present[:1])


def on_air(wanted: Sequence[str], with_picture: Collection[str], shown: Collection[str]) -> set[str]:
    """Whose pictures viewers see: those that are wanted, less the ones that give none, and who stands in for these."""
    seen = {camera for camera in wanted if camera in with_picture}
    return seen if len(seen) == len(wanted) else seen.union(shown)


def with_spares(cameras: Sequence[UUID], present: Sequence[UUID]) -> list[UUID]:
    """The chosen cameras, then the room's others: who steps in when a chosen one closes."""
    return [*cameras, *(camera for camera in present if camera not in cameras)]
