"""Who can be sent something: an address as its country writes it, an e-mail address, and nothing that breaks a line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.cast import BUYER

from silkcast.domains.orders.api import checked_buyer
from silkcast.domains.orders.contracts import Buyer
from silkcast.domains.orders.errors import AddressInvalid
from silkcast.kernel.words import sentence


def buyer(email: str = BUYER.email, **address: Any) -> Buyer:
    return replace(BUYER, email=email, address=replace(BUYER.address, **address))


def refused(who: Buyer) -> tuple[str, str, str]:
    """The field and the sentence in both languages."""
    with pytest.raises(AddressInvalid) as refusal:
        checked_buyer(who)
    facts = refusal.value.facts
    return facts["field"], *(sentence(AddressInvalid.code, facts, language) for language in ("en", "zh"))


HONG_KONG = {"country": "HK", "city": "Mong Kok", "region": "Kowloon"}


@pytest.mark.parametrize("postcode", ["", " ", "\u3000"])
def test_where_there_is_no_postcode_none_is_asked_for(postcode: str) -> None:
    assert checked_buyer(buyer(**HONG_KONG, postcode=postcode)).address.postcode == ""
    assert checked_buyer(buyer(country="AE", city="", region="Dubai", postcode=postcode)).address.postcode == ""
    assert checked_buyer(buyer(country="IE", city="Dublin", region="", postcode=postcode)).address.postcode == ""


@pytest.mark.parametrize("postcode", ["", " ", "\u200b"])
def test_where_there_is_one_it_must_be_given(postcode: str) -> None:
    assert refused(buyer(postcode=postcode)) == (
        "buyer.address.postcode",
        "ZIP code: please fill this in.",
        "邮政编码（ZIP）：请填写。",
    )
    assert refused(buyer(country="DE", region="", postcode=postcode))[1:] == (
        "Postcode: please fill this in.",
        "邮政编码：请填写。",
    )


def test_a_postcode_of_another_form_is_refused_with_one_of_the_right_form() -> None:
    assert refused(buyer(postcode="SW1A 1AA")) == (
        "buyer.address.postcode",
        "ZIP code: please check. One there looks like 95014.",
        "邮政编码（ZIP）：请检查，格式例如 95014。",
    )


def test_a_state_is_needed_where_the_country_has_it_in_every_address() -> None:
    assert refused(buyer(region=""))[:2] == ("buyer.address.region", "State: please fill this in.")


@pytest.mark.parametrize("name", ["name", "line1"])
def test_a_parcel_needs_a_name_and_a_street(name: str) -> None:
    assert refused(buyer(**{name: " \u200b"}))[0] == f"buyer.address.{name}"


@pytest.mark.parametrize("email", ["", "@", "a b@c.de", "a@b.de\nBcc: all@b.de", "nobody"])
def test_an_order_needs_an_address_that_mail_reaches(email: str) -> None:
    assert refused(buyer(email=email))[0] == "buyer.email"


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\0", "\x1b", "\u2028"])
@pytest.mark.parametrize("name", ["name", "phone", "line1", "line2", "city", "region", "postcode"])
def test_nothing_of_an_address_goes_over_a_line(name: str, sign: str) -> None:
    field, english, chinese = refused(buyer(**{name: f"90{sign}001"}))
    assert field == f"buyer.address.{name}"
    assert english.endswith(": one line, without line breaks.") and chinese.endswith("：请写在一行内，不要换行。")


@pytest.mark.parametrize("country", ["", "XX", "ZZ", "UK", "us", "U1"])
def test_a_parcel_goes_to_a_country(country: str) -> None:
    assert refused(buyer(country=country))[0] == "buyer.address.country"


def test_codes_are_the_same_from_every_keyboard_and_names_stay_as_they_were_typed() -> None:
    typed = buyer(
        email="ｂｕｙｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        name="Ｌｉ　Ｍｉｎｇ",
        phone="＋８１　３－１２３４",
        country="JP",
        city="",
        region="東京都",
        postcode="１００ー０００１",
    )
    kept = checked_buyer(typed)
    assert (kept.email, kept.address.postcode, kept.address.phone) == ("buyer@example.com", "100-0001", "+81 3-1234")
    assert (kept.address.name, kept.address.region) == ("Ｌｉ　Ｍｉｎｇ", "東京都")
    assert checked_buyer(buyer(country="GB", region="", postcode="ｓｗ１ａ　１ａａ")).address.postcode == "SW1A 1AA"
