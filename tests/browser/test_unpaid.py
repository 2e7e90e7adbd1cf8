"""A purchase that waits for its payment: its page follows what is done elsewhere, and what is typed on it stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import APPROVED, DECLINED, Device, People, follow, pay, put_into_cart

pytestmark = [pytest.mark.slow, pytest.mark.real_server]
ARABIC = "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"


@pytest.mark.parametrize(("device", "language"), [(Device.PHONE, "zh-CN"), (Device.DESK, "en-US")])
def test_an_unpaid_purchase_keeps_what_is_typed_and_learns_that_it_was_paid_elsewhere(
    people: People, device: Device, language: str
) -> None:
    here = people.comes(device, language)
    put_into_cart(here, "桑蚕丝围巾" if language == "zh-CN" else "Silk scarf", holds=1)
    follow(here, "/checkout")
    pay(here, DECLINED)
    expect(here.locator("[data-purchase=declined]")).to_be_visible()
    number = here.locator("#part-order [name=card_number]")
    number.click()
    here.keyboard.insert_text(ARABIC)
    here.keyboard.press("Tab")
    expect(number).to_have_value("4242 4242 4242 4242")
    with here.expect_response(lambda answer: "part=order" in answer.url and answer.status == 200):
        pass  # the page has asked how the purchase stands
    expect(number).to_have_value("4242 4242 4242 4242")
    there = here.context.new_page()
    there.goto(here.url)
    there.locator(f"#part-order [data-card='{APPROVED}']").click()
    there.locator("#part-order form.panel button.btn-primary").click()
    expect(there.locator("[data-purchase=paid]")).to_be_visible()
    expect(here.locator("[data-purchase=paid]")).to_be_visible()
    expect(here.locator("#part-order [name=card_number]")).to_have_count(0)


def test_a_purchase_is_let_go_on_its_page(people: People) -> None:
    page = people.comes(Device.PHONE, "en-US")
    put_into_cart(page, "Silk scarf", holds=1)
    follow(page, "/checkout")
    pay(page, DECLINED)
    page.get_by_role("button", name="Let this order go").click()
    expect(page.locator("[data-purchase=expired]")).to_be_visible()
    expect(page.locator("#part-order [name=card_number]")).to_have_count(0)


def test_a_tab_that_nobody_looks_at_holds_no_connection(people: People) -> None:
    page = people.comes(Device.DESK, "en-US")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => !window.isSeen, configurable: true})")
    page.goto(f"/live/{people.show}")
    page.wait_for_timeout(2_000)
    assert not [url for url in asked if "/events?" in url]
    with page.expect_response(lambda answer: "/events?" in answer.url):
        page.evaluate("window.isSeen = true; document.dispatchEvent(new Event('visibilitychange'))")
