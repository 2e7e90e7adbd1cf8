"""What people see of their accounts: a console closes with its right, and a browser is signed out from another."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Device, People

pytestmark = [pytest.mark.slow, pytest.mark.real_server]


def row_of(page: Page, email: str) -> Locator:
    page.goto("/control/people")
    return page.locator("tbody tr", has_text=email)


def test_an_open_console_goes_to_the_login_when_its_person_is_deactivated(people: People) -> None:
    operator = people.operator(Device.DESK, "en-US")
    crew = people.enters("crew", Device.DESK, "en-US")
    people.opens_console(crew)
    row_of(operator, "crew@demo").get_by_role("button", name="Deactivate").click()
    operator.locator("#question [data-agrees]").click()
    crew.wait_for_url("**/login?**")  # by itself: nobody touches that browser
    expect(row_of(operator, "crew@demo")).to_contain_text("Deactivated")
    row_of(operator, "crew@demo").get_by_role("button", name="Reactivate").click()
    expect(operator.locator("tbody tr", has_text="crew@demo")).not_to_contain_text("Deactivated")
    people.enters("crew", Device.DESK, "en-US")


def test_a_phone_is_signed_out_from_the_desk(people: People) -> None:
    desk, phone = people.operator(Device.DESK, "en-US"), people.operator(Device.PHONE, "zh-CN")
    people.opens_console(phone)
    desk.goto("/control/account")
    sessions = desk.locator("#part-sessions li")
    expect(sessions.first).to_contain_text("This browser")
    desk.get_by_role("button", name="Sign out everywhere else").click()
    desk.locator("#question [data-agrees]").click()
    phone.wait_for_url("**/login?**")
    expect(sessions).to_have_count(1)


def test_a_wrong_password_is_said_beside_its_field_and_the_browsers_own_words_stay_away(people: People) -> None:
    page = people.operator(Device.DESK, "en-US")
    page.goto("/control/account")
    page.get_by_role("button", name="Change the password").click()
    refusal = page.locator("#main form .refusal")
    expect(refusal).to_contain_text("This is not your present password.")
    expect(refusal).to_contain_text("At least 10 characters.")
    assert page.locator("[name=old_password]").get_attribute("aria-invalid") == "true"
