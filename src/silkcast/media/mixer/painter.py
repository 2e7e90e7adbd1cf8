"""Paints cameras into the slots of a scene: one scaler per slot, one scaling per new frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import av
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from silkcast.media.mixer.canvas import BLACK, PIXEL_FORMAT, Picture, picture_of
from silkcast.media.mixer.layout import SLATE, Rect, Slot, fitted
from silkcast.media.mixer.shot import Shot

BORDER: tuple[int, int, int] = (200, 128, 128)


class SlotPainter:
    """Fits one slot's source into its place.

    A source slower than the programme is scaled once per frame of its own, not once per tick. Decoded frames
    are the decoder's reference pictures, so they are only read here.
    """

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self._scaler = VideoReformatter()
        self._source: Shot | None = None
        self._scaled: av.VideoFrame | None = None
        self._pasted: Picture | None = None
        self._place = slot.rect

    def paint(self, target: Picture, source: Shot) -> None:
        if source is not self._source:
            self._fit(source)
        assert self._pasted is not None
        rect, place = self.slot.rect, self._place
        if self.slot.border_px:
            _frame(target, rect, self.slot.border_px)
        elif place != rect:
            target.region(rect.x, rect.y, rect.width, rect.height).fill(BLACK)
        target.region(place.x, place.y, place.width, place.height).paste(self._pasted)

    def _fit(self, source: Shot) -> None:
        rect = self.slot.rect
        width, height = fitted(self.slot, source.width, source.height)
        full_range = source.frame.color_range == ColorRange.JPEG
        # `threads=1`: a pool of the scaler's own costs more than it saves on pictures of this size.
        self._scaled = self._scaler.reformat(
            source.frame,
            width,
            height,
            PIXEL_FORMAT,
            # Averaging suits small insets and costs less there; it would blur a picture of nearly the same size.
            interpolation=Interpolation.AREA if 2 * width <= source.frame.width else Interpolation.BILINEAR,
            src_color_range=ColorRange.JPEG if full_range else None,
            dst_color_range=ColorRange.MPEG if full_range else None,
            threads=1,
        )
        picture = picture_of(self._scaled)
        shown_width, shown_height = min(width, rect.width), min(height, rect.height)
        crop_x, crop_y = (width - shown_width) // 4 * 2, (height - shown_height) // 4 * 2
        self._pasted = picture.region(crop_x, crop_y, shown_width, shown_height)
        self._place = Rect(
            rect.x + (rect.width - shown_width) // 4 * 2,
            rect.y + (rect.height - shown_height) // 4 * 2,
            shown_width,
            shown_height,
        )
        self._source = source


class ScenePainter:
    """Paints a whole scene; made anew when the scene changes."""

    def __init__(self, slots: Sequence[Slot], slate: Shot) -> None:
        self._painters = [SlotPainter(slot) for slot in slots]
        self._slate = slate

    def paint(self, target: Picture, chosen: Sequence[str | None], shots: Mapping[str, Shot]) -> None:
        """Every pixel of the target is written, unless a slot before an inset does not reach its edges."""
        for painter, name in zip(self._painters, chosen, strict=True):
            if name is None:
                continue
            try:
                painter.paint(target, self._slate if name == SLATE else shots[name])
            except av.FFmpegError:
                # A picture that cannot be scaled is its camera's fault, and must not cost the programme a tick.
                painter.paint(target, self._slate)


def _frame(target: Picture, rect: Rect, border_px: int) -> None:
    """A border around an inset, so that it reads as a picture of its own on any background."""
    left, top = max(0, rect.x - border_px), max(0, rect.y - border_px)
    right = min(target.width, rect.x + rect.width + border_px)
    bottom = min(target.height, rect.y + rect.height + border_px)
    target.region(left, top, right - left, bottom - top).fill(BORDER)
