"""Draws the price card, labels and the slate: words in, pixels out.

Sizes are for a programme 720 rows high and scale with it. Drawing takes a few milliseconds, so it happens when
words change, away from the tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import av
import numpy as np
from PIL import Image, ImageDraw

from silkcast.media.lettering.faces import Faces
from silkcast.media.lettering.line import Line, fitted, shaped
from silkcast.media.mixer.canvas import PIXEL_FORMAT, picture_of
from silkcast.media.mixer.overlay import Overlay, planes_of
from silkcast.media.mixer.shot import Shot

ROWS: Final = 720
MARGIN_PX: Final = 32
GAP_PX: Final = 12
TITLE_PX, PRICE_PX, SMALL_PX, LABEL_PX, SLATE_PX = 26, 46, 22, 22, 40
SLATE_LEADING_PX: Final = 58
TITLE_WIDTH_PX_MAX: Final = 520
CARD_WIDTH_PX_MIN: Final = 320
FEW_UNITS: Final = 10  # from here down the count is drawn in the colour of urgency
SUPERSAMPLE: Final = 2  # rounded corners are drawn at twice the size; glyphs are smooth by themselves

Colour = tuple[int, int, int, int]
PANEL: Final[Colour] = (17, 20, 28, 224)
ACCENT: Final[Colour] = (255, 77, 79, 255)
WHITE: Final[Colour] = (255, 255, 255, 255)
MUTED: Final[Colour] = (168, 176, 190, 255)
CHIP: Final[Colour] = (44, 50, 64, 255)
GOLD: Final[Colour] = (255, 209, 102, 255)
LABEL_PANEL: Final[Colour] = (17, 20, 28, 190)
SLATE_GROUND: Final[Colour] = (22, 26, 36, 255)


class Corner(StrEnum):
    TOP_LEFT = "top_left"
    TOP_RIGHT = "top_right"
    BOTTOM_LEFT = "bottom_left"
    BOTTOM_RIGHT = "bottom_right"


@dataclass(frozen=True, slots=True)
class PriceCard:
    """What the card says; money and words arrive as text, already in the viewer's way of writing them."""

    title: str
    price: str
    was: str = ""
    units_left: int | None = None
    units_word: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    corner: Corner = Corner.TOP_RIGHT


Graphic = PriceCard | Label


