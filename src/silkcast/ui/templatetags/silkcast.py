"""How templates write money, times and figures; the browser's Intl gives the same text for the same language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from silkcast.kernel import money as kernel_money
from silkcast.kernel.ids import new_id

register = template.Library()
NOTHING = "–"
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")
_NO_BREAK = "\u00a0"


def _locale() -> Locale:
    return Locale.parse("zh_Hans_CN" if (get_language() or "en").startswith("zh") else "en_US")


@register.filter
def exponent(amount: kernel_money.Money) -> int:
    return kernel_money.exponent(amount.currency)


@register.filter
def money(amount: kernel_money.Money | None) -> str:
    """The number of decimals comes from our own table, the symbol from CLDR."""
    if amount is None:
        return NOTHING
    places = kernel_money.exponent(amount.currency)
    locale = _locale()
    pattern = "#,##0" + ("." + "0" * places if places else "")
    digits = format_decimal(abs(amount.decimal()), format=pattern, locale=locale)
    symbol = locale.currency_symbols.get(amount.currency, amount.currency)
    gap = _NO_BREAK if symbol == amount.currency else ""
    return f"{'-' if amount.minor < 0 else ''}{symbol}{gap}{digits}"


@register.filter
def local_time(at: dt.datetime | None, zone: str = "UTC") -> str:
    if at is None:
        return NOTHING
    return str(format_datetime(at, "yyyy-MM-dd HH:mm", tzinfo=ZoneInfo(zone), locale=_locale()))


@register.filter
def local_clock(at: dt.datetime | None, zone: str = "UTC") -> str:
    return NOTHING if at is None else str(format_datetime(at, "HH:mm:ss", tzinfo=ZoneInfo(zone), locale=_locale()))


@register.filter
def count(number: int | None) -> str:
    return NOTHING if number is None else str(format_decimal(number, locale=_locale()))


@register.filter
def percent(share: float | None) -> str:
    return NOTHING if share is None else str(format_percent(share, format="0.0%", locale=_locale()))


@register.filter
def duration(seconds: float | None) -> str:
    """Minutes and seconds, with hours where there are any: 1:02:03."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@register.filter(name="bytes")
def byte_size(size: int | None) -> str:
    """In powers of ten, as network figures are: 1.2 MB."""
    if size is None:
        return NOTHING
    amount, step = Decimal(size), 0
    while amount >= 1000 and step + 1 < len(BYTE_UNITS):
        amount, step = amount / 1000, step + 1
    return f"{amount:.0f} {BYTE_UNITS[step]}" if step < 2 else f"{amount:.1f} {BYTE_UNITS[step]}"


@register.simple_tag
def request_id() -> SafeString:
    """The form's idempotency key: a new one per form, kept by a retry of it."""
    return format_html('<input type="hidden" name="request_id" value="{}">', new_id())
