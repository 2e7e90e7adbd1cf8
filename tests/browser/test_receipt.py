"""The end of an order's road on a phone: a sheet that names the sum, before money moves."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import APPROVED, Device, People, pay

pytestmark = [pytest.mark.slow, pytest.mark.real_server]

PARCEL_GUARD_MS = 300_000  # the simulated carrier takes its time on purpose


def test_money_is_released_only_after_a_sheet_that_names_the_sum(people: People) -> None:
    buyer = people.comes(Device.PHONE, "en-US")
    people.watches(buyer)
    buyer.locator("#part-pin .offer-buy").tap()
    buyer.locator("#buy button[name=then][value=checkout]").tap()
    pay(buyer, APPROVED)
    has_it = buyer.get_by_role("button", name="I already have it")
    expect(has_it.or_(buyer.get_by_role("button", name="The parcel has come"))).to_be_visible(timeout=PARCEL_GUARD_MS)
    total = buyer.locator("#part-order section.panel + section p.font-semibold, #part-order .figure.font-semibold").last
    buyer.locator("[popovertarget^='receipt-']").first.tap()
    sheet = buyer.locator("dialog:popover-open")
    expect(sheet).to_contain_text(f"Yes, release {total.inner_text().strip()}")
    expect(sheet).to_contain_text("This can't be taken back.")
    sheet.get_by_role("button", name="Not yet").tap()
    expect(buyer.locator("dialog:popover-open")).to_have_count(0)

    buyer.get_by_role("button", name="Something is wrong").tap()
    sheet = buyer.locator("dialog:popover-open")
    sheet.locator("textarea").fill("The colour is another one.")
    sheet.get_by_role("button", name="Send").tap()
    expect(buyer.locator("[data-problem]")).to_contain_text("The money stays held")

    buyer.locator("[popovertarget^='receipt-']").first.tap()
    buyer.locator("dialog:popover-open button.btn-primary").tap()
    expect(buyer.locator("[popovertarget^='receipt-']")).to_have_count(0)
