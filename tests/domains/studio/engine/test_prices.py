from __future__ import annotations

import pytest

from silkcast.domains.studio.engine.prices import price_words
from silkcast.kernel.money import Money


@pytest.mark.parametrize(
    ("money", "language", "words"),
    [
        (Money(3900, "USD"), "en", "$39.00"),
        (Money(129_900, "USD"), "en", "$1,299.00"),
        (Money(5900, "JPY"), "en", "¥5,900"),
        (Money(12_500, "KWD"), "en", "KWD 12.500"),
        (Money(3900, "EUR"), "en", "€39.00"),
        (Money(3900, "USD"), "zh-hans", "US$39.00"),
        (Money(3900, "CNY"), "zh-hans", "¥39.00"),
        (Money(3900, "USD"), "not-a-language", "$39.00"),
    ],
)
def test_a_price_is_written_as_its_viewers_write_it(money: Money, language: str, words: str) -> None:
    assert price_words(money, language) == words
