"""The console at the sizes it is used at: what a crew must see stands above the fold."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.people import Device, People

pytestmark = [pytest.mark.slow, pytest.mark.real_server]

SEEN_PX = 120  # of a panel: its head and the first lines
LINE_PX = 40  # two lines of text would be taller
NAME_PX = 90
WATCHED_S = 6


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_comments_orders_and_destinations_stand_above_the_fold(people: People, language: str) -> None:
    console = people.operator(Device.DESK, language)
    below = []
    for width, height in ((1366, 768), (1440, 900), (1920, 1080)):
        console.set_viewport_size({"width": width, "height": height})
        people.opens_console(console)
        for part in ("destinations", "comments", "orders", "rundown"):
            box = console.locator(f"#part-{part}").bounding_box()
            assert box is not None
            if box["y"] + min(box["height"], SEEN_PX) > height or box["height"] < SEEN_PX:
                below.append((width, part, box))
        assert console.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert below == []


def test_five_lines_of_the_rundown_stand_above_the_fold_each_sku_on_one_line(people: People) -> None:
    console = people.operator(Device.DESK, "en-US")
    console.set_viewport_size({"width": 1366, "height": 768})
    people.opens_console(console)
    lines = console.locator(".rundown-line").all()
    boxes = [box for line in lines if (box := line.bounding_box()) is not None and box["y"] + box["height"] <= 768]
    assert len(boxes) >= 5
    for offer in console.locator(".rundown-offer").all():
        box = offer.bounding_box()
        assert box is not None
        assert box["height"] < LINE_PX
    for name in console.locator(".rundown-line [data-title]").all():
        assert int(name.evaluate("name => name.clientWidth")) >= NAME_PX


def test_a_console_where_nothing_happens_asks_for_its_pictures_only_once_a_second_and_hidden_for_nothing(
    people: People,
) -> None:
    console = people.operator(Device.DESK, "en-US")
    people.opens_console(console)
    with console.expect_response(lambda answer: "/control/pictures?" in answer.url and answer.status == 200) as fed:
        pass
    cameras = console.locator(".camera-button img").all()
    assert len(cameras) == len(fed.value.json()) == 2
    asked: list[str] = []
    console.on("request", lambda request: asked.append(request.url.removeprefix(str(console.url).split("/control")[0])))
    console.wait_for_timeout(WATCHED_S * 1000)
    ours = [url for url in asked if not url.startswith("/hls/")]  # the programme's own stream
    assert {url.split("?")[0] for url in ours if "picture" in url} == {"/control/pictures"}
    assert sum("picture" in url for url in ours) <= WATCHED_S + 1
    console.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    console.wait_for_timeout(1_000)
    asked.clear()
    console.wait_for_timeout(WATCHED_S * 1000)
    assert [url for url in asked if "picture" in url] == []


# What a finger may press, by its own box or the label's, that is lower than 40 pixels; links that lie over a whole card
# are as large as the card.
LOW = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.type !== "hidden")
  .filter((each) => !each.matches(".sr-only, .sr-only *, .card-link, .row-cover, .wall-link"))
  .map((each) => (each.closest("label") ?? each))
  .filter((each) => each.getBoundingClientRect().width > 1 && each.getBoundingClientRect().height < 39.5)
  .map((each) => each.outerHTML.slice(0, 120))"""


def test_a_finger_finds_forty_pixels_on_a_phone(people: People) -> None:
    crew = people.operator(Device.PHONE, "en-US")
    pages = [f"/control/shows/{people.show}", "/control/", "/control/people", "/control/orders", "/control/products"]
    low = [(page, found) for page in pages for found in _low(crew, page)]
    buyer = people.comes(Device.PHONE, "en-US")
    low += [(page, found) for page in ("/", f"/live/{people.show}", "/cart", "/login") for found in _low(buyer, page)]
    assert low == []


def _low(page: Page, address: str) -> list[str]:
    page.goto(address, wait_until="domcontentloaded")
    return [str(found) for found in page.evaluate(LOW)]
