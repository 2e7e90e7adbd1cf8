from __future__ import annotations

import io
from collections.abc import Callable

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from PIL import Image

from silkcast.media.mixer.canvas import picture_of
from silkcast.media.mixer.preview import jpeg_of, small_copy
from silkcast.media.mixer.shot import Shot

Frames = Callable[..., av.VideoFrame]


def test_a_preview_is_small_and_has_the_right_colours(plain: Frames) -> None:
    image = Image.open(io.BytesIO(jpeg_of(small_copy(Shot(plain((63, 102, 240))), VideoReformatter()))))
    assert image.size == (854, 480)
    assert np.asarray(image).reshape(-1, 3).mean(axis=0).tolist() == pytest.approx([255, 0, 0], abs=6)


def test_a_preview_does_not_change_when_the_canvas_is_painted_over(plain: Frames) -> None:
    frame = plain((235, 128, 128))
    small = small_copy(Shot(frame), VideoReformatter())
    picture_of(frame).fill((16, 128, 128))
    assert np.asarray(Image.open(io.BytesIO(jpeg_of(small)))).min() > 245


def test_a_small_camera_is_not_enlarged(plain: Frames) -> None:
    image = Image.open(io.BytesIO(jpeg_of(small_copy(Shot(plain((90, 128, 128), 320, 240)), VideoReformatter()))))
    assert image.size == (320, 240)
