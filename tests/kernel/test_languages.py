"""Which tags name a language, how each is spelled, and what it falls back to."""

from __future__ import annotations

import pytest

from silkcast.kernel.languages import LANGUAGE_CHARS_MAX, LanguageUnknown, broader, language_of


@pytest.mark.parametrize(
    ("tag", "spelled"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en-US"),
        ("EN-us", "en-US"),
        ("pt-BR", "pt-BR"),
        ("zh-Hant", "zh-Hant"),
        ("zh-hans", "zh-Hans"),
        ("ZH-HANT-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("yue-Hant-HK", "yue-Hant-HK"),
        ("fil", "fil"),
        ("iw", "he"),
        ("cmn-Hans-CN", "zh-Hans-CN"),
        ("de-CH-1901", "de-CH"),
        ("en-GB-u-ca-gregory", "en-GB"),
        ("zh-CN-x-private", "zh-CN"),
    ],
)
def test_a_tag_has_one_spelling(tag: str, spelled: str) -> None:
    assert language_of(tag) == spelled
    assert language_of(spelled) == spelled
    assert len(spelled) <= LANGUAGE_CHARS_MAX


@pytest.mark.parametrize(
    "tag",
    [
        *(
            "",
            " ",
            "xx",
            "xx-yy",
            "en-XX",
            "en-ZZ",
            "en_US",
            "english",
            "e",
            "en-",
            "-en",
            "en--US",
            "en-u",
            "x-private",
        ),
        *("und", "mul", "zxx", "en-Qqqq", "en\n", "中文", "en-" + "a" * 60),
    ],
)
def test_what_names_no_language_is_refused(tag: str) -> None:
    with pytest.raises(LanguageUnknown) as refused:
        language_of(tag, field="wanted")
    assert refused.value.facts == {"field": "wanted", "language": tag[:35]}


def test_a_tag_falls_back_to_broader_ones() -> None:
    assert list(broader("zh-Hant-TW")) == ["zh-Hant-TW", "zh-Hant", "zh"]
    assert list(broader("en")) == ["en"]
