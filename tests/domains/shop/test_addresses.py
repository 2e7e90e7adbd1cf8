"""Where a parcel goes: the form follows the country, its refusals speak the buyer's language, any keyboard will do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from tests.domains.shop.buying import filled, into_cart, left, purchase
from tests.project.stage import GOOD_CARD, Stage

from silkcast.domains.catalog.models import Product
from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import CheckoutState
from silkcast.kernel.money import Money


def fields_of(answer: Any) -> list[tuple[str, str, bool]]:
    return [(field["name"], field["label"], field["required"]) for field in answer.context["address"]]


def everywhere(stage: Stage) -> None:
    Product.objects.of(stage.base.ctx.base_id).update(markets=["AE", "DE", "HK", "US"])


def test_the_form_asks_for_what_the_country_writes_in_an_address(
    shopper: Client, stage: Stage, htmx: dict[str, Any]
) -> None:
    everywhere(stage)
    into_cart(shopper, stage, A=1)
    assert fields_of(shopper.get("/checkout")) == [
        ("city", "City", True),
        ("region", "State", True),
        ("postcode", "ZIP code", True),
    ]
    typed = filled(country="HK", region="kowloon", quoted="")
    other = shopper.post("/checkout?part=country", typed, **htmx)
    assert fields_of(other) == [("city", "District", False), ("region", "Area", True)]
    text = other.content.decode()
    assert "<html" not in text
    assert '<div id="part-address"' in text and 'hx-swap-oob="outerMorph"' in text
    assert '<option value="Kowloon" selected>Kowloon</option>' in text
    assert 'name="postcode"' not in text
    chinese = shopper.post("/checkout?part=country", typed, headers={"HX-Request": "true", "Accept-Language": "zh-CN"})
    assert fields_of(chinese) == [("city", "区", False), ("region", "地区", True)]
    assert '<option value="Kowloon" selected>九龍</option>' in chinese.content.decode()


def test_without_scripts_the_form_comes_again_for_another_country_and_buys_nothing(
    shopper: Client, stage: Stage
) -> None:
    everywhere(stage)
    into_cart(shopper, stage, A=1)
    page = shopper.get("/checkout").content.decode()
    assert re.search(r'<noscript><button [^>]*formaction="/checkout\?part=country" formnovalidate>', page)
    again = shopper.post("/checkout?part=country", filled(country="AE", name="Typed Before"))
    assert again.status_code == 200
    assert fields_of(again) == [("region", "Emirate", True)]
    text = again.content.decode()
    assert "<html" in text and "Typed Before" in text
    assert GOOD_CARD["card_number"] not in text.replace(" ", "").split("data-card")[0]
    assert left(stage) == [10, 10]


@pytest.mark.parametrize("postcode", ["", " "])
def test_where_there_is_no_postcode_nobody_asks_for_one(
    doors: None, shopper: Client, stage: Stage, postcode: str
) -> None:
    everywhere(stage)
    into_cart(shopper, stage, A=1)
    to = {"country": "HK", "city": "Mong Kok", "region": "Kowloon", "postcode": postcode}
    bought = shopper.post("/checkout", filled(**to))
    assert bought.status_code == 303
    buyer = orders.find_buyer(stage.ctx, purchase(stage, bought["Location"]).id)
    assert buyer is not None
    assert (buyer.address.country, buyer.address.region, buyer.address.postcode) == ("HK", "Kowloon", "")


def test_a_refusal_names_the_field_in_the_buyers_language(shopper: Client, stage: Stage) -> None:
    into_cart(shopper, stage, A=1)
    refused = shopper.post("/checkout", filled(postcode=""), headers={"Accept-Language": "zh-CN"})
    assert refused.context["refusal"]["words"] == "邮政编码（ZIP）：请填写。"
    assert refused.context["refusal"]["fields"] == {"postcode": "邮政编码（ZIP）：请填写。"}
    assert "邮政编码（ZIP）：请填写。" in refused.content.decode()


def test_a_form_from_another_keyboard_buys_the_same(doors: None, shopper: Client, stage: Stage) -> None:
    into_cart(shopper, stage, A=1)
    line = {"sku_id": stage.base.skus["east-A"], "units": "２", "show_id": stage.show_id}
    card = {
        "card_number": "４２４２　４２４２　４２４２　４２４２",
        "card_expiry": "１２　／　２０３９",
        "card_cvc": "１２３",
    }
    bought = shopper.post("/checkout", filled(**line, **card, postcode="９０００１", email="ａ＠ｂ．ｃｏｍ"))
    placed = purchase(stage, bought["Location"])
    assert (placed.state, placed.total) == (CheckoutState.PAID, Money(6300, "USD"))
    buyer = orders.find_buyer(stage.ctx, placed.id)
    assert buyer is not None
    assert (buyer.email, buyer.address.postcode) == ("a@b.com", "90001")
