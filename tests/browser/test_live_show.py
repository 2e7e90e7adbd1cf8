"""A live show as viewers, buyers and the crew see it: sound and picture, talk, stock and orders, without a reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import (
    APPROVED,
    DECLINED,
    Device,
    People,
    is_still_loaded,
    number_in,
    order_numbers,
    pay,
    put_into_cart,
)
from tests.scenarios.conftest import Silkcast, answered, eventually

pytestmark = [pytest.mark.slow, pytest.mark.real_server]

PARCEL_GUARD_S = 300.0  # the simulated carrier takes its time on purpose


def test_the_live_picture_plays_with_sound_on_a_phone(people: People) -> None:
    page = people.comes(Device.PHONE, "zh-CN")
    people.watches(page)
    video = page.locator("#video")

    def seconds() -> float:
        return float(video.evaluate("video => video.currentTime"))

    eventually(lambda: seconds() > 0)
    begun = seconds()
    page.locator("#unmute").tap()
    eventually(lambda: seconds() > begun + 3)
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == [1280, 720]
    assert video.evaluate("video => video.muted") is False
    eventually(lambda: int(video.evaluate("video => video.webkitAudioDecodedByteCount")) > 0)


def test_a_viewers_comment_reaches_the_console(people: People) -> None:
    console = people.operator(Device.DESK, "en-US")
    people.opens_console(console)
    viewer = people.comes(Device.PHONE, "zh-CN")
    people.watches(viewer)

    viewer.locator("#comment").fill("这条围巾有别的颜色吗？")
    viewer.locator(".live-send").tap()

    expect(console.locator("#part-comments")).to_contain_text("这条围巾有别的颜色吗？")
    assert is_still_loaded(console)


def test_a_purchase_lowers_the_stock_for_everyone(people: People, silkcast: Silkcast) -> None:
    sku = silkcast.note["skus"]["SCARF-R"]
    console, onlooker, buyer = (
        people.operator(Device.DESK, "en-US"),
        people.comes(Device.DESK, "en-US"),
        people.comes(Device.PHONE, "zh-CN"),
    )
    people.opens_console(console)
    people.watches(onlooker)
    people.watches(buyer)
    in_rundown = console.locator(f"#part-rundown [data-stock='{sku}']")
    on_live_page = onlooker.locator(f"[data-stock='{sku}']").first
    before = number_in(on_live_page)
    assert number_in(in_rundown) == before

    buyer.locator("#part-pin .offer-buy").tap()
    sheet = buyer.locator("#buy")
    sheet.locator(f"[name=sku_id][value='{sku}']").check()
    sheet.locator("button[name=then][value=checkout]").tap()
    pay(buyer, APPROVED)

    expect(buyer.locator("[data-purchase=paid]")).to_be_visible()
    eventually(lambda: number_in(on_live_page) == before - 1)
    eventually(lambda: number_in(in_rundown) == before - 1)
    [number] = order_numbers(buyer)
    expect(console.locator("#part-orders")).to_contain_text(number)
    assert is_still_loaded(onlooker)
    assert is_still_loaded(console)


def test_one_checkout_becomes_an_order_for_each_merchant(people: People) -> None:
    buyer = people.comes(Device.DESK, "en-US")
    put_into_cart(buyer, "Silk sleep mask", holds=1)
    put_into_cart(buyer, "Celadon tea cup", holds=2)
    buyer.goto("/cart")
    expect(buyer.locator("#part-cart section.panel")).to_have_count(2)
    buyer.get_by_role("link", name="Check out").click()
    pay(buyer, DECLINED)

    expect(buyer.locator("[data-purchase=declined]")).to_be_visible()
    address = buyer.url
    _pay_again(buyer)
    expect(buyer.locator("[data-purchase=paid]")).to_be_visible()
    assert buyer.url == address
    assert len(set(order_numbers(buyer))) == 2

    # The page follows by itself: nobody reloads.
    expect(buyer.locator("#part-order .steps-list")).to_have_count(2, timeout=PARCEL_GUARD_S * 1000)


def _pay_again(buyer: Page) -> None:
    form = buyer.locator("form[action$='/pay']")
    form.locator(f"[data-card='{APPROVED}']").click()
    form.locator("button.btn-primary").click()


def test_the_keyboard_switches_scenes_and_tells_its_keys(people: People, silkcast: Silkcast) -> None:
    console = people.operator(Device.DESK, "en-US")
    people.opens_console(console)
    first, second = (console.locator(f".scene-button[data-key='{key}']") for key in "12")

    console.keyboard.press("1")
    expect(first).to_have_attribute("aria-pressed", "true")
    before = _scene(silkcast, people.show)
    console.keyboard.press("2")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(first).to_have_attribute("aria-pressed", "false")
    assert _scene(silkcast, people.show) != before

    console.keyboard.press("?")
    expect(console.locator("#keys")).to_be_visible()
    console.keyboard.press("Escape")
    expect(console.locator("#keys")).to_be_hidden()
    assert is_still_loaded(console)


def _scene(silkcast: Silkcast, show: str) -> tuple[str, list[str]]:
    with silkcast.api() as api:
        programme = answered(api.get(f"/shows/{show}/programme"))
    return programme["layout"], programme["camera_ids"]
