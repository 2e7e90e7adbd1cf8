"""What the addresses of a country say, and under which names."""

from __future__ import annotations

from string import ascii_uppercase

import pytest

from silkcast.domains.shipping.api import Rules, find_rules
from silkcast.kernel.words import catalogue, sentence

COUNTRIES = [a + b for a in ascii_uppercase for b in ascii_uppercase if find_rules(a + b) is not None]


def rules_of(country: str) -> Rules:
    found = find_rules(country)
    assert found is not None
    return found


def words(country: str, field: str, language: str = "en") -> str:
    return sentence(rules_of(country).words[field], {}, language)


def test_each_country_has_its_own_fields_in_its_own_order() -> None:
    assert rules_of("US").fields == ("city", "region", "postcode")
    assert rules_of("DE").fields == ("postcode", "city")
    assert rules_of("HK").fields == ("city", "region")
    assert rules_of("AE").fields == ("region",)
    assert rules_of("SG").fields == ("postcode",)


@pytest.mark.parametrize(
    ("country", "required"),
    [
        ("US", {"city", "region", "postcode"}),
        ("CN", {"city", "region", "postcode"}),
        ("DE", {"city", "postcode"}),
        ("IE", {"city"}),
        ("KW", {"city"}),
        ("QA", {"city"}),
        ("HK", {"region"}),
        ("AE", {"region"}),
    ],
)
def test_each_country_needs_what_its_post_needs(country: str, required: set[str]) -> None:
    assert rules_of(country).required == required


@pytest.mark.parametrize(
    ("country", "city", "region", "postcode", "missing"),
    [
        ("US", "Springfield", "IL", "62701", None),
        ("US", "Springfield", "IL", "", "postcode"),
        ("US", "Springfield", "", "62701", "region"),
        ("US", "", "IL", "62701", "city"),
        ("HK", "", "Kowloon", "", None),
        ("HK", "Hong Kong", "", "", None),
        ("HK", "", "", "", "region"),
        ("AE", "Dubai", "", "", None),
        ("IE", "Dublin", "", "", None),
        ("JP", "千代田区", "", "100-0001", None),
        ("JP", "", "東京都", "", "postcode"),
    ],
)
def test_the_first_field_that_is_missing(
    country: str, city: str, region: str, postcode: str, missing: str | None
) -> None:
    assert rules_of(country).missing(city, region, postcode) == missing


@pytest.mark.parametrize(
    ("country", "good", "bad"),
    [
        ("US", ["90001", "90001-1234"], ["9000", "9000A", "90001-12", "SW1A 1AA"]),
        ("GB", ["SW1A 1AA", "EC1Y8SY", "GIR 0AA"], ["SW1A", "12345"]),
        ("IE", ["A65 F4E2", "D02AF30", ""], ["12345"]),
        ("JP", ["100-0001", "1000001"], ["100-001", "〒100"]),
        ("HK", ["", "999077"], []),
    ],
)
def test_a_postcode_has_the_form_of_its_country(country: str, good: list[str], bad: list[str]) -> None:
    rules = rules_of(country)
    assert [code for code in good if not rules.fits(code)] == []
    assert [code for code in bad if rules.fits(code)] == []


def test_every_example_of_a_postcode_has_the_form_that_is_asked_for() -> None:
    assert [country for country in COUNTRIES if not rules_of(country).fits(rules_of(country).example)] == []


def test_a_field_is_called_what_the_country_calls_it() -> None:
    assert [words(country, "postcode") for country in ("US", "IE", "IN", "DE")] == [
        "ZIP code",
        "Eircode",
        "PIN code",
        "Postcode",
    ]
    assert [words(country, "region") for country in ("US", "CN", "JP", "AE")] == [
        "State",
        "Province",
        "Prefecture",
        "Emirate",
    ]
    assert words("US", "postcode", "zh-hans") == "邮政编码（ZIP）"
    assert words("JP", "region", "zh-hans") == "都道府县"


def test_every_name_of_a_field_is_said_in_both_languages() -> None:
    assert len(COUNTRIES) == 252
    for country in COUNTRIES:
        rules = rules_of(country)
        assert {rules.words[field] for field in rules.fields} <= set(catalogue()), country


def test_regions_are_named_for_the_reader_and_written_for_the_post() -> None:
    california = next(region for region in rules_of("US").regions if region.key == "CA")
    assert (california.words("en"), california.written("en")) == ("California", "CA")
    kowloon = rules_of("HK").regions[0]
    assert (kowloon.words("en"), kowloon.words("zh-hans"), kowloon.written("zh-hans")) == ("Kowloon", "九龍", "Kowloon")
    guangdong = next(region for region in rules_of("CN").regions if region.key == "广东省")
    assert (guangdong.written("en"), guangdong.written("zh-hans")) == ("Guangdong Sheng", "广东省")
    assert "Dubai" in {region.words("en") for region in rules_of("AE").regions}


@pytest.mark.parametrize("country", ["", "us", "ZZ", "XX", "UK", "USA", "..", "U1", "../us"])
def test_what_is_no_country_has_no_rules(country: str) -> None:
    assert find_rules(country) is None
