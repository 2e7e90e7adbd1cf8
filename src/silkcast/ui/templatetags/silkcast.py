"""How templates write money, times and figures (the browser's Intl gives the same text for the same language), and how
they draw components."""

from __future__ import annotations

import datetime as dt
import functools
import re
import secrets
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale
from django import template
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from silkcast.kernel import money as kernel_money
from silkcast.kernel.ids import new_id

register = template.Library()
NOTHING = "–"
DRAWN_MAX = 4096
KEPT_CHARS_MAX = 2_000  # with a longer text, say of an address, a component is drawn each time: kept are a few kB each
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")
_NO_BREAK = "\u00a0"
SCRIPT_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&"}  # nothing in a text ends its script
# They stand for a token and a key in what was drawn for every page; nobody outside can know them, so no text of a
# person's holds one.
PAGE_TOKEN, FORM_KEY = (f"{name}-{secrets.token_hex(16)}" for name in ("token", "key"))
FORM_MARKS = re.compile(f"({PAGE_TOKEN}|{FORM_KEY})")


@functools.cache
def _symbol(currency: str, language: str) -> str:
    """From CLDR, with a space where the currency's code stands for a symbol that it has not."""
    locale = Locale.parse("zh_Hans_CN" if language.startswith("zh") else "en_US")
    symbol = str(locale.currency_symbols.get(currency, currency))
    return symbol + (_NO_BREAK if symbol == currency else "")


@register.filter
def exponent(amount: kernel_money.Money) -> int:
    return kernel_money.exponent(amount.currency)


@register.filter
def money(amount: kernel_money.Money | None) -> str:
    """The number of decimals comes from our own table, the symbol from CLDR."""
    if amount is None:
        return NOTHING
    places = kernel_money.exponent(amount.currency)
    sign = "-" if amount.minor < 0 else ""
    return f"{sign}{_symbol(amount.currency, get_language() or 'en')}{abs(amount.decimal()):,.{places}f}"


@register.filter
def local_time(at: dt.datetime | None, zone: str = "UTC") -> str:
    return NOTHING if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@register.filter
def zoned_time(at: dt.datetime | None, zone: str = "UTC") -> str:
    """With the zone beside it: buyers read from anywhere. "2026-12-01 09:08 UTC+8"."""
    if at is None:
        return NOTHING
    local = at.astimezone(ZoneInfo(zone))
    minutes = int((local.utcoffset() or dt.timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    offset = (f"{sign}{hours}" + (f":{rest:02}" if rest else "")) if minutes else ""
    return f"{local:%Y-%m-%d %H:%M} UTC{offset}"


@register.filter
def local_clock(at: dt.datetime | None, zone: str = "UTC") -> str:
    return NOTHING if at is None else f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}"


@register.filter
def count(number: int | None) -> str:
    return NOTHING if number is None else f"{number:,}"


@register.filter
def percent(share: float | None) -> str:
    return NOTHING if share is None else f"{Decimal(str(share)):,.1%}"


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


@register.filter
def page_data(value: Any, element_id: str) -> SafeString:
    """What a page's script reads as JSON; a chart of some hours in a tenth of the time of Django's own filter."""
    text = msgspec.json.encode(value).decode().translate(SCRIPT_ESCAPES)
    return format_html('<script id="{}" type="application/json">{}</script>', element_id, SafeString(text))


@register.simple_tag(takes_context=True)
def request_id(context: template.Context) -> SafeString:
    """The form's idempotency key: a new one per form, kept by a retry of it."""
    return format_html('<input type="hidden" name="request_id" value="{}">', _form_key(context))


def _form_key(context: template.Context) -> str:
    return FORM_KEY if context.get("csrf_token") is PAGE_TOKEN else str(new_id())


@register.simple_tag(takes_context=True)
def component(context: template.Context, path: str, **given: Any) -> SafeString:
    """A template that sees what it is given and nothing else, drawn once for the same language and values.

    So it must be pure: no clock, no request. It may hold forms: the page's token and each form's key are put in when
    it is shown. What can't be a key of a dict is drawn each time.
    """
    values = [str(value) if isinstance(value, Promise) else value for value in given.values()]
    return SafeString(_shown(context, _drawing(path, get_language(), tuple(given), values)))


@register.simple_tag(takes_context=True)
def component_each(context: template.Context, path: str, name: str, rows: Iterable[Any], **given: Any) -> SafeString:
    """A component for each of many rows, which sees its row by that name; quicker than as many of the other."""
    language, names = get_language(), (name, *given)
    shared = [str(value) if isinstance(value, Promise) else value for value in given.values()]
    return SafeString("".join([_shown(context, _drawing(path, language, names, [row, *shared])) for row in rows]))


def _drawing(path: str, language: str | None, names: tuple[str, ...], values: list[Any]) -> tuple[str, ...]:
    if any(len(value) > KEPT_CHARS_MAX for value in values if isinstance(value, str)):
        return _drawn.__wrapped__(path, language, names, (), *values)
    # Values that are equal may look different: 1 and True, text that is safe or not. `typed` tells them apart, but not
    # within a row.
    kinds = tuple([tuple(map(type, value)) for value in values if isinstance(value, tuple)])
    try:
        return _drawn(path, language, names, kinds, *values)
    except TypeError:
        return _drawn.__wrapped__(path, language, names, (), *values)


@functools.lru_cache(maxsize=DRAWN_MAX, typed=True)
def _drawn(
    path: str, language: str | None, names: tuple[str, ...], kinds: tuple[tuple[type[Any], ...], ...], *values: Any
) -> tuple[str, ...]:
    """The text, cut where the token and the keys of its forms go; in one piece where it has no form."""
    seen = dict(zip(names, values, strict=True))
    text = get_template(path).render({**seen, "csrf_token": PAGE_TOKEN})
    return tuple(FORM_MARKS.split(text))


def _shown(context: template.Context, pieces: tuple[str, ...]) -> str:
    """The text with its forms' token and keys; within another component it keeps the marks of both."""
    if len(pieces) == 1:
        return pieces[0]
    token = context.get("csrf_token", "")
    if token is PAGE_TOKEN:
        return "".join(pieces)
    fresh = {PAGE_TOKEN: lambda: str(token), FORM_KEY: lambda: str(new_id())}
    return "".join([fresh[piece]() if piece in fresh else piece for piece in pieces])
