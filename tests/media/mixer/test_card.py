from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from silkcast.media.lettering.faces import Faces, installed
from silkcast.media.mixer.canvas import Canvas, picture_of
from silkcast.media.mixer.card import CardPress, Corner, Label, PriceCard

SCARF = PriceCard("真丝围巾 Silk scarf", "$39.00", "$59.00", 123, "left")


def pixels(press: CardPress, card: PriceCard | Label) -> bytes:
    canvas = Canvas(1280, 720)
    canvas.picture.fill((16, 128, 128))
    for overlay in press.draw([card]):
        overlay.blend(canvas.picture)
    return canvas.picture.y.tobytes()


@pytest.mark.parametrize("folder", [None, Path("/nowhere")])
def test_without_its_fonts_a_card_still_shows_latin_text(folder: Path | None) -> None:
    press = CardPress(Faces(folder), 1280, 720)
    assert not press.is_complete
    assert pixels(press, PriceCard("Silk", "$1.00")) != pixels(press, PriceCard("Wool", "$1.00"))


def test_a_price_card_stands_in_the_lower_left_corner(press: CardPress) -> None:
    (card,) = press.draw([SCARF])
    assert (card.x, card.y + card.height) == (32, 720 - 32)


@pytest.mark.parametrize(
    ("corner", "edges"),
    [
        (Corner.TOP_LEFT, (32, 32)),
        (Corner.TOP_RIGHT, (1280 - 32, 32)),
        (Corner.BOTTOM_LEFT, (32, 720 - 32)),
        (Corner.BOTTOM_RIGHT, (1280 - 32, 720 - 32)),
    ],
)
def test_a_label_stands_in_its_corner(press: CardPress, corner: Corner, edges: tuple[int, int]) -> None:
    (label,) = press.draw([Label("SIMULATED 模拟", corner)])
    assert edges[0] in (label.x, label.x + label.width)
    assert edges[1] in (label.y, label.y + label.height)


def test_graphics_of_one_corner_do_not_cover_each_other(press: CardPress) -> None:
    overlays = press.draw([Label("one"), Label("two"), Label("three")])
    assert [overlay.y for overlay in overlays] == [32, 32 + 40 + 12, 32 + 2 * (40 + 12)]


def test_a_flood_of_labels_ends_at_the_picture_s_edge(press: CardPress) -> None:
    overlays = press.draw([Label(f"label {number}") for number in range(100)])
    assert len(overlays) == 13
    assert all(overlay.y + overlay.height <= 720 for overlay in overlays)


@pytest.mark.parametrize(
    "changed",
    [
        PriceCard("真丝围巾 Silk scarf", "$39.01", "$59.00", 123, "left"),
        PriceCard("真丝围巾 Silk scarf", "$39.00", "$59.00", 122, "left"),
        PriceCard("真丝围布 Silk scarf", "$39.00", "$59.00", 123, "left"),
        PriceCard("真丝围巾 Silk scarf", "$39.00", "", 123, "left"),
        PriceCard("真丝围巾 Silk scarf", "$39.00", "$59.00", None, "left"),
    ],
)
def test_every_word_of_a_card_is_seen(press: CardPress, changed: PriceCard) -> None:
    assert pixels(press, SCARF) != pixels(press, changed)


def test_only_what_changed_is_drawn_again(press: CardPress) -> None:
    card, label = press.draw([SCARF, Label("SIMULATED 模拟")])
    next_card, same_label = press.draw(
        [PriceCard("真丝围巾 Silk scarf", "$39.00", "$59.00", 122, "left"), Label("SIMULATED 模拟")]
    )
    assert same_label is label
    assert next_card is not card


def test_few_units_are_drawn_in_another_colour(press: CardPress) -> None:
    def red(units: int) -> int:
        canvas = Canvas(1280, 720)
        canvas.picture.fill((16, 128, 128))
        press.draw([PriceCard("Silk", "$1.00", "", units, "left")])[0].blend(canvas.picture)
        return int((canvas.picture.v > 180).sum())

    assert red(10) > red(11)


def test_a_long_title_ends_in_an_ellipsis_and_a_card_of_bounded_width(press: CardPress) -> None:
    (card,) = press.draw([PriceCard("手工刺绣 Hand-embroidered " * 20, "$39.00")])
    assert card.width <= 520 + 2 * 20 + 8 + 1


def test_words_with_line_breaks_and_odd_characters_are_drawn_in_one_line(press: CardPress) -> None:
    (card,) = press.draw([PriceCard("a\nb\tc \U0001f9e3 \x00", "¥1")])
    assert card.height == 124


def test_the_slate_has_words_on_it(press: CardPress) -> None:
    frame = press.slate("马上回来\nBack in a moment").frame
    luma = picture_of(frame).y
    assert (frame.width, frame.height) == (1280, 720)
    assert int(luma[0, 0]) < 50
    assert int((luma[310:410, 400:880] > 120).sum()) > 1000
    assert not np.array_equal(luma, picture_of(press.slate("别的").frame).y)


def test_a_card_scales_with_the_programme() -> None:
    (large,) = CardPress(installed(), 1920, 1080).draw([SCARF])
    assert large.height == 124 * 1080 // 720
