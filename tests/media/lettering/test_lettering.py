"""Every letter of every language and currency that the console offers has a glyph, shaped and in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import uharfbuzz as hb
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from silkcast.domains.control_room.labels import LANGUAGES
from silkcast.domains.studio.engine.prices import price_words
from silkcast.kernel.money import EXPONENTS, Money
from silkcast.media.lettering.faces import Faces, installed
from silkcast.media.lettering.line import Line, fitted, shaped
from silkcast.media.lettering.runs import clusters, missing, runs

SAMPLES = {
    "en": "Silk scarf, hand-made: “naïve” façade – 5 left…",
    "zh": "真丝围巾 手工刺绣·九八折！龘靐齉 繁體字 裡 峯",
    "de": "Fußwärmer für Übergrößen ÄÖÜäöüß",
    "fr": "Écharpe en soie – cœur, naïf, ça, Ÿ « été »",
    "es": "¿Pañuelo? ¡Señorita! ñáéíóúü",
    "pt": "Lenço de seda: coração, avó, ãõâêôç",
    "it": "Sciarpa di seta: città, perché, più",
    "nl": "Zijden sjaal: één, ïJsselmeer, ĳ",
    "ja": "絹のスカーフ カタカナ 込 働 峠 畑 辻 円 ｶﾅ ー々〆ゞ",
    "ko": "실크 스카프 뷁 똠방각하 한국어",
    "th": "ผ้าพันคอไหม น้ำ ที่ กำ ปู่ ๑๒๓",
    "vi": "Khăn lụa: ế ộ ữ ẫ ẵ ợ ỹ đ Đ",
    "id": "Syal sutra buatan tangan",
    "ar": "وشاح حرير لا إله ١٢٣ پ چ گ ؟ ،",
}
NEIGHBOURS = {
    "pl": "Zażółć gęślą jaźń ŁÓDŹ",
    "tr": "Ğğ İı Şş",
    "cs": "Žluťoučký kůň",
    "hu": "Árvíztűrő tükörfúrógép",
    "ro": "Țară, șah",
    "ru": "Шёлковый шарф — ҐЇЄ",
    "el": "Μεταξωτό φουλάρι ΐ ΰ",
    "he": "צעיף משי שָׁלוֹם",
    "hi": "रेशमी दुपट्टा क्षत्रिय श्री ₹",
    "is": "Þjóð, ðæö",
    "bn": "সিল্কের স্কার্ফ ক্ষ ত্র ৳১২৩",
    "pa": "ਰੇਸ਼ਮੀ ਦੁਪੱਟਾ ਸ੍ਰੀ ੧੨੩",
    "gu": "રેશમી દુપટ્ટો ક્ષ શ્રી ૧૨૩",
    "or": "ରେଶମୀ ଓଢ଼ଣୀ କ୍ଷ ୧୨୩",
    "ta": "பட்டு தாவணி க்ஷ ஸ்ரீ ௧௨",
    "te": "పట్టు కండువా క్ష శ్రీ ౧౨",
    "kn": "ರೇಷ್ಮೆ ಸ್ಕಾರ್ಫ್ ಕ್ಷ ಶ್ರೀ ೧೨",
    "ml": "പട്ട് സ്കാർഫ് ക്ഷ ന്റെ ൧൨",
    "si": "සේද ස්කාෆ් ශ්‍රී ක්ෂ",
    "lo": "ຜ້າພັນຄໍໄໝ ນ້ຳ ໑໒໓",
    "my": "ပိုးထည် ပုဝါ က္က ကြွေ ၁၂၃",
    "ka": "აბრეშუმის შარფი ᲐᲑᲒ",
    "hy": "Մետաքսե շարֆ և՞",
    "am": "የሐር ሻርፕ ፩፪ ።",
    "km": "កន្សែងសូត្រ ស្ត្រី ១២៣",
    "emoji": "🔥 👗 ❤️ ⭐ ✅ 👩‍👧",
    "signs": "№ ™ ® © ° × ÷ ½ ¼ → ✓ ★ ℃ ㎏ ①",
}


def is_whole(line: Line) -> bool:
    """No glyph is the box that stands for a missing one."""
    return all(glyph.number for glyph in line.glyphs)


def picture(line: Line, width: int = 900) -> np.ndarray:
    image = Image.new("RGBA", (width, 80), (0, 0, 0, 255))
    line.draw(image, 10, 40, (255, 255, 255, 255))
    return np.asarray(image)[..., 0]


def test_all_fonts_are_there() -> None:
    assert installed().is_complete


def test_there_is_a_sample_of_every_language_that_the_console_offers() -> None:
    assert SAMPLES.keys() == LANGUAGES.keys()


@pytest.mark.parametrize("text", [*SAMPLES.values(), *NEIGHBOURS.values()], ids=[*SAMPLES, *NEIGHBOURS])
def test_every_letter_has_a_glyph(text: str) -> None:
    assert missing(text, installed()) == ""
    line = shaped(text, installed(), 26)
    assert is_whole(line)
    assert picture(line).max() == 255


def test_every_price_has_its_glyphs_in_every_language() -> None:
    for currency in EXPONENTS:
        for language in LANGUAGES:
            words = price_words(Money(123_456_789, currency), language)
            assert missing(words, installed()) == "", words
            assert is_whole(shaped(words, installed(), 46)), words


@pytest.mark.parametrize("sign", "₩฿₫₹₱₪₺₽€£¥￥₦₵₡")
def test_the_signs_of_currencies_differ_from_a_box_and_from_each_other(sign: str) -> None:
    drawn = picture(shaped(sign, installed(), 46), 80)
    assert not np.array_equal(drawn, picture(shaped("\ufdd0", installed(), 46), 80))
    assert not np.array_equal(drawn, picture(shaped("$", installed(), 46), 80))


def test_arabic_letters_are_joined_and_run_to_the_left() -> None:
    line = shaped("حرير", installed(), 26)
    font = line.glyphs[0].face.font
    nominal = [font.get_nominal_glyph(ord(letter)) for letter in "حرير"]
    assert len(line.glyphs) >= 4
    assert line.glyphs[-1].number != nominal[0]  # at the right end, in its first form
    assert [font.glyph_to_string(glyph.number) for glyph in line.glyphs] != [
        font.glyph_to_string(number) for number in reversed(nominal)
    ]


def test_marks_sit_on_their_letters() -> None:
    alone, stacked = shaped("ที", installed(), 60), shaped("ที่", installed(), 60)
    assert alone.advance == stacked.advance
    tone = stacked.glyphs[-1]
    unshaped = hb.Buffer()
    unshaped.add_str("่")
    unshaped.guess_segment_properties()
    hb.shape(tone.face.font, unshaped)
    assert (tone.number, tone.y) != (unshaped.glyph_infos[0].codepoint, 0.0)  # above the vowel, not on it


def test_a_vowel_that_is_read_after_its_letter_may_stand_before_it() -> None:
    line = shaped("कि", installed(), 26)
    font = line.glyphs[0].face.font
    ka = font.get_nominal_glyph(ord("क"))
    assert [glyph.number == ka for glyph in line.glyphs] == [False, True]


@pytest.mark.parametrize(("composed", "apart"), [("ế", "e\u0302\u0301"), ("ñ", "n\u0303"), ("가", "\u1100\u1161")])
def test_letters_that_come_in_parts_look_as_if_they_came_whole(composed: str, apart: str) -> None:
    assert np.array_equal(picture(shaped(composed, installed(), 40)), picture(shaped(apart, installed(), 40)))


def test_scripts_side_by_side_each_have_their_font() -> None:
    found = [(run.text, run.face.name.partition("_")[0]) for run in runs("丝巾 “手工” Silk 실크 ไหม 5件", installed())]
    assert found == [
        ("丝巾 “手工” ", "NotoSansSC"),
        ("Silk ", "NotoSans"),
        ("실크 ", "NotoSansKR"),
        ("ไหม", "NotoSansThai"),
        (" 5", "NotoSans"),
        ("件", "NotoSansSC"),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("صندوق (USB) 39.90", "39.90 )USB( قودنص"),  # in Hebrew and Arabic the drawn bracket is the other one
        ("Silk حرير scarf", "Silk ريرح scarf"),
        ("צעיף [A-1] משי", "ישמ ]A-1[ ףיעצ"),
        ("a\u200db ب\u200cت", "a\u200db ت\u200cب"),
    ],
)
def test_text_in_both_directions_stands_in_its_order(text: str, shown: str) -> None:
    assert as_shown(text) == shown


@given(st.text("aZ אבجح19٣ ,.:-+%$€()[]/", max_size=24))
def test_the_order_is_that_of_another_implementation(text: str) -> None:
    text = " ".join(text.split())
    assert as_shown(text) == get_display(text)


def as_shown(text: str) -> str:
    return "".join(run.text[::-1] if run.is_rtl else run.text for run in runs(text, installed()))


def test_a_bracket_read_from_the_right_is_drawn_the_other_way_round() -> None:
    def numbers(text: str) -> list[int]:
        return [glyph.number for glyph in shaped(text, installed(), 26).glyphs]

    latin = numbers("(b)")
    hebrew = numbers("(ב)")
    assert [hebrew[0], hebrew[2]] == [latin[0], latin[2]]


def test_what_no_font_has_is_named_once() -> None:
    assert missing("Silk 𓀀 한 𓀀 ᚠ\x00\u202e", installed()) == "𓀀ᚠ"
    assert missing("", installed()) == ""


@pytest.mark.parametrize("text", [*SAMPLES.values(), *NEIGHBOURS.values()], ids=[*SAMPLES, *NEIGHBOURS])
def test_a_line_that_is_too_long_ends_in_an_ellipsis_between_letters(text: str) -> None:
    whole = shaped(text * 8, installed(), 26)
    assert whole.width > 520
    line = fitted(text * 8, installed(), 26, 520)
    assert 400 < line.width <= 520
    assert is_whole(line)
    assert fitted(text, installed(), 26, 10_000).glyphs == shaped(text, installed(), 26).glyphs


def test_a_letter_is_never_parted_from_its_marks() -> None:
    assert clusters("ที่e\u0301👩‍👧❤️") == ["ที่", "e\u0301", "👩‍👧", "❤️"]
    assert clusters("ক্ষমা ស្ត្រី က္ကa") == ["ক্ষ", "মা", " ", "ស្ត្រី", " ", "က္က", "a"]


def test_a_font_that_is_missing_is_told_and_the_others_still_draw(tmp_path: Path) -> None:
    (sc,) = {face.path for face in (installed().find("丝"),) if face}
    folder = tmp_path / "noto-sans-sc" / "500Medium"
    folder.mkdir(parents=True)
    (folder / sc.name).symlink_to(sc)
    faces = Faces(tmp_path)
    assert not faces.is_complete
    assert missing("丝 Silk 실", faces) == "실"
