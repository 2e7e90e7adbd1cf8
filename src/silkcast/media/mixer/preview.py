"""Still pictures for screens: made only when somebody asks."""

from __future__ import annotations

import io
from typing import Final

import av
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from PIL import Image

from silkcast.media.mixer.shot import Shot

HEIGHT_PX_MAX: Final = 480
QUALITY: Final = 78


def small_copy(shot: Shot, scaler: VideoReformatter) -> av.VideoFrame:
    """An RGB picture of at most 480 rows with memory of its own: the frame may be painted over right after."""
    frame = shot.frame
    height = max(2, min(frame.height, HEIGHT_PX_MAX) & ~1)
    width = max(2, round(shot.width * height / shot.height / 2) * 2)
    full_range = frame.color_range == ColorRange.JPEG
    return scaler.reformat(
        frame,
        width,
        height,
        "rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG if full_range else ColorRange.MPEG,
        threads=1,
    )


def jpeg_of(small: av.VideoFrame) -> bytes:
    """For a worker thread: a few milliseconds, most of them without the interpreter."""
    plane = small.planes[0]
    image = Image.frombuffer("RGB", (small.width, small.height), bytes(plane), "raw", "RGB", plane.line_size, 1)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
