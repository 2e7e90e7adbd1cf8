from __future__ import annotations

from uuid import UUID

import pytest

from silkcast.domains.studio.contracts import Layout
from silkcast.domains.studio.engine.scenes import is_complete, on_air, still_there, with_spares

A, B, C = (UUID(int=number) for number in range(3))


@pytest.mark.parametrize(
    ("layout", "cameras"),
    [
        (Layout.FULL, [A]),
        (Layout.FULL, [A, B]),
        (Layout.SIDE_BY_SIDE, [A, B]),
        (Layout.PICTURE_IN_PICTURE, [B, A, C]),
    ],
)
def test_a_scene_is_complete_when_every_place_has_a_camera_of_its_own(layout: Layout, cameras: list[UUID]) -> None:
    assert is_complete(layout, cameras)


@pytest.mark.parametrize(
    ("layout", "cameras"),
    [
        (Layout.FULL, []),
        (Layout.FULL, [A, A]),
        (Layout.SIDE_BY_SIDE, [A]),
        (Layout.SIDE_BY_SIDE, [A, A]),
        (Layout.PICTURE_IN_PICTURE, [A]),
    ],
)
def test_a_scene_with_an_empty_place_is_not(layout: Layout, cameras: list[UUID]) -> None:
    assert not is_complete(layout, cameras)


def test_a_scene_that_lost_a_camera_falls_back_to_what_is_left() -> None:
    assert still_there(Layout.SIDE_BY_SIDE, [A, B], [A, B, C]) == (Layout.SIDE_BY_SIDE, [A, B])
    assert still_there(Layout.SIDE_BY_SIDE, [A, B], [B, C]) == (Layout.FULL, [B])
    assert still_there(Layout.FULL, [A], [C, B]) == (Layout.FULL, [C])
    assert still_there(Layout.FULL, [], [B]) == (Layout.FULL, [B])


def test_the_rooms_other_cameras_stand_by_in_order() -> None:
    assert with_spares([B], [A, B, C]) == [B, A, C]
    assert with_spares([C, A], [A, B, C]) == [C, A, B]


@pytest.mark.parametrize(
    ("wanted", "with_picture", "shown", "seen"),
    [
        (["a"], ["a", "b"], ["a"], {"a"}),
        (["b"], ["a", "b"], ["a"], {"b"}),  # switched just now: the room will follow
        (["a"], ["b"], ["b"], {"b"}),
        (["a"], [], ["slate"], {"slate"}),
        (["a", "b"], ["b"], ["slate", "b"], {"slate", "b"}),
        (["a", "b"], ["b", "c"], ["c", "b"], {"b", "c"}),
        (["a", "b"], ["a"], ["a"], {"a"}),
    ],
)
def test_on_air_is_what_viewers_see(
    wanted: list[str], with_picture: list[str], shown: list[str], seen: set[str]
) -> None:
    assert on_air(wanted, with_picture, shown) == seen
