from __future__ import annotations

from uuid import UUID

import pytest

from silkcast.domains.studio.contracts import Layout
from silkcast.domains.studio.engine.scenes import is_complete, still_there, with_spares

A, B, C = (UUID(int=number) for number in range(3))


@pytest.mark.parametrize(
    ("layout", "cameras", "complete"),
    [
        (Layout.FULL, [], False),
        (Layout.FULL, [A], True),
        (Layout.FULL, [A, B], True),
        (Layout.FULL, [A, A], False),
        (Layout.SIDE_BY_SIDE, [A], False),
        (Layout.SIDE_BY_SIDE, [A, B], True),
        (Layout.SIDE_BY_SIDE, [A, A], False),
        (Layout.PICTURE_IN_PICTURE, [A], False),
        (Layout.PICTURE_IN_PICTURE, [B, A, C], True),
    ],
)
def test_every_place_of_a_layout_wants_a_camera_of_its_own(layout: Layout, cameras: list[UUID], complete: bool) -> None:
    assert is_complete(layout, cameras) is complete


def test_a_scene_that_lost_a_camera_falls_back_to_what_is_left() -> None:
    assert still_there(Layout.SIDE_BY_SIDE, [A, B], [A, B, C]) == (Layout.SIDE_BY_SIDE, [A, B])
    assert still_there(Layout.SIDE_BY_SIDE, [A, B], [B, C]) == (Layout.FULL, [B])
    assert still_there(Layout.FULL, [A], [C, B]) == (Layout.FULL, [C])
    assert still_there(Layout.FULL, [], [B]) == (Layout.FULL, [B])


def test_the_rooms_other_cameras_stand_by_in_order() -> None:
    assert with_spares([B], [A, B, C]) == [B, A, C]
    assert with_spares([C, A], [A, B, C]) == [C, A, B]
