from __future__ import annotations

import pytest

from silkcast.media.mixer.layout import SLATE, Layout, Presence, Rect, Slot, choose, fitted, slots_of

LIVE, HOLDING, STALLED, ABSENT = Presence.LIVE, Presence.HOLDING, Presence.SLATE, Presence.ABSENT


def test_full_is_one_slot_over_the_whole_picture() -> None:
    assert slots_of(Layout.FULL, 1280, 720) == (Slot(Rect(0, 0, 1280, 720), covers=False),)


def test_side_by_side_is_two_halves_that_are_covered() -> None:
    assert slots_of(Layout.SIDE_BY_SIDE, 1280, 720) == (
        Slot(Rect(0, 0, 640, 720), covers=True),
        Slot(Rect(640, 0, 640, 720), covers=True),
    )


def test_picture_in_picture_is_an_inset_in_the_lower_right_corner() -> None:
    assert slots_of(Layout.PICTURE_IN_PICTURE, 1280, 720) == (
        Slot(Rect(0, 0, 1280, 720), covers=False),
        Slot(Rect(864, 472, 384, 216), covers=True, border_px=4),
    )


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (1920, 1080), (854, 480)])
def test_every_slot_is_even_and_inside_the_picture(layout: Layout, width: int, height: int) -> None:
    for slot in slots_of(layout, width, height):
        rect = slot.rect
        assert not (rect.x | rect.y | rect.width | rect.height) & 1
        assert rect.x + rect.width <= width
        assert rect.y + rect.height <= height


@pytest.mark.parametrize(
    ("layout", "presence", "expected"),
    [
        ("full", {"a": LIVE, "b": LIVE}, ["a"]),
        ("full", {"a": HOLDING, "b": LIVE}, ["a"]),
        ("full", {"a": STALLED, "b": LIVE}, [SLATE]),
        ("full", {"b": LIVE}, ["b"]),
        ("full", {"b": STALLED, "c": LIVE}, ["c"]),
        ("full", {}, [SLATE]),
        ("side_by_side", {"a": LIVE, "b": LIVE, "c": LIVE}, ["a", "b"]),
        ("side_by_side", {"b": LIVE, "c": LIVE}, ["c", "b"]),
        ("side_by_side", {"b": LIVE}, [SLATE, "b"]),
        ("side_by_side", {"c": LIVE}, ["c", SLATE]),
        ("side_by_side", {"a": STALLED, "b": LIVE, "c": LIVE}, [SLATE, "b"]),
        ("picture_in_picture", {"a": LIVE, "b": LIVE}, ["a", "b"]),
        ("picture_in_picture", {"b": LIVE}, ["b", None]),
        ("picture_in_picture", {"a": LIVE}, ["a", None]),
        ("picture_in_picture", {"a": LIVE, "b": STALLED}, ["a", SLATE]),
        ("picture_in_picture", {"a": STALLED, "b": LIVE}, [SLATE, "b"]),
        ("picture_in_picture", {"a": LIVE, "c": LIVE}, ["a", "c"]),
        ("picture_in_picture", {}, [SLATE, None]),
    ],
)
def test_who_fills_the_slots_of_a_scene_with_cameras_a_b_and_c(
    layout: str, presence: dict[str, Presence], expected: list[str | None]
) -> None:
    assert choose(Layout(layout), ["a", "b", "c"], presence) == expected


def test_a_scene_without_cameras_shows_the_slate() -> None:
    assert choose(Layout.FULL, [], {"a": LIVE}) == [SLATE]
    assert choose(Layout.SIDE_BY_SIDE, ["a"], {"a": LIVE}) == ["a", SLATE]


@pytest.mark.parametrize(
    ("covers", "source", "expected"),
    [
        (False, (1280, 720), (1280, 720)),
        (False, (640, 480), (960, 720)),  # bars left and right
        (False, (720, 1280), (404, 720)),  # 405 is odd
        (True, (640, 480), (1280, 960)),  # cropped above and below
        (True, (720, 1280), (1280, 2276)),
    ],
)
def test_a_source_keeps_its_shape(covers: bool, source: tuple[int, int], expected: tuple[int, int]) -> None:  # noqa: FBT001
    assert fitted(Slot(Rect(0, 0, 1280, 720), covers=covers), *source) == expected
