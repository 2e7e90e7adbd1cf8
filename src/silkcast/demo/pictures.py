"""Draws what the demo base shows: its products, as plain shapes, and the card on which nobody real presents."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from silkcast.media.lettering.faces import installed
from silkcast.media.lettering.line import shaped

SIZE = 800
PAPER = (250, 246, 238)
SOFTEN_PX = 18
Draw = ImageDraw.ImageDraw
Colour = tuple[int, int, int]


def _shade(colour: Colour, amount: float) -> Colour:
    r, g, b = (max(0, min(255, round(part * amount))) for part in colour)
    return (r, g, b)


def _scarf(draw: Draw) -> None:
    red = (196, 58, 44)
    draw.polygon([(150, 240), (430, 150), (660, 300), (610, 600), (330, 680), (190, 520)], fill=red)
    for step in range(1, 5):
        draw.line(
            [(190 + step * 62, 262 - step * 12), (250 + step * 58, 640 - step * 6)], fill=_shade(red, 0.82), width=14
        )
    draw.line([(150, 240), (430, 150), (660, 300)], fill=_shade(red, 1.25), width=10)


def _teacup(draw: Draw) -> None:
    celadon = (138, 178, 160)
    draw.ellipse([190, 560, 610, 680], fill=_shade(celadon, 0.85))
    draw.polygon([(220, 300), (580, 300), (520, 590), (280, 590)], fill=celadon)
    draw.ellipse([220, 250, 580, 350], fill=_shade(celadon, 1.18))
    draw.ellipse([250, 270, 550, 335], fill=(150, 110, 60))


def _robe(draw: Draw) -> None:
    ivory, rose = (238, 226, 204), (208, 96, 120)
    draw.polygon(
        [(300, 140), (500, 140), (600, 300), (560, 700), (240, 700), (200, 300)], fill=ivory, outline=_shade(ivory, 0.8)
    )
    draw.polygon([(370, 140), (430, 140), (400, 420)], fill=_shade(ivory, 0.85))
    draw.rectangle([250, 400, 550, 440], fill=rose)
    for x, y in ((290, 300), (500, 330), (320, 560), (480, 600), (400, 510)):
        for petal in range(6):
            angle = petal * math.pi / 3
            px, py = x + 20 * math.cos(angle), y + 20 * math.sin(angle)
            draw.ellipse([px - 16, py - 16, px + 16, py + 16], fill=rose)
        draw.ellipse([x - 10, y - 10, x + 10, y + 10], fill=(244, 208, 96))


def _teapot(draw: Draw) -> None:
    clay = (126, 66, 44)
    draw.arc([520, 300, 720, 560], 270, 90, fill=_shade(clay, 0.9), width=34)
    draw.polygon([(250, 400), (110, 300), (130, 280), (290, 350)], fill=_shade(clay, 0.95))
    draw.ellipse([210, 290, 610, 640], fill=clay)
    draw.ellipse([300, 270, 520, 330], fill=_shade(clay, 1.2))
    draw.ellipse([385, 225, 435, 275], fill=_shade(clay, 1.3))


def _eyemask(draw: Draw) -> None:
    grey = (150, 152, 160)
    draw.rounded_rectangle([60, 370, 740, 420], 24, fill=_shade(grey, 0.7))
    draw.rounded_rectangle([150, 290, 650, 520], 110, fill=grey)
    draw.polygon([(350, 530), (450, 530), (400, 430)], fill=PAPER)


def _vase(draw: Draw) -> None:
    white, blue = (244, 246, 250), (46, 84, 160)
    draw.rectangle([350, 110, 450, 260], fill=white, outline=_shade(white, 0.8))
    draw.ellipse([240, 220, 560, 690], fill=white, outline=_shade(white, 0.8))
    for row in range(4):
        box = [270, 330 + row * 75, 530, 400 + row * 75]
        draw.arc(box, 10, 170, fill=blue, width=8)
        draw.arc(box, 190, 350, fill=_shade(blue, 1.4), width=5)
    draw.rectangle([350, 130, 450, 150], fill=blue)


PRODUCTS: dict[str, Callable[[Draw], None]] = {
    "scarf": _scarf,
    "teacup": _teacup,
    "robe": _robe,
    "teapot": _teapot,
    "eyemask": _eyemask,
    "vase": _vase,
}


def product(name: str) -> Image.Image:
    """A product on paper, with a soft shadow; 800 × 800."""
    shadow = Image.new("L", (SIZE, SIZE), 0)
    ImageDraw.Draw(shadow).ellipse([180, 620, 640, 720], fill=90)
    shadow = shadow.filter(ImageFilter.GaussianBlur(SOFTEN_PX))
    paper = Image.new("RGB", (SIZE, SIZE), PAPER)
    paper.paste((190, 180, 165), mask=shadow)
    PRODUCTS[name](ImageDraw.Draw(paper))
    return paper


def write_products(folder: Path) -> None:
    """One PNG per product, as the catalogue names them; those already there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PRODUCTS:
        path = folder / f"{name}.png"
        if not path.exists():
            product(name).resize((640, 640), Image.Resampling.LANCZOS).save(path)


def presenter_card(width: int, height: int) -> Image.Image:
    """The still part of the presenter's picture: a set, a drawn figure, and words that say it is simulated."""
    card = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(card)
    for y in range(height):
        t = y / height
        draw.line([(0, y), (width, y)], fill=(round(52 + 26 * t), round(36 + 14 * t), round(58 + 4 * t)))
    draw.rectangle([0, height - 130, width, height], fill=(92, 58, 44))
    draw.ellipse([width // 2 - 92, 170, width // 2 + 92, 380], fill=(226, 186, 158))
    draw.pieslice([width // 2 - 108, 150, width // 2 + 108, 370], 180, 360, fill=(38, 28, 26))
    draw.rounded_rectangle([width // 2 - 190, 392, width // 2 + 190, height + 60], 120, fill=(178, 52, 48))
    draw.polygon([(width // 2 - 46, 392), (width // 2 + 46, 392), (width // 2, 490)], fill=(240, 226, 208))
    _centred(card, 34, "SIMULATED CAMERA  模拟机位", 72)
    _centred(card, 24, "No person is shown; the sound is a test tone  非真人，声音为测试音", 118)
    return card


def _centred(card: Image.Image, size_px: int, text: str, middle: int) -> None:
    line = shaped(text, installed(), size_px)
    line.draw(card, (card.width - line.advance) / 2, middle, (250, 240, 224))
