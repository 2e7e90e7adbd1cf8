"""The cart: signed, bounded, and never in the database."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests.cast import Cast
from tests.project.stage import Stage, on_stage

from silkcast.domains.catalog.models import Price
from silkcast.domains.shop.cart import LINES_MAX, Cart, CartLine, cookie_name, sealed, units_max, unsealed
from silkcast.domains.shop.errors import CartFull, UnitsInvalid
from silkcast.domains.studio import api as studio
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import AuditEntry
from silkcast.kernel.money import Money

COOKIE_BYTES_MAX = 4096


def lines(page: Any) -> list[tuple[str, int, Money]]:
    return [
        (line.title, line.units, line.total)
        for purchase in page.context["purchases"]
        for group in purchase["groups"]
        for line in group.lines
    ]


def test_a_cart_over_two_merchants_is_shown_by_merchant(shopper: Client, stage: Stage) -> None:
    for code, units in (("east-A", 2), ("east-B", 1)):
        added = shopper.post("/cart", {"sku_id": stage.base.skus[code], "units": units})
        assert (added.status_code, added["Location"]) == (303, "/cart")
    page = shopper.get("/cart")
    assert lines(page) == [("Silk east-A", 2, Money(7800, "USD")), ("Silk east-B", 1, Money(3900, "USD"))]
    (purchase,) = page.context["purchases"]
    assert [group.merchant_name for group in purchase["groups"]] == ["east merchant 1", "east merchant 2"]
    assert (purchase["goods"], page.context["units"]) == (Money(11700, "USD"), 3)
    assert page.context["shop"]["cart_units"] == 3


def test_what_was_added_in_a_show_costs_its_offer_while_the_show_is_on_air(shopper: Client, stage: Stage) -> None:
    shopper.post("/cart", {"sku_id": stage.base.skus["east-A"], "units": 1, "show_id": stage.show_id})
    assert lines(shopper.get("/cart")) == [("Silk east-A", 1, Money(2900, "USD"))]
    stage.does(studio.EndShow(show_id=stage.show_id))
    assert lines(shopper.get("/cart")) == [("Silk east-A", 1, Money(3900, "USD"))]


def test_a_script_is_told_the_units_and_the_words(shopper: Client, stage: Stage, htmx: dict[str, Any]) -> None:
    added = shopper.post("/cart", {"sku_id": stage.base.skus["east-A"], "units": 2}, **htmx)
    assert added.status_code == 204
    assert json.loads(added["HX-Trigger"]) == {
        "silkcast:cart": {"units": 2},
        "silkcast:done": {"words": "Added to the cart"},
    }
    onward = shopper.post("/cart", {"sku_id": stage.base.skus["east-A"], "units": 1, "then": "checkout"}, **htmx)
    assert (onward.status_code, onward["HX-Redirect"]) == (200, "/checkout")


def test_units_are_changed_and_taken_out(shopper: Client, stage: Stage, htmx: dict[str, Any]) -> None:
    sku_id = stage.base.skus["east-A"]
    shopper.post("/cart", {"sku_id": sku_id, "units": 1})
    part = shopper.post("/cart/units", {"sku_id": sku_id, "units": 4}, **htmx)
    assert lines(part) == [("Silk east-A", 4, Money(15600, "USD"))]
    assert "<html" not in part.content.decode()
    assert shopper.post("/cart/units", {"sku_id": sku_id, "units": 0})["Location"] == "/cart"
    assert lines(shopper.get("/cart")) == []
    assert shopper.get("/").context["shop"]["cart_units"] == 0


@pytest.mark.parametrize("units", ["0", "-1", "100", "1.5", "many", "", "9999999"])
def test_units_that_make_no_sense_are_refused_and_change_nothing(
    shopper: Client, stage: Stage, htmx: dict[str, Any], units: str
) -> None:
    form = {"sku_id": stage.base.skus["east-A"], "units": units}
    refused = shopper.post("/cart", form, **htmx)
    assert refused.status_code == 422
    assert 'data-code="shop.units_invalid"' in refused.content.decode()
    assert lines(shopper.get("/cart")) == []


def test_a_cart_takes_no_more_than_a_purchase_may_hold(
    shopper: Client, stage: Stage, htmx: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SILKCAST_HOLD_UNITS", "20")
    form = {"sku_id": stage.base.skus["east-A"], "units": 21}
    refused = shopper.post("/cart", form, **htmx)
    assert (refused.status_code, "1 to 20" in refused.content.decode()) == (422, True)
    for _ in range(3):
        shopper.post("/cart", {**form, "units": 15})
    page = shopper.get("/cart")
    assert page.context["units"] == 20
    assert 'max="20"' in page.content.decode()


def test_a_page_that_comes_late_does_not_undo_the_cart(shopper: Client, stage: Stage) -> None:
    """Both were asked for at once; the browser takes the older answer's cookies last."""
    first, second = stage.base.skus["east-A"], stage.base.skus["east-B"]
    paths = ["/", "/cart", "/checkout", "/s/east", f"/live/{stage.show_id}", f"/p/{stage.product_of(first)}"]
    for units, path in enumerate(paths, 1):
        late = shopper_with(shopper).get(path)
        shopper.post("/cart", {"sku_id": first, "units": 1})
        shopper.cookies.update(late.cookies)
        assert shopper.get("/cart").context["units"] == units, path
    late = shopper_with(shopper).get("/cart")
    shopper.post("/cart/units", {"sku_id": first, "units": 0})
    shopper.cookies.update(late.cookies)
    assert lines(shopper.get("/cart")) == []
    late = shopper_with(shopper).post("/cart", {"sku_id": second, "units": "none"})
    shopper.post("/cart", {"sku_id": second, "units": 1})
    shopper.cookies.update(late.cookies)
    assert shopper.get("/cart").context["units"] == 1