class CardPress:
    """Draws for one size of programme."""

    def __init__(self, faces: Faces, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._faces = faces
        self._drawn: dict[tuple[Graphic, int], tuple[Overlay, int]] = {}

    @property
    def is_complete(self) -> bool:
        """Whether all fonts are there."""
        return self._faces.is_complete

    def draw(self, graphics: Sequence[Graphic]) -> list[Overlay]:
        """Place the graphics in their corners, those of one corner above or below each other.

        Only what changed since the last call is drawn; a corner keeps what fits, so that a flood of labels
        can't cover the whole picture.
        """
        used: dict[Corner, int] = {}
        drawn: dict[tuple[Graphic, int], tuple[Overlay, int]] = {}
        for graphic in graphics:
            corner = Corner.BOTTOM_LEFT if isinstance(graphic, PriceCard) else graphic.corner
            offset = used.get(corner, self._px(MARGIN_PX))
            overlay, height = self._drawn.get((graphic, offset)) or self._draw_one(graphic, corner, offset)
            if offset + height > self._height:
                continue
            drawn[graphic, offset] = (overlay, height)
            used[corner] = offset + height + self._px(GAP_PX)
        self._drawn = drawn
        return [overlay for overlay, _ in drawn.values()]

    def _draw_one(self, graphic: Graphic, corner: Corner, offset: int) -> tuple[Overlay, int]:
        image = self._price_card(graphic) if isinstance(graphic, PriceCard) else self._label(graphic)
        image = _even(image.crop((0, 0, min(image.width, self._width), min(image.height, self._height))))
        return self._placed(image, corner, offset), image.height

    def slate(self, words: str) -> Shot:
        """What is shown in place of a camera that is away."""
        image = Image.new("RGBA", (self._width, self._height), SLATE_GROUND)
        pen = ImageDraw.Draw(image)
        middle, row = self._width // 2, self._height // 2
        lines = [self._line(text, SLATE_PX) for text in words.splitlines()]
        for number, line in enumerate(lines):
            line.draw(
                image,
                middle - line.advance / 2,
                row + self._px(SLATE_LEADING_PX) * (number - (len(lines) - 1) / 2),
                MUTED,
            )
        bar = row - self._px(96)
        pen.rectangle((middle - self._px(40), bar, middle + self._px(40), bar + self._px(3)), ACCENT)
        frame = av.VideoFrame(self._width, self._height, PIXEL_FORMAT)
        picture_of(frame).paste(planes_of(np.asarray(image))[0])
        return Shot(frame)

    def _price_card(self, card: PriceCard) -> Image.Image:
        pad, strip, gap = self._px(20), self._px(8), self._px(GAP_PX)
        title = fitted(card.title, self._faces, self._px(TITLE_PX), self._px(TITLE_WIDTH_PX_MAX))
        price, was = self._line(card.price, PRICE_PX), self._line(card.was, SMALL_PX)
        chip = self._line("" if card.units_left is None else f"{card.units_left} {card.units_word}", SMALL_PX)
        was_width = was.width + gap if card.was else 0
        chip_width = chip.width + 2 * gap if chip.glyphs else 0
        row_width = price.width + was_width + (chip_width + 2 * gap if chip.glyphs else 0)
        inner = max(title.width, row_width, self._px(CARD_WIDTH_PX_MIN) - 2 * pad - strip)
        width, height = strip + 2 * pad + inner, self._px(124)
        image = _panel(width, height, self._px(14), PANEL, strip_px=strip)
        pen = ImageDraw.Draw(image)
        left, right = strip + pad, width - pad
        title.draw(image, left, self._px(36), WHITE)
        middle = self._px(84)
        price.draw(image, left, middle, GOLD)
        if card.was:
            start = left + price.width + gap
            was.draw(image, start, middle, MUTED)
            pen.line((start, middle, start + was_width - gap, middle), fill=MUTED, width=max(1, self._px(2)))
        if chip.glyphs:
            few = card.units_left is not None and card.units_left <= FEW_UNITS
            box = (right - chip_width, middle - self._px(18), right, middle + self._px(18))
            pen.rounded_rectangle(box, radius=self._px(18), fill=ACCENT if few else CHIP)
            chip.draw(image, right - chip_width / 2 - chip.advance / 2, middle, WHITE)
        return image

    def _label(self, label: Label) -> Image.Image:
        pad = self._px(16)
        line = fitted(label.text, self._faces, self._px(LABEL_PX), self._width - 2 * self._px(MARGIN_PX) - 2 * pad)
        width, height = line.width + 2 * pad, self._px(40)
        image = _panel(width, height, self._px(10), LABEL_PANEL)
        line.draw(image, pad, height / 2, WHITE)
        return image

    def _placed(self, image: Image.Image, corner: Corner, offset: int) -> Overlay:
        margin = self._px(MARGIN_PX)
        x = margin if corner in (Corner.TOP_LEFT, Corner.BOTTOM_LEFT) else self._width - margin - image.width
        y = offset if corner in (Corner.TOP_LEFT, Corner.TOP_RIGHT) else self._height - offset - image.height
        return Overlay(np.asarray(image), max(0, x) & ~1, max(0, y) & ~1)

    def _line(self, text: str, size_px: int) -> Line:
        return shaped(text, self._faces, self._px(size_px))

    def _px(self, length_px: int) -> int:
        return max(1, round(length_px * self._height / ROWS))


def _panel(width: int, height: int, radius: int, colour: Colour, *, strip_px: int = 0) -> Image.Image:
    """A rounded rectangle, with a strip of the accent colour along its left edge."""
    size = (width * SUPERSAMPLE, height * SUPERSAMPLE)
    shape = Image.new("L", size, 0)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius * SUPERSAMPLE, fill=255)
    shape = shape.resize((width, height), Image.Resampling.BOX)
    image = Image.new("RGBA", (width, height), (*colour[:3], 0))
    image.paste(Image.new("RGBA", (width, height), colour), mask=shape)
    if strip_px:
        image.paste(Image.new("RGBA", (strip_px, height), ACCENT), mask=shape.crop((0, 0, strip_px, height)))
    return image


def _even(image: Image.Image) -> Image.Image:
    """The same picture on a canvas with even sides, the added row or column transparent."""
    size = (image.width + (image.width & 1), image.height + (image.height & 1))
    if size == image.size:
        return image
    padded = Image.new("RGBA", size, (0, 0, 0, 0))
    padded.paste(image)
    return padded
