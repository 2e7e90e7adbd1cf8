"""One line of text, shaped: how wide it is, and its picture as coverage from 0 to 255."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import uharfbuzz as hb
from PIL import Image

from silkcast.media.lettering.faces import Face, Faces
from silkcast.media.lettering.runs import Run, clusters, plain, runs

ELLIPSIS: Final = "…"
RISE: Final = 0.37  # of the size: from the line's middle down to its baseline, for Latin and Chinese alike

RISE_MAX, FALL_MAX = 1.5, 0.8  # of the size: no letter reaches further, with all its marks


@dataclass(frozen=True, slots=True)
class Glyph:
    """`x` and `y` in pixels from the line's beginning and baseline, upwards."""

    face: Face
    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    glyphs: tuple[Glyph, ...]
    size_px: int
    advance: float

    @property
    def width(self) -> int:
        return round(self.advance)

    def draw(self, image: Image.Image, left: float, middle: float, fill: tuple[int, ...]) -> None:
        """So that the line's middle lies on a row of the image, and its beginning on a column."""
        if not self.glyphs:
            return
        baseline = round(middle + RISE * self.size_px)
        top, bottom = max(0, baseline - round(RISE_MAX * self.size_px)), round(baseline + FALL_MAX * self.size_px)
        first, last = max(0, round(left - self.size_px)), round(left + self.advance + self.size_px)
        width, height = min(last, image.width) - first, min(bottom, image.height) - top
        if width <= 0 or height <= 0:
            return
        raster = hb.RasterDraw()
        raster.extents = hb.RasterExtents(first, baseline - top - height, width, height, width)
        for glyph in self.glyphs:
            scale = self.size_px / glyph.face.units_per_em
            raster.transform = (scale, 0, 0, scale, left + glyph.x, glyph.y)
            raster.draw_glyph(glyph.face.font, glyph.number)
        drawn = raster.render()
        rows: npt.NDArray[np.uint8] = np.frombuffer(drawn.buffer, np.uint8).reshape(height, -1)
        image.paste(fill, (first, top), mask=Image.fromarray(np.ascontiguousarray(rows[::-1, :width])))


def shaped(text: str, faces: Faces, size_px: int) -> Line:
    glyphs: list[Glyph] = []
    at = 0.0
    for run in runs(text, faces):
        of_run, at = shaped_run(run, size_px, at)
        glyphs += of_run
    return Line(tuple(glyphs), size_px, at)


def fitted(text: str, faces: Faces, size_px: int, width_px: int) -> Line:
    """The text, or as much of its beginning as fits with an ellipsis."""
    line = shaped(text, faces, size_px)
    if line.width <= width_px:
        return line
    parts = clusters(plain(text))
    short, long = 0, len(parts)
    while long - short > 1:
        half = (short + long) // 2
        if _beginning(parts, half, faces, size_px).width <= width_px:
            short = half
        else:
            long = half
    return _beginning(parts, short, faces, size_px)


def _beginning(parts: list[str], count: int, faces: Faces, size_px: int) -> Line:
    return shaped("".join(parts[:count]).rstrip() + ELLIPSIS, faces, size_px)


def shaped_run(run: Run, size: float, at: float = 0.0) -> tuple[list[Glyph], float]:
    """The glyphs of a run that begins at `at`, and where it ends."""
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.is_rtl else "ltr"
    hb.shape(run.face.font, buffer)
    scale = size / run.face.units_per_em
    glyphs = []
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        glyphs.append(Glyph(run.face, info.codepoint, at + place.x_offset * scale, place.y_offset * scale))
        at += place.x_advance * scale
    return glyphs, at
