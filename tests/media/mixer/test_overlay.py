from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
import numpy.typing as npt
import pytest

from silkcast.media.mixer.canvas import Canvas, picture_of
from silkcast.media.mixer.overlay import Overlay, planes_of

Frames = Callable[..., av.VideoFrame]


def solid(colour: tuple[int, int, int, int], width: int = 32, height: int = 16) -> npt.NDArray[np.uint8]:
    return np.full((height, width, 4), colour, np.uint8)


def reference(
    under: npt.NDArray[np.uint8], over: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """The definition, in numbers that cannot overflow, rounded half up."""
    weight = alpha.astype(np.int64)
    return ((2 * (under * (255 - weight) + over * weight) + 255) // 510).astype(np.uint8)


@pytest.mark.parametrize("seed", range(5))
def test_blending_is_the_plain_formula_to_the_last_bit(seed: int, textured: Frames) -> None:
    chance = np.random.default_rng(seed)
    rgba = chance.integers(0, 256, (66, 130, 4), dtype=np.uint8)
    canvas = Canvas(1280, 720)
    canvas.picture.paste(picture_of(textured(seed)))
    before = picture_of(textured(seed)).region(200, 100, 130, 66)
    over, alpha = planes_of(rgba)
    small = np.rint(alpha.reshape(33, 2, 65, 2).astype(np.float32).mean(axis=(1, 3))).astype(np.uint8)

    Overlay(rgba, 200, 100).blend(canvas.picture)

    after = canvas.picture.region(200, 100, 130, 66)
    assert np.array_equal(after.y, reference(before.y, over.y, alpha))
    assert np.array_equal(after.u, reference(before.u, over.u, small))
    assert np.array_equal(after.v, reference(before.v, over.v, small))


def test_every_pair_of_value_and_alpha_is_rounded_right() -> None:
    under, alpha = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    rgba = np.zeros((256, 256, 4), np.uint8)
    rgba[..., :3], rgba[..., 3] = 255, alpha
    canvas = Canvas(256, 256)
    canvas.picture.y[:] = under
    Overlay(rgba, 0, 0).blend(canvas.picture)
    assert np.array_equal(canvas.picture.y, reference(under, np.full_like(under, 235), alpha))


def test_only_the_overlay_s_own_region_changes(textured: Frames) -> None:
    canvas, untouched = Canvas(1280, 720), picture_of(textured())
    canvas.picture.paste(untouched)
    Overlay(solid((255, 0, 0, 255)), 64, 32).blend(canvas.picture)
    for plane, before, scale in zip(
        (canvas.picture.y, canvas.picture.u, canvas.picture.v),
        (untouched.y, untouched.u, untouched.v),
        (1, 2, 2),
        strict=True,
    ):
        changed = np.argwhere(plane != before)
        assert changed.min(axis=0).tolist() >= [32 // scale, 64 // scale]
        assert changed.max(axis=0).tolist() <= [(32 + 16) // scale - 1, (64 + 32) // scale - 1]


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_colours_become_the_programme_s_by_bt_709(rgb: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    canvas = Canvas(64, 64)
    Overlay(solid((*rgb, 255)), 0, 0).blend(canvas.picture)
    region = canvas.picture.region(0, 0, 32, 16)
    assert {int(value) for value in np.unique(region.y)} == {yuv[0]}
    assert {int(value) for value in np.unique(region.u)} == {yuv[1]}
    assert {int(value) for value in np.unique(region.v)} == {yuv[2]}


def test_what_is_transparent_leaves_the_picture_alone(textured: Frames) -> None:
    canvas = Canvas(1280, 720)
    canvas.picture.paste(picture_of(textured()))
    Overlay(solid((255, 0, 0, 0)), 64, 32).blend(canvas.picture)
    assert np.array_equal(canvas.picture.y, picture_of(textured()).y)
    assert np.array_equal(canvas.picture.v, picture_of(textured()).v)


def test_colour_of_transparent_pixels_does_not_bleed_into_an_edge() -> None:
    rgba = solid((255, 255, 255, 255), 4, 4)
    rgba[:, 1::2] = (255, 0, 0, 0)  # every second column: red, but invisible
    over, _ = planes_of(rgba)
    assert over.u.tolist() == over.v.tolist() == [[128, 128], [128, 128]]
