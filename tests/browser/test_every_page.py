"""Every page in both languages, on a phone and on a desk: it answers, fits, breaks no rule, leaves no word behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import ConsoleMessage, Page

from silkcast import ui
from tests.browser.people import APPROVED, Device, People, pay, put_into_cart
from tests.scenarios.conftest import Silkcast, answered

pytestmark = [pytest.mark.slow, pytest.mark.real_server]

TITLES = {"en-US": "Celadon tea cup", "zh-CN": "青瓷茶杯"}
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
class Addresses:
    control_room: list[str]
    shop: list[str]


@pytest.fixture
def addresses(people: People, silkcast: Silkcast) -> Addresses:
    buyer = people.comes(Device.DESK, "en-US")
    put_into_cart(buyer, TITLES["en-US"], holds=1)
    buyer.goto("/checkout")
    pay(buyer, APPROVED)
    order_page = buyer.url.removeprefix(silkcast.origin)
    show, room = people.show, silkcast.note["rooms"][0]["id"]
    with silkcast.api() as api:
        product = answered(api.get("/products"))["items"][0]["id"]
        order = answered(api.get("/orders"))["items"][0]["id"]
        planned = next(one["id"] for one in answered(api.get("/shows"))["items"] if one["id"] != show)
    return Addresses(
        control_room=[
            "/control/",
            "/control/shows",
            f"/control/shows/{show}",
            f"/control/shows/{planned}",
            f"/control/shows/{show}/airtime",
            "/control/products",
            f"/control/products/{product}",
            "/control/orders",
            f"/control/orders/{order}",
            "/control/destinations",
            f"/control/rooms/{room}",
            "/control/people",
            "/control/keys",
        ],
        shop=[
            "/",
            "/login",
            f"/live/{show}",
            f"/live/{planned}",
            f"/p/{product}",
            "/cart",
            "/checkout",
            order_page,
            "/privacy",
        ],
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("device", Device)
def test_every_page_is_whole(
    people: People, silkcast: Silkcast, addresses: Addresses, device: Device, language: str
) -> None:
    operator = people.operator(device, language)
    faults = [fault for url in addresses.control_room for fault in _faults(operator, url, device, language, silkcast)]
    buyer = people.comes(device, language)
    put_into_cart(buyer, TITLES[language], holds=1)
    faults += [fault for url in addresses.shop for fault in _faults(buyer, url, device, language, silkcast)]
    assert faults == []


def _faults(visitor: Page, url: str, device: Device, language: str, silkcast: Silkcast) -> Iterator[str]:
    """What is wrong with one page, opened in a tab of its own."""
    complaints: list[str] = []  # a breach of the content policy is one of them

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{url}: says {message.text} at {message.location['url']}")

    page = visitor.context.new_page()
    page.on("console", listen)
    answer = page.goto(url)
    assert answer is not None
    if answer.status != 200 or page.url != f"{silkcast.origin}{url}":
        yield f"{url}: answers {answer.status} at {page.url}"
    if (stated := page.locator("html").get_attribute("lang")) != LANGUAGES[language]:
        yield f"{url}: is marked as {stated}"
    width = int(page.evaluate("document.documentElement.scrollWidth"))
    if width > device.value[0]:
        yield f"{url}: is {width} wide on {device.value[0]}"
    if language == "zh-CN":
        for words in sorted(set(page.evaluate(SAYS)) & (_english() - _names(silkcast))):
            yield f"{url}: says {words!r}"
    page.close()
    yield from complaints


def _english() -> set[str]:
    """Every sentence of ours that reads differently in Chinese."""
    catalogue = Path(ui.__file__).parent / "locale/zh_Hans/LC_MESSAGES/django.po"
    with catalogue.open("rb") as source:
        messages = [message for message in read_po(source) if isinstance(message.id, str) and message.id]
    return {str(message.id) for message in messages if message.string != message.id}


def _names(installed: Silkcast) -> set[str]:
    """What the demo's people called their rooms and cameras, in whatever language they pleased."""
    rooms = installed.note["rooms"]
    return {room["name"] for room in rooms} | {camera["name"] for room in rooms for camera in room["cameras"]}
