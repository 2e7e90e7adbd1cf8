from __future__ import annotations

import contextlib

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from silkcast.kernel.languages import broader
from silkcast.kernel.money import Money, exponent


def price_words(amount: Money, language: str) -> str:
    """A price as the show's viewers write it. Decimals come from our own table, symbol and digits from CLDR.

    >>> price_words(Money(129900, "USD"), "en"), price_words(Money(5900, "JPY"), "ja")
    ('$1,299.00', '￥5,900')
    """
    locale = _locale(language)
    places = exponent(amount.currency)
    digits = format_decimal(amount.decimal(), format="#,##0" + ("." + "0" * places if places else ""), locale=locale)
    symbol = locale.currency_symbols.get(amount.currency, amount.currency)
    return f"{symbol} {digits}" if symbol == amount.currency else f"{symbol}{digits}"


def _locale(language: str) -> Locale:
    for tried in broader(language):
        with contextlib.suppress(ValueError, UnknownLocaleError):
            return Locale.parse(tried, sep="-")
    return Locale("en")
