"""Stream keys and cameras as the crew meets them: what is shown once stays, what changes is seen, copying works."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.people import Device, People, follow, is_still_loaded, open_browser
from tests.scenarios.conftest import Silkcast
from tests.scenarios.encoders import camera

pytestmark = [pytest.mark.slow, pytest.mark.real_server]


def opens_room(page: Page, silkcast: Silkcast) -> None:
    follow(page, f"/control/rooms/{silkcast.note['rooms'][0]['id']}")


def adds_camera(page: Page, name: str) -> str:
    """Its key, as the page shows it once."""
    page.fill("#camera-name", name)
    page.locator("#part-cameras_list form[data-empties] button").click()
    expect(page.locator("#secrets")).to_contain_text(name)
    expect(page.locator("#camera-name")).to_have_value("")
    return page.locator("#secrets code").last.inner_text()


def lamp_of(page: Page, name: str) -> str:
    """A selector: the camera may not be there yet."""
    return f"#part-cameras_list li:has(p:text-is('{name}')) [data-camera]"


def test_a_key_stays_in_sight_and_the_page_follows_while_somebody_types(people: People, silkcast: Silkcast) -> None:
    page = people.operator(Device.DESK, "en-US")
    opens_room(page, silkcast)
    key = adds_camera(page, "Handheld")
    page.fill("#camera-name", "Overh")
    page.locator("#camera-name").focus()
    with camera(silkcast.camera_url(key), "testsrc", 440):
        expect(page.locator(lamp_of(page, "Handheld"))).to_have_attribute("data-phase", "live")
    expect(page.locator(lamp_of(page, "Handheld"))).to_have_attribute("data-phase", "absent")
    expect(page.locator("#camera-name")).to_be_focused()
    page.keyboard.type("ead")
    expect(page.locator("#camera-name")).to_have_value("Overhead")
    expect(page.locator("#secrets code")).to_have_text(key)
    page.locator("#secrets [data-forgets]").click()
    expect(page.locator("#secrets code")).to_have_count(0)
    assert is_still_loaded(page)


def fetches_again(page: Page, part: str) -> None:
    """As at an event of the page's stream."""
    with page.expect_response(lambda answer: f"part={part.removeprefix('part-')}" in answer.url):
        page.locator(f"#{part}").dispatch_event("refresh")


def test_an_open_menu_and_what_is_typed_in_it_outlive_a_change(people: People, silkcast: Silkcast) -> None:
    page = people.operator(Device.DESK, "en-US")
    follow(page, "/control/destinations")
    card = page.get_by_role("article", name="TikTok (simulated)")
    card.locator("summary").click()
    card.locator("[name=name]").fill("TikTok, the other")
    fetches_again(page, "part-destinations_list")
    expect(card.locator("[name=name]")).to_be_visible()
    expect(card.locator("[name=name]")).to_have_value("TikTok, the other")
    card.locator("[name=stream_key]").fill("two words")
    card.locator("form").first.locator("button.btn-primary").click()
    expect(card.locator(".refusal")).to_be_visible()
    fetches_again(page, "part-destinations_list")
    expect(card.locator(".refusal")).to_be_visible()


@pytest.fixture
def neighbour(driver: Playwright) -> Iterator[Browser]:
    """A browser that reaches this machine by its name in the house, over plain http, where pages get no clipboard."""
    started = open_browser(driver, f"--host-resolver-rules=MAP {socket.gethostname()} 127.0.0.1")
    yield started
    started.close()


def test_copying_works_on_plain_http_under_a_name_of_the_house(silkcast: Silkcast, neighbour: Browser) -> None:
    port = silkcast.origin.rpartition(":")[2]
    people = People(neighbour, f"http://{socket.gethostname()}:{port}", silkcast.note)
    page = people.operator(Device.DESK, "en-US")
    opens_room(page, silkcast)
    assert page.evaluate("navigator.clipboard === undefined")
    page.locator("[data-copies=push-url]").click()
    expect(page.locator("#toasts")).to_contain_text("Copied")
    page.locator("#camera-name").focus()
    page.keyboard.press("Control+V")
    expect(page.locator("#camera-name")).to_have_value(page.locator("#push-url").inner_text())
    people.leave()
    assert people.faults == []
