"""The checkout's form follows the country, and takes what a Chinese or Japanese keyboard types."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import APPROVED, Device, People, follow, put_into_cart

pytestmark = [pytest.mark.slow, pytest.mark.real_server]
FORM = "#part-checkout"


def labels(page: Page) -> list[str]:
    return [label.strip() for label in page.locator("#part-address label").all_inner_texts()]


def types(page: Page, name: str, text: str) -> None:
    """As an input method hands it over, whole."""
    page.locator(f"{FORM} [name={name}]").click()
    page.keyboard.insert_text(text)
    page.keyboard.press("Tab")


def test_the_fields_of_an_address_follow_the_country_and_what_was_typed_stays(people: People) -> None:
    page = people.comes(Device.DESK, "en-US")
    put_into_cart(page, "Silk scarf", holds=1)
    follow(page, "/checkout")
    assert labels(page) == ["City", "State", "ZIP code"]
    types(page, "name", "Ｌｉ　Ming")
    types(page, "email", "ａ＠ｂ．ｃｏｍ")
    types(page, "card_number", "４２４２４２４２４２４２４２４２")
    types(page, "card_expiry", "１２／３９")
    types(page, "card_cvc", "１２３")
    page.locator(f"{FORM} [name=line1]").fill("1 Example Street")
    page.locator(f"{FORM} [name=country]").select_option("JP")
    expect(page.locator("#part-address label").first).to_have_text("Prefecture")
    assert labels(page) == ["Prefecture", "Postcode"]
    page.locator(f"{FORM} [name=region]").select_option("Tokyo")
    types(page, "postcode", "１００ー０００１")
    expect(page.locator(f"{FORM} [name=name]")).to_have_value("Ｌｉ　Ming")
    expect(page.locator(f"{FORM} [name=email]")).to_have_value("a@b.com")
    expect(page.locator(f"{FORM} [name=card_number]")).to_have_value("4242 4242 4242 4242")
    expect(page.locator(f"{FORM} [name=card_expiry]")).to_have_value("12/39")
    page.locator(f"{FORM} #part-summary button.btn-primary").click()
    page.wait_for_url("**/o/*")
    expect(page.locator("[data-purchase=paid]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("100-0001 Tokyo")


def test_a_refusal_stands_at_the_field_in_the_buyers_language(people: People) -> None:
    page = people.comes(Device.DESK, "zh-CN")
    put_into_cart(page, "桑蚕丝围巾", holds=1)
    follow(page, "/checkout")
    page.locator(f"{FORM} [name=country]").select_option("US")
    assert labels(page) == ["城市", "州", "邮政编码（ZIP）"]
    for name, text in {"name": "李明", "email": "a@b.com", "line1": "1 Street", "city": "Springfield"}.items():
        page.locator(f"{FORM} [name={name}]").fill(text)
    page.locator(f"{FORM} [name=region]").select_option("IL")
    page.locator(f"{FORM} [name=postcode]").fill("SW1A 1AA")
    page.locator(f"{FORM} [data-card='{APPROVED}']").click()
    page.locator(f"{FORM} #part-summary button.btn-primary").click()
    refusal = page.locator(f"{FORM} [data-refusal] .refusal")
    expect(refusal).to_contain_text("邮政编码（ZIP）：请检查，格式例如 95014。")
    expect(page.locator(f"{FORM} [name=postcode]")).to_have_attribute("aria-invalid", "true")
