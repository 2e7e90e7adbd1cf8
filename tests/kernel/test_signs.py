"""What shows nothing is empty, and what looks the same is the same."""

from __future__ import annotations

import pytest

from silkcast.kernel.signs import is_alike, looks, opaque, shows
from silkcast.kernel.texts import NameInvalid, name_of

UNSEEN = ("", " ", "\u200b", "\ufeff", "\u3164", "\u115f", "\u2800", "\u00ad", "\ufe0f", "\u2060 \u180e", "\U000e0041")


@pytest.mark.parametrize("text", UNSEEN)
def test_what_shows_nothing_is_no_name(text: str) -> None:
    assert not shows(text)
    with pytest.raises(NameInvalid):
        name_of(text)


@pytest.mark.parametrize("text", ["a", ".", "丝", "\u200bа", "❤\ufe0f", "ش\u200cا", "👩\u200d👧"])
def test_what_shows_something_is_kept_as_it_is(text: str) -> None:
    assert name_of(text) == text


@pytest.mark.parametrize(
    "text",
    ["DUP-1", "dup-1", "DUP-1 ", " DUP-1", "ＤＵＰ－１", "DUP\u20111", "DU\u200bP-1", "DUP\u00ad-1", "dup\u22121"],
)
def test_codes_that_look_the_same_are_the_same(text: str) -> None:
    assert looks(text) == "dup-1"
    assert is_alike(text, ["other", "Dup-1"])


@pytest.mark.parametrize("text", ["DUP1", "DUP-2", "DUP_1", "DUP--1", "D UP-1"])
def test_other_codes_stay_apart(text: str) -> None:
    assert not is_alike(text, ["DUP-1"])


@pytest.mark.parametrize(
    ("typed", "hashed"),
    [("plain  one", "plain  one"), ("cafe\u0301", "caf\u00e9"), ("a\u3000b\u00a0c", "a b c"), ("Ａ", "Ａ"), ("ß", "ß")],
)
def test_a_password_is_one_however_it_was_composed(typed: str, hashed: str) -> None:
    assert opaque(typed) == hashed