def shopper_with(shopper: Client) -> Client:
    """Another request of the same browser, with its cookies as they are now."""
    other = Client()
    other.cookies.load({name: morsel.value for name, morsel in shopper.cookies.items()})
    return other


def only_in(stage: Stage, code: str, currency: str) -> UUID:
    """A SKU with a price in that currency alone, for which there is no rate."""
    sku_id = stage.base.sells(code, 5)
    Price.objects.of(stage.base.ctx.base_id).filter(sku_id=sku_id).update(currency=currency)
    return sku_id


def test_what_is_not_sold_in_the_currency_stands_in_the_cart_and_can_be_taken_out(
    shopper: Client, stage: Stage, htmx: dict[str, Any]
) -> None:
    sold, unsold = stage.base.skus["east-A"], only_in(stage, "east-kr", "KRW")
    for sku_id in (sold, unsold):
        shopper.post("/cart", {"sku_id": sku_id, "units": 2})
    page = shopper.get("/cart")
    assert lines(page) == [("Silk east-A", 2, Money(7800, "USD"))]
    assert [(line.sku_id, line.title, line.units) for line in page.context["purchases"][0]["unsold"]] == [
        (str(unsold), "Silk east-kr", 2)
    ]
    text = page.content.decode()
    assert "Not sold in USD" in text
    assert 'href="/checkout"' not in text
    assert re.search(r"<button[^>]* disabled[^>]*>Check out<", text)
    shopper.cookies["django_language"] = "zh-hans"
    assert "不以 USD 销售" in shopper.get("/cart").content.decode()
    part = shopper.post("/cart/units", {"sku_id": unsold, "units": 0}, **htmx)
    assert part.context["purchases"][0]["unsold"] == ()
    assert 'href="/checkout"' in part.content.decode()


def test_a_cart_of_unsold_things_alone_is_not_called_empty(shopper: Client, stage: Stage) -> None:
    shopper.post("/cart", {"sku_id": only_in(stage, "east-kr", "KRW"), "units": 1})
    for path in ("/cart", "/checkout"):
        text = shopper.get(path).content.decode()
        assert "Not sold in USD" in text, path
        assert "The cart is empty" not in text, path


def test_what_nobody_sells_cannot_be_added(shopper: Client) -> None:
    for sku_id in (new_id(), "nonsense"):
        assert shopper.post("/cart", {"sku_id": sku_id, "units": 1}).status_code == 404


def test_a_page_of_another_base_adds_to_that_bases_cart(cast: Cast, stage: Stage, shopper: Client) -> None:
    west = on_stage(cast.west)
    shopper.post("/cart", {"sku_id": stage.base.skus["east-A"], "units": 1})
    shopper.post("/cart", {"sku_id": west.base.skus["west-A"], "units": 2})
    assert lines(shopper.get("/cart")) == [("Silk west-A", 2, Money(7800, "JPY"))]
    shopper.get("/s/east")
    assert lines(shopper.get("/cart")) == [("Silk east-A", 1, Money(3900, "USD"))]


def test_a_cart_writes_nothing_to_the_database(shopper: Client, stage: Stage) -> None:
    before = AuditEntry.objects.of(stage.base.ctx.base_id).count()
    shopper.post("/cart", {"sku_id": stage.base.skus["east-A"], "units": 1})
    assert AuditEntry.objects.of(stage.base.ctx.base_id).count() == before


def test_a_full_cart_fits_its_cookie_and_takes_no_more(tables: None) -> None:
    cart = Cart(base_id=new_id())
    for _ in range(LINES_MAX):
        cart = cart.add(new_id(), units_max(), new_id(), Money(10**11, "IDR"))
    assert len(cookie_name(cart.base_id)) + len(sealed(cart)) < COOKIE_BYTES_MAX - 100
    assert unsealed(sealed(cart), cart.base_id) == cart
    with pytest.raises(CartFull):
        cart.add(new_id(), 1, None)


def test_units_of_one_thing_are_bounded(tables: None) -> None:
    sku_id = new_id()
    cart = Cart(base_id=new_id()).add(sku_id, units_max(), None).add(sku_id, 1, None)
    assert cart.lines == (CartLine(sku_id=sku_id, units=units_max()),)
    with pytest.raises(UnitsInvalid):
        cart.set_units(sku_id, units_max() + 1)


def test_a_forged_or_foreign_cart_is_an_empty_one(tables: None) -> None:
    cart = Cart(base_id=new_id()).add(new_id(), 1, None)
    text = sealed(cart)
    for forged in (text[:-3], "", None, "a.b", sealed(Cart(base_id=new_id()).add(new_id(), 1, None))):
        assert unsealed(forged, cart.base_id) == Cart(base_id=cart.base_id)


def test_a_form_without_the_pages_own_token_is_refused_with_a_code(stage: Stage) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/s/east")
    page = client.get(f"/p/{stage.product_of(stage.base.skus['east-A'])}")
    form = {"sku_id": stage.base.skus["east-A"], "units": 1}
    forged = client.post("/cart", form)
    assert (forged.status_code, forged.context["code"]) == (403, "kernel.csrf")
    token = str(page.context["csrf_token"])
    assert client.post("/cart", {**form, "csrfmiddlewaretoken": token}).status_code == 303
    assert client.get("/cart").context["units"] == 1
