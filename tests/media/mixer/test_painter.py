from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from silkcast.media.mixer.canvas import BLACK, Canvas, Picture, picture_of
from silkcast.media.mixer.layout import SLATE, Layout, Rect, Slot, slots_of
from silkcast.media.mixer.painter import BORDER, ScenePainter, SlotPainter
from silkcast.media.mixer.shot import Shot

Frames = Callable[..., av.VideoFrame]


def same(one: Picture, other: Picture) -> bool:
    return np.array_equal(one.y, other.y) and np.array_equal(one.u, other.u) and np.array_equal(one.v, other.v)


def is_plain(picture: Picture, colour: tuple[int, int, int]) -> bool:
    return all(
        bool((plane == value).all()) for plane, value in zip((picture.y, picture.u, picture.v), colour, strict=True)
    )


def painted(layout: Layout, chosen: list[str | None], slate: av.VideoFrame, **frames: av.VideoFrame) -> Picture:
    canvas = Canvas(1280, 720)
    ScenePainter(slots_of(layout, 1280, 720), Shot(slate)).paint(
        canvas.picture, chosen, {name: Shot(frame) for name, frame in frames.items()}
    )
    return canvas.picture


def test_a_full_scene_is_its_camera_pixel_by_pixel(plain: Frames, textured: Frames) -> None:
    camera = textured()
    assert same(painted(Layout.FULL, ["a"], plain(), a=camera), picture_of(camera))


def test_side_by_side_shows_the_middle_of_each_camera(plain: Frames, textured: Frames) -> None:
    left, right = textured(1), textured(2)
    shown = painted(Layout.SIDE_BY_SIDE, ["a", "b"], plain(), a=left, b=right)
    assert same(shown.region(0, 0, 640, 720), picture_of(left).region(320, 0, 640, 720))
    assert same(shown.region(640, 0, 640, 720), picture_of(right).region(320, 0, 640, 720))


def test_an_inset_is_scaled_bordered_and_leaves_the_rest_alone(plain: Frames, textured: Frames) -> None:
    main, inset = textured(1), textured(2)
    shown = painted(Layout.PICTURE_IN_PICTURE, ["a", "b"], plain(), a=main, b=inset)
    scaled = VideoReformatter().reformat(inset, 384, 216, "yuv420p", interpolation=Interpolation.AREA)
    assert same(shown.region(864, 472, 384, 216), picture_of(scaled))
    assert is_plain(shown.region(860, 468, 392, 4), BORDER)
    assert is_plain(shown.region(860, 688, 392, 4), BORDER)
    assert is_plain(shown.region(860, 472, 4, 216), BORDER)
    assert same(shown.region(0, 0, 860, 720), picture_of(main).region(0, 0, 860, 720))
    assert same(shown.region(860, 0, 420, 468), picture_of(main).region(860, 0, 420, 468))


def test_an_inset_that_is_left_out_shows_the_whole_main_picture(plain: Frames, textured: Frames) -> None:
    main = textured()
    assert same(painted(Layout.PICTURE_IN_PICTURE, ["a", None], plain(), a=main), picture_of(main))


def test_the_slate_fills_the_slot_of_a_camera_that_is_away(plain: Frames, textured: Frames) -> None:
    slate, right = plain((40, 120, 130)), textured()
    shown = painted(Layout.SIDE_BY_SIDE, [SLATE, "b"], slate, b=right)
    assert is_plain(shown.region(0, 0, 640, 720), (40, 120, 130))
    assert same(shown.region(640, 0, 640, 720), picture_of(right).region(320, 0, 640, 720))


def test_a_narrow_camera_stands_between_black_bars(plain: Frames) -> None:
    shown = painted(Layout.FULL, ["a"], plain(), a=plain((200, 90, 90), 640, 480))
    assert is_plain(shown.region(0, 0, 160, 720), BLACK)
    assert is_plain(shown.region(160, 0, 960, 720), (200, 90, 90))
    assert is_plain(shown.region(1120, 0, 160, 720), BLACK)


def test_a_full_range_camera_is_brought_to_the_programme_s_range() -> None:
    camera = av.VideoFrame(1280, 720, "yuvj420p")
    camera.color_range = 2
    picture_of(camera).fill((255, 128, 128))
    canvas = Canvas(1280, 720)
    SlotPainter(Slot(Rect(0, 0, 1280, 720), covers=False)).paint(canvas.picture, Shot(camera))
    assert is_plain(canvas.picture, (235, 128, 128))


def test_the_camera_s_own_frame_is_never_written_to(plain: Frames, textured: Frames) -> None:
    main, inset = textured(1), textured(2)
    shown = painted(Layout.PICTURE_IN_PICTURE, ["a", "b"], plain(), a=main, b=inset)
    shown.fill((0, 0, 0))
    assert same(picture_of(main), picture_of(textured(1)))
    assert same(picture_of(inset), picture_of(textured(2)))


def test_a_new_frame_of_the_same_camera_replaces_the_old_one(plain: Frames, textured: Frames) -> None:
    canvas = Canvas(1280, 720)
    painter = ScenePainter(slots_of(Layout.FULL, 1280, 720), Shot(plain()))
    for seed in (1, 2):
        painter.paint(canvas.picture, ["a"], {"a": Shot(textured(seed))})
        assert same(canvas.picture, picture_of(textured(seed)))
