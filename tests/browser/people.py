"""The people of these tests and what they do on a page: come in, sign in, choose, pay."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, StorageState, expect

CHROMIUM: Final = Path("/usr/bin/chromium")
GUARD_MS = 120_000  # against waiting for ever, far above what anything here takes
TOO_OFTEN, TRIES_MAX, AGAIN_MS = 429, 10, 12_000
APPROVED, DECLINED = "4242424242424242", "4000000000000002"
ADDRESS = {
    "email": "buyer@example.test",
    "name": "A. Buyer",
    "line1": "1 Example Street",
    "city": "Springfield",
    "region": "IL",
    "postcode": "62701",
}


def open_browser(playwright: Playwright, *arguments: str) -> Browser:
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--autoplay-policy=no-user-gesture-required",
            "--disable-background-networking",
            "--mute-audio",
            *arguments,
        ],
    )


class Device(Enum):
    PHONE = (390, 844)
    DESK = (1440, 900)


class People:
    """Everyone has a browser profile of their own, so nobody shares cookies."""

    def __init__(self, browser: Browser, origin: str, note: dict[str, Any]) -> None:
        self.faults: list[str] = []  # exceptions that no script of ours caught
        self._browser = browser
        self._origin = origin
        self._note = note
        self._profiles: list[BrowserContext] = []

    @property
    def show(self) -> str:
        return str(self._note["live_show_id"])

    def comes(self, device: Device, language: str, cookies: StorageState | None = None) -> Page:
        width, height = device.value
        is_phone = device is Device.PHONE
        profile = self._browser.new_context(
            base_url=self._origin,
            viewport={"width": width, "height": height},
            locale=language,
            is_mobile=is_phone,
            has_touch=is_phone,
            storage_state=cookies,
        )
        profile.set_default_timeout(GUARD_MS)
        profile.on("weberror", lambda fault: self.faults.append(str(fault.error)))
        self._profiles.append(profile)
        return profile.new_page()

    def operator(self, device: Device, language: str) -> Page:
        return self.enters("operator", device, language)

    def enters(self, role: str, device: Device, language: str) -> Page:
        page = self.comes(device, language)
        login = next(login for login in self._note["logins"] if login["role"] == role)
        for _ in range(TRIES_MAX):
            page.goto("/login")
            page.fill("#login [name=email]", login["email"])
            page.fill("#login [name=password]", login["password"])
            with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
                page.click("#login button[type=submit]")
            if answered.value.status != TOO_OFTEN:
                break
            page.wait_for_timeout(AGAIN_MS)  # all of these people knock from one address, quicker than anybody types
        page.wait_for_url("**/control/")
        return page

    def watches(self, page: Page) -> None:
        follow(page, f"/live/{self.show}")

    def opens_console(self, page: Page) -> None:
        follow(page, f"/control/shows/{self.show}")

    def leave(self) -> None:
        for profile in self._profiles:
            profile.close()


def follow(page: Page, url: str) -> None:
    """Open a page and wait for its stream of events: from here on the page misses nothing."""
    with page.expect_response(lambda answer: "/events" in answer.url and answer.status == 200):
        page.goto(url)
    page.evaluate("window.staysLoaded = true")


def is_still_loaded(page: Page) -> bool:
    """The page that was opened is the one that is seen: nobody has reloaded it."""
    return page.evaluate("window.staysLoaded") is True


def number_in(place: Locator) -> int:
    words = place.inner_text()
    found = re.search(r"\d[\d,]*", words)
    assert found is not None, words
    return int(found.group().replace(",", ""))


def put_into_cart(page: Page, title: str, *, holds: int) -> None:
    page.goto("/")
    page.get_by_role("link", name=title).first.click()
    page.locator("form[data-buy] button[name=then][value='']").click()
    expect(page.locator("[data-cart-units]").first).to_have_text(str(holds))


def pay(page: Page, card: str) -> None:
    """Fill the checkout that stands on the page, and follow to the order."""
    fill(page, card)
    page.locator("#part-checkout #part-summary button.btn-primary").click()
    page.wait_for_url("**/o/*")


def fill(page: Page, card: str) -> None:
    form = page.locator("#part-checkout")
    form.locator("[name=country]").select_option("US")
    for name, value in ADDRESS.items():
        field = form.locator(f"[name={name}]")
        if name == "region":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("[name=shipping_option]").first.check()
    form.locator(f"[data-card='{card}']").click()


def order_numbers(page: Page) -> list[str]:
    """Of the orders on an order page, one for each merchant."""
    return page.locator("#part-order section.panel .panel-head .figure").all_inner_texts()
