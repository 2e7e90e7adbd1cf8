"""Every page in both languages, on a phone and on a desk: it answers, fits, breaks no rule, leaves no word behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState

from silkcast import ui
from tests.browser.people import APPROVED, Device, People, pay, put_into_cart
from tests.scenarios.conftest import Silkcast, answered

pytestmark = [pytest.mark.slow, pytest.mark.real_server]

LANGUAGES = {"en-US": "en", "zh-CN": "zh-hans"}
# What the page says: its own texts and the words for the ear, but not those marked as being in a language of their own.
SAYS = """() => {
  const isOurs = (element) => element.closest("[lang]") === document.documentElement;
  const said = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { parentElement, textContent } = walk.currentNode;
    if (!parentElement.closest("script, style") && isOurs(parentElement)) said.add(textContent.trim());
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (isOurs(element)) said.add(element.getAttribute(name).trim());
  return [...said];
}"""


@dataclass(frozen=True)
class Sight:
    """One page, and what must have come up on it before it is looked at."""

    url: str
    shows: str


@dataclass(frozen=True)
class Tour:
    """What one person looks at, with the cookies that open it."""

    sights: list[Sight]
    cookies: StorageState


@pytest.fixture(scope="module")
def tours(browser: Browser, silkcast: Silkcast) -> Iterator[list[Tour]]:
    """The crew's pages and a buyer's: each signed in, or with goods in the cart, once for all sizes and languages."""
    people = People(browser, silkcast.origin, silkcast.note)
    buyer = people.comes(Device.DESK, "en-US")
    put_into_cart(buyer, "Celadon tea cup", holds=1)
    buyer.goto("/checkout")
    pay(buyer, APPROVED)
    order_page = buyer.url.removeprefix(silkcast.origin)
    put_into_cart(buyer, "Celadon tea cup", holds=1)
    operator = people.operator(Device.DESK, "en-US")
    yield [
        Tour(_crew_sights(silkcast), operator.context.storage_state()),
        Tour(_buyer_sights(silkcast, order_page), buyer.context.storage_state()),
        Tour([Sight("/login", "#login")], {"cookies": [], "origins": []}),
    ]
    people.leave()
    assert people.faults == []


def _crew_sights(installed: Silkcast) -> list[Sight]:
    show, room = installed.note["live_show_id"], installed.note["rooms"][0]["id"]
    with installed.api() as api:
        product = answered(api.get("/products"))["items"][0]["id"]
        order = answered(api.get("/orders"))["items"][0]["id"]
    return [
        Sight("/control/", "#part-rooms article"),
        Sight("/control/shows", "tbody tr"),
        Sight(f"/control/shows/{show}", "[data-chart=curves] canvas"),
        Sight(f"/control/shows/{_planned(installed)}", "[data-chart=curves] canvas"),
        Sight(f"/control/shows/{show}/airtime", "[data-chart=airtime] canvas"),
        Sight("/control/products", "tbody tr"),
        Sight(f"/control/products/{product}", "tbody tr"),
        Sight("/control/orders", "tbody tr"),
        Sight(f"/control/orders/{order}", "tbody tr"),
        Sight("/control/destinations", "#part-destinations_list h2"),
        Sight(f"/control/rooms/{room}", "#part-cameras_list"),
        Sight("/control/people", "tbody tr"),
        Sight("/control/sign-ins", "tbody tr"),
        Sight("/control/account", "#part-sessions li"),
        Sight("/control/keys", "tbody tr"),
    ]


def _buyer_sights(installed: Silkcast, order_page: str) -> list[Sight]:
    with installed.api() as api:
        product = answered(api.get("/products"))["items"][0]["id"]
    return [
        Sight("/", ".product-card"),
        Sight(f"/live/{installed.note['live_show_id']}", "#part-pin .offer"),
        Sight(f"/live/{_planned(installed)}", ".live-none"),
        Sight(f"/p/{product}", "form[data-buy]"),
        Sight("/cart", "#part-cart section.panel"),
        Sight("/checkout", "#part-checkout"),
        Sight(order_page, "#part-order section.panel"),
        Sight("/privacy", "#main h1"),
    ]


def _planned(installed: Silkcast) -> str:
    with installed.api() as api:
        shows = answered(api.get("/shows"))["items"]
    return next(str(show["id"]) for show in shows if show["id"] != installed.note["live_show_id"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("device", Device)
def test_every_page_is_whole(
    browser: Browser, silkcast: Silkcast, tours: list[Tour], device: Device, language: str
) -> None:
    foreign = _foreign(language) - _names(silkcast)
    people = People(browser, silkcast.origin, silkcast.note)
    faults: list[str] = []
    for tour in tours:
        visitor = people.comes(device, language, tour.cookies)
        faults += [
            f"{sight.url}: {fault}"
            for sight in tour.sights
            for fault in _faults(visitor, sight, device, language, silkcast.origin, foreign)
        ]
    people.leave()
    assert faults + people.faults == []


def _faults(
    visitor: Page, sight: Sight, device: Device, language: str, origin: str, foreign: set[str]
) -> Iterator[str]:
    complaints: list[str] = []  # a breach of the content policy is one of them

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"says {message.text} at {message.location['url']}")

    visitor.on("console", listen)
    # Not its whole load: a page that plays a show and follows its events is never done loading.
    answer = visitor.goto(sight.url, wait_until="domcontentloaded")
    assert answer is not None
    if answer.status != 200 or visitor.url != f"{origin}{sight.url}":
        yield f"answers {answer.status} at {visitor.url}"
    visitor.locator(sight.shows).first.wait_for()
    if not visitor.title():
        yield "has no title"
    if (stated := visitor.locator("html").get_attribute("lang")) != LANGUAGES[language]:
        yield f"is marked as {stated}"
    width = int(visitor.evaluate("document.documentElement.scrollWidth"))
    if width > device.value[0]:
        yield f"is {width} wide on {device.value[0]}"
    yield from (f"says {words!r}" for words in sorted(foreign.intersection(visitor.evaluate(SAYS))))
    visitor.remove_listener("console", listen)
    yield from complaints


def _foreign(language: str) -> set[str]:
    """Every sentence of ours that reads differently in the other language."""
    catalogue = Path(ui.__file__).parent / "locale/zh_Hans/LC_MESSAGES/django.po"
    with catalogue.open("rb") as source:
        messages = [message for message in read_po(source) if isinstance(message.id, str) and message.id]
    pairs = [(str(message.id), str(message.string)) for message in messages if message.string != message.id]
    return {english if language == "zh-CN" else chinese for english, chinese in pairs}


def _names(installed: Silkcast) -> set[str]:
    """What the demo's people called their rooms and cameras, in whatever language they pleased."""
    rooms = installed.note["rooms"]
    return {room["name"] for room in rooms} | {camera["name"] for room in rooms for camera in room["cameras"]}
