"""Every page opens in both languages for those who may see it, and for nobody else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.domains.control_room.floor import Browser, Enter, Floor

import silkcast
from silkcast.domains.base.contracts import Role
from silkcast.ui.templatetags import silkcast as tags

pytestmark = pytest.mark.slow

ALL = frozenset(Role)
BASE_ROLES = ALL - {Role.MERCHANT}
OF_SESSION = 1  # statement: whether the session still stands, asked for each page
# Page -> who opens it, and how many statements it takes beside that, however many rows there are.
PAGES: dict[str, tuple[frozenset[Role], int]] = {
    "/control/": (BASE_ROLES, 12),
    "/control/shows": (ALL, 12),
    "/control/shows/{show_id}": (BASE_ROLES, 24),
    "/control/shows/{planned_id}": (BASE_ROLES, 19),
    "/control/shows/{show_id}/airtime": (frozenset({Role.OPERATOR, Role.FINANCE, Role.MERCHANT}), 17),
    "/control/products": (ALL, 16),
    "/control/products/{product_id}": (ALL, 15),
    "/control/orders": (ALL - {Role.HOST}, 11),
    "/control/orders/{order_id}": (ALL - {Role.HOST}, 21),
    "/control/destinations": (BASE_ROLES, 9),
    "/control/rooms/{room_id}": (BASE_ROLES, 10),
    "/control/people": (frozenset({Role.OPERATOR}), 11),
    "/control/keys": (frozenset({Role.OPERATOR}), 8),
    "/control/sign-ins": (frozenset({Role.OPERATOR}), 10),
    "/control/account": (ALL, 10),
    "/control/events/{event_id}": (BASE_ROLES, 10),
}


def address(floor: Floor, page: str) -> str:
    return page.format(
        show_id=floor.show_id,
        planned_id=floor.planned_id,
        product_id=floor.products[0],
        order_id=floor.orders[0].id,
        room_id=floor.room_id,
        event_id=floor.event_id(),
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_operator_opens_every_page(east: Floor, operator: Browser, language: str) -> None:
    operator.client.cookies["django_language"] = language
    for page in PAGES:
        answer = operator.get(address(east, page))
        assert answer.status_code == 200, page
        assert "no-cache" in answer["Cache-Control"], page
        if "events" not in page:  # that one is a fragment
            assert f'lang="{language}"' in answer.content.decode(), page
            assert "SIMULATED" in answer.content.decode() or "模拟" in answer.content.decode(), page


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_pages_and_no_other(east: Floor, enter: Enter, role: Role) -> None:
    browser = enter(east.people[role])
    opened = {page for page in PAGES if browser.get(address(east, page)).status_code == 200}
    assert opened == {page for page, (roles, _) in PAGES.items() if role in roles}


# What only those who make the thing should ever read: ids, names of the machinery, a sign that was escaped twice.
MACHINERY = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|"
    r"\b(?:kernel|base|catalog|inventory|orders|payments|fulfilment|studio|audience|insight|control_room|shop)\.[a-z_]+\b|"
    r"%%|\b(?:memo|merchant|carrier|platform|commission)_[a-z_]+"
)


class Seen(HTMLParser):
    """What is to be read on a page: its texts, but not those of scripts, of closed details, or meant to be copied."""

    HIDDEN = frozenset({"script", "style", "details", "code", "template"})
    ALONE = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.ALONE:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.HIDDEN.intersection(self._within) and self._within[-1:] not in (["th"], ["dt"]):
            self.texts.append(" ".join(data.split()))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("role", list(Role))
def test_no_page_says_what_only_the_machinery_knows(east: Floor, enter: Enter, role: Role, language: str) -> None:
    browser = enter(east.people[role])
    browser.client.cookies["django_language"] = language
    said: set[tuple[str, str]] = set()
    for page in PAGES:
        seen = Seen()
        seen.feed(browser.get(address(east, page)).content.decode())
        said |= {(page, text) for text in seen.texts if MACHINERY.search(text)}
    assert said == set()


def test_a_form_is_judged_by_the_server_in_our_words_and_never_by_the_browser() -> None:
    forms = [
        (path.name, form)
        for path in Path(silkcast.__file__).parent.rglob("templates/**/*.html")
        if "node_modules" not in path.parts
        for form in re.findall(r"<form\b(?:{%.*?%}|{{.*?}}|[^>])*>", path.read_text())
        if 'method="post"' in form
    ]
    assert len(forms) > 40
    assert [name for name, form in forms if "novalidate" not in form] == []


def test_a_merchants_people_are_led_from_the_studio_to_what_is_theirs(east: Floor, seller: Browser) -> None:
    assert seller.get("/control/").headers["Location"] == "/control/orders"
    answer = seller.get(f"/control/shows/{east.show_id}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/control/shows/{east.show_id}/airtime")


def test_a_stranger_is_sent_to_the_login_and_back(east: Floor, stranger: Browser) -> None:
    for page in PAGES:
        path = address(east, page)
        answer = stranger.get(path)
        assert answer.status_code == 302, page
        assert answer.headers["Location"].startswith("/login?next=%2Fcontrol%2F"), page
    assert stranger.post(f"/control/shows/{east.show_id}/end").headers["Location"] == "/login?next=%2Fcontrol%2F"


def test_somebody_whose_account_was_closed_is_a_stranger(east: Floor, operator: Browser) -> None:
    from silkcast.domains.base.models import Person

    Person.objects.filter(id=east.people[Role.OPERATOR].id).update(is_active=False)
    assert operator.get("/control/shows").headers["Location"].startswith("/login")


def test_a_page_takes_as_many_statements_as_it_always_does_however_many_rows_there_are(
    east: Floor, operator: Browser
) -> None:
    expected = {page: statements + OF_SESSION for page, (_, statements) in PAGES.items()}
    assert _statements(east, operator) == expected
    east.grows()
    assert _statements(east, operator) == expected


def _statements(floor: Floor, browser: Browser) -> dict[str, int]:
    taken = {}
    for page in PAGES:
        path = address(floor, page)
        browser.get(path)  # whatever is read once and kept is read now
        with CaptureQueriesContext(connection) as asked:
            browser.get(path)
        taken[page] = len(asked)
    return taken


def test_a_part_is_the_fragment_alone_with_the_pages_other_parameters(east: Floor, operator: Browser) -> None:
    answer = operator.get("/control/products", hx=True, part="products", query="scarf").content.decode()
    assert "<html" not in answer
    assert "Silk east-scarf" in answer
    assert "Silk east-mask" not in answer
    assert operator.get("/control/products", part="products").content.decode().count("<html") == 1


PARTS = ("head", "metrics", "cameras", "overlays", "rundown", "destinations", "comments", "orders", "events")


@pytest.mark.parametrize("part", PARTS)
def test_the_console_gives_each_of_its_parts(east: Floor, operator: Browser, part: str) -> None:
    answer = operator.get(f"/control/shows/{east.show_id}", hx=True, part=part)
    assert answer.status_code == 200
    assert f'id="part-{part}"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_alone_shows_what_the_whole_page_shows(east: Floor, operator: Browser, part: str) -> None:
    path = f"/control/shows/{east.show_id}"
    alone = steady(operator.get(path, hx=True, part=part).content.decode())
    assert len(alone) > 100
    assert alone in steady(operator.get(path).content.decode())


def steady(page: str) -> str:
    """Without what differs from one answer to the next: the keys of forms, and how long a pitch has lasted."""
    page = re.sub(r'name="(csrfmiddlewaretoken|request_id)" value="[^"]+"', r'name="\1"', page)
    return re.sub(r">\d+:\d\d<", "><", page).strip()


def test_an_address_leaves_nothing_behind_that_is_kept(east: Floor, operator: Browser) -> None:
    operator.get("/control/keys?from=here")
    kept = tags._drawn.cache_info().currsize
    for number in range(5):
        page = operator.get(f"/control/keys?from={number}")
        assert f"?from={number}" in page.content.decode()  # the language switch leads back
    assert tags._drawn.cache_info().currsize == kept


def test_a_part_that_there_is_not_is_missing(east: Floor, operator: Browser) -> None:
    assert operator.get(f"/control/shows/{east.show_id}", hx=True, part="secrets").status_code == 404


@pytest.mark.parametrize("theme", ["control", "shop"])
def test_the_book_of_shared_parts_is_for_operators(operator: Browser, seller: Browser, theme: str) -> None:
    answer = operator.get("/ui-book/", theme=theme)
    assert answer.status_code == 200
    assert f'data-theme="{theme}"' in answer.content.decode()
    assert seller.get("/ui-book/").status_code == 403
