"""Prices, stock and what is sold, as buyers who are looking see them change: nobody reloads."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.people import APPROVED, Device, People, fill, follow, is_still_loaded, pay
from tests.scenarios.conftest import Silkcast, answered

pytestmark = [pytest.mark.slow, pytest.mark.real_server]


def offer(silkcast: Silkcast, show: str, sku: str, minor: int) -> None:
    body: dict[str, Any] = {"price": {"minor": minor, "currency": "USD"}, "was": {"minor": 9900, "currency": "USD"}}
    with silkcast.api() as api:
        answered(api.put(f"/shows/{show}/offers/{sku}", json=body))


def test_a_price_reaches_pin_shelf_sheet_cart_and_checkout_of_everyone_who_is_looking(
    people: People, silkcast: Silkcast
) -> None:
    show, sku = people.show, silkcast.note["skus"]["SCARF-R"]
    offer(silkcast, show, sku, 3500)
    phone, sheet, cart, checkout = (people.comes(Device.PHONE, "en-US") for _ in range(4))
    for page in (phone, sheet):
        people.watches(page)
    sheet.locator(f"#part-pin [data-sku='{sku}'] .offer-buy").tap()
    choice = sheet.locator(f"#buy [data-sku='{sku}']")
    expect(choice).to_contain_text("$35.00")
    for page in (cart, checkout):
        people.watches(page)
        page.locator(f"#part-pin [data-sku='{sku}'] .offer-buy").tap()
        page.locator(f"#buy [name=sku_id][value='{sku}']").check()
        page.locator("#buy button[name=then][value='']").tap()
        expect(page.locator("[data-cart-units]").first).to_have_text("1")
    follow(cart, "/cart")
    follow(checkout, "/checkout")
    expect(cart.locator("#part-cart")).to_contain_text("$35.00")
    expect(checkout.locator("#part-summary")).to_contain_text("$35.00")

    offer(silkcast, show, sku, 3800)
    for place in (
        phone.locator(f"#part-pin [data-sku='{sku}']"),
        phone.locator(f"#part-shelf [data-sku='{sku}']"),
        choice,
        cart.locator("#part-cart"),
        checkout.locator("#part-summary"),
    ):
        expect(place).to_contain_text("$38.00")
    expect(phone.locator(f"#part-pin [data-sku='{sku}'] [data-was]")).to_have_text("$99.00")
    expect(cart.locator("[data-repriced]")).to_contain_text("$38.00 each now, $35.00 when you took it")
    expect(checkout.locator("[data-repriced]")).to_contain_text("these goods cost $38.00 now, $35.00 before")
    for page in (phone, sheet, cart, checkout):
        assert is_still_loaded(page)
    pay(checkout, APPROVED)
    expect(checkout.locator("[data-purchase=paid]")).to_be_visible()


def test_a_total_that_is_no_longer_true_is_refused_beside_the_button_and_paid_at_the_second_press(
    people: People, silkcast: Silkcast
) -> None:
    show, sku = people.show, silkcast.note["skus"]["SCARF-R"]
    offer(silkcast, show, sku, 3500)
    buyer = people.comes(Device.PHONE, "en-US")
    people.watches(buyer)
    buyer.locator(f"#part-pin [data-sku='{sku}'] .offer-buy").tap()
    buyer.locator(f"#buy [name=sku_id][value='{sku}']").check()
    buyer.locator("#buy button[name=then][value=checkout]").tap()
    form = buyer.locator("#part-checkout")
    expect(form).to_be_visible()
    fill(buyer, APPROVED)
    expect(form.locator("[name=shipping_option]").first).to_be_checked()
    # A phone that lost its stream of events: it hears of no price.
    buyer.evaluate("document.getElementById('part-summary').removeAttribute('data-refresh-on')")
    offer(silkcast, show, sku, 3800)
    form.locator("#part-summary button.btn-primary").tap()
    expect(form.locator("[data-refusal] [data-code='shop.price_changed']")).to_be_visible()
    expect(form.locator("[data-refusal-echo]")).to_contain_text("The price has changed")
    expect(form.locator("#part-summary")).to_contain_text("these goods cost $38.00 now, $35.00 before")
    form.locator("#part-summary button.btn-primary").tap()
    buyer.wait_for_url("**/o/*")
    expect(buyer.locator("[data-purchase=paid]")).to_be_visible()


def test_what_is_missing_comes_into_view_under_the_hand_and_is_said_at_the_button(people: People) -> None:
    buyer = people.comes(Device.PHONE, "zh-CN")
    people.watches(buyer)
    buyer.locator("#part-pin .offer-buy").tap()
    buyer.locator("#buy button[name=then][value=checkout]").tap()
    form = buyer.locator("#part-checkout")
    form.locator("#part-summary button.btn-primary").tap()
    expect(form.locator("[data-refusal] .refusal")).to_be_attached()
    focused = buyer.locator("*:focus")
    expect(focused).to_have_attribute("aria-invalid", "true")
    expect(focused).to_be_in_viewport()
    head = buyer.locator("#buy .sheet-head").bounding_box()
    field = focused.bounding_box()
    assert head is not None
    assert field is not None
    assert field["y"] >= head["y"] + head["height"]
    expect(form.locator("[data-refusal-echo]")).not_to_be_empty()


def test_what_is_taken_off_sale_leaves_the_shelf_of_everyone_who_is_looking(people: People, silkcast: Silkcast) -> None:
    viewer = people.comes(Device.DESK, "en-US")
    people.watches(viewer)
    line = viewer.locator("#part-shelf [data-product]").last
    product = line.get_attribute("data-product")
    buyer = people.comes(Device.PHONE, "zh-CN")
    follow(buyer, f"/p/{product}")
    buy = buyer.locator("button[name=then][value=checkout]")
    expect(buy).to_be_enabled()
    with silkcast.api() as api:
        answered(api.put(f"/products/{product}/listing", json={"is_listed": False}))
        expect(buy).to_be_disabled()
        expect(buyer.locator("[data-off-sale]")).to_have_text("已下架")
        expect(viewer.locator(f"#part-shelf [data-product='{product}']")).to_have_count(0)
        answered(api.put(f"/products/{product}/listing", json={"is_listed": True}))
        expect(viewer.locator(f"#part-shelf [data-product='{product}']").first).to_be_visible()
        expect(buy).to_be_enabled()
    assert is_still_loaded(viewer)
