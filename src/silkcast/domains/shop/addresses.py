"""The fields of an address that differ from country to country, as the checkout's form shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from silkcast.domains.shipping.api import Region, find_rules
from silkcast.kernel.words import sentence

AUTOCOMPLETE = {"city": "address-level2", "region": "address-level1", "postcode": "postal-code"}


def address_fields(country: str, values: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """City, region and postcode, as far as the country has them, in its order and under its names."""
    rules = find_rules(country)
    if rules is None:
        return []
    return [
        {
            "name": field,
            "label": sentence(rules.words[field], {}, language),
            "required": field in rules.required,
            "autocomplete": AUTOCOMPLETE[field],
            **_choice(rules.regions if field == "region" else (), values[field].strip(), language),
        }
        for field in rules.fields
    ]


def _choice(regions: tuple[Region, ...], typed: str, language: str) -> dict[str, Any]:
    """What is filled in; where the country names its regions, which of them that is, under whichever of its names."""
    if not regions:
        return {"value": typed}
    meant = next((region for region in regions if typed.casefold() in map(str.casefold, region.names)), None)
    options = [{"value": region.written(language), "words": region.words(language)} for region in regions]
    return {"type": "select", "options": options, "value": meant.written(language) if meant else ""}
