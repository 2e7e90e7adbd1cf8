"""What a search makes no difference of, and what it does."""

from __future__ import annotations

import pytest

from silkcast.kernel.searching import WORDS_MAX, folded, is_found, words_of


@pytest.mark.parametrize(
    ("typed", "as_folded"),
    [
        ("Ärmelloses CRÈME", "armelloses creme"),
        ("КИМОНО", "кимоно"),
        ("Ёлка", "елка"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("İSTANBUL ISPARTA ısparta", "istanbul isparta isparta"),
        ("Łódź Ærø Œuvre", "lodz aero oeuvre"),
        ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
        ("Ｓｉｌｋ　Ｓｃａｒｆ　１２", "silk scarf 12"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("真丝围巾", "真丝围巾"),
        ("한복", "한복"),
        ("ผ้าไหม", "ผ้าไหม"),
        ("كِتَاب", "كتاب"),
        ("كتــاب", "كتاب"),
        ("Women’s ‘Slip’ “Lux”", "women's 'slip' \"lux\""),
        ("T‑shirt – 10−20 — Ｘ－１", "t-shirt - 10-20 - x-1"),
        ("sil\u00adk\u200bscarf\ufeff \u200eA\u200f ❤\ufe0f", "silkscarf a ❤"),
        ("1½ m, ½ kg", "1 1/2 m,  1/2 kg"),
        ("30×40 cm", "30x40 cm"),
    ],
)
def test_case_accents_and_width_make_no_difference(typed: str, as_folded: str) -> None:
    assert folded(typed) == as_folded
    assert folded(as_folded) == as_folded


@pytest.mark.parametrize(("one", "other"), [("が", "か"), ("한", "하"), ("%", "x"), ("5²", "5")])
def test_other_letters_stay_apart(one: str, other: str) -> None:
    assert not is_found(one, other)


def test_every_word_must_be_there_in_any_order_and_in_any_of_the_texts() -> None:
    texts = ("Ärmelloses Crème Кимоно", "无袖和服", "SK-100")
    for query in ("crème", "CREME кимоно", "кимоно ärmel", "和服 sk-100", "袖", " ", ""):
        assert is_found(query, *texts), query
    for query in ("creme robe", "100-SK", "服无"):
        assert not is_found(query, *texts), query


def test_no_word_goes_over_the_end_of_a_text() -> None:
    assert not is_found("ab", "a", "b")


def test_a_query_has_a_bound() -> None:
    assert len(words_of("a " * 1_000)) == WORDS_MAX
    assert len("".join(words_of("x" * 10_000))) == 200
