"""What a page shows to somebody they may use: no link and no form on any page of any role ends in "not allowed"."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from django.urls.exceptions import Resolver404
from tests.domains.control_room.floor import Browser, Enter, Floor
from tests.domains.control_room.test_isolation import everything_sent

from silkcast.domains.base.contracts import Role

pytestmark = pytest.mark.slow

ROOT = "/control/"
OF_ONE_ROUTE_MAX = 3  # addresses that differ in an id alone are of one kind
NOT_ALLOWED = 403
GOOD = {"scopes": ["orders.read"], "time_zone": "Asia/Tokyo"}
OF_PRODUCTS = {"role": "profit"}  # elsewhere a role is a person's
LEAVING = "/logout"  # tried by its own test: nothing would open after it


@dataclass
class Form:
    """`is_usable`: it has a button that can be pressed."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    is_usable: bool = False

    @property
    def kind(self) -> str:
        return " ".join([route_of(self.action), *sorted(set(self.values) - {"csrfmiddlewaretoken"})])


@dataclass
class Shown(HTMLParser):
    """What of a page leads on: addresses to look at, and forms with the values that they hold."""

    page: str
    links: set[str] = field(default_factory=set)
    forms: list[Form] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "disabled" in said:
            return
        self.links |= {said[name] for name in ("href", "hx-get", "data-picture") if name in said and tag != "link"}
        if tag == "form" and said.get("method", "").lower() == "post":
            self.forms.append(Form(said["action"]))
        elif tag in {"input", "button", "select", "textarea"} and self.forms:
            form = self.forms[-1]
            form.is_usable = form.is_usable or (tag == "button" and said.get("type", "submit") == "submit")
            is_chosen = said.get("type") not in {"radio", "checkbox"} or "checked" in said
            if "name" in said and is_chosen:
                form.values.setdefault(said["name"], said.get("value", ""))
        if "hx-post" in said and tag != "form":
            self.forms.append(Form(said["hx-post"], is_usable=True))


def route_of(address: str) -> str:
    try:
        return str(resolve(urlsplit(address).path).route)
    except Resolver404:
        return address


def walked(browser: Browser, floor: Floor) -> tuple[list[str], dict[str, Form]]:
    """Every page that is shown, a few of each kind, and every form on them, one of each kind."""
    refused: list[str] = []
    forms: dict[str, Form] = {}
    waiting, met, counts = [ROOT], {ROOT}, dict[str, int]()
    while waiting:
        address = waiting.pop(0)
        answer = browser.get(address)
        if answer.status_code == NOT_ALLOWED:
            refused.append(f"link {address}")
        if answer.status_code in {302, 303}:
            waiting.append(answer.headers["Location"])
            continue
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        shown = Shown(answer.content.decode())
        for form in shown.forms:
            if form.is_usable and form.action != LEAVING:
                forms.setdefault(form.kind, form)
        for link in sorted(shown.links):
            if not link.startswith(ROOT) or link in met or "#" in link:
                continue
            met.add(link)
            counts[route_of(link)] = counts.get(route_of(link), 0) + 1
            if counts[route_of(link)] <= OF_ONE_ROUTE_MAX:
                waiting.append(link)
    return refused, forms


@pytest.mark.parametrize("role", list(Role))
def test_nothing_that_is_shown_ends_in_not_allowed(east: Floor, enter: Enter, role: Role) -> None:
    browser = enter(east.people[role])
    refused, forms = walked(browser, east)
    for form in forms.values():
        held = {name: value for name, value in form.values.items() if value}
        sent = {**everything_sent(east), **GOOD, **(OF_PRODUCTS if "/products" in form.action else {}), **held}
        if browser.post(form.action, hx=True, **sent).status_code == NOT_ALLOWED:
            refused.append(f"form {form.action} {sorted(form.values)}")
    assert not refused, "\n".join(refused)
    assert len(forms) >= 3


OPERATORS = ("This is for Operator.", "此操作仅限角色：基地管理员。")
SEE_ORDERS = (
    "This is for Operator, Crew, Finance, Merchant.",
    "此操作仅限角色：基地管理员、场控、财务、商家。",
)
WORDS = {
    "/control/people": OPERATORS,
    "/control/keys": OPERATORS,
    "/control/base": OPERATORS,
    "/control/orders": SEE_ORDERS,
}


def test_what_is_not_for_a_role_says_for_which_it_is_and_names_no_code(east: Floor, enter: Enter) -> None:
    host = enter(east.people[Role.HOST])
    for path, (english, chinese) in WORDS.items():
        for browser, words in ((host, english), (enter(east.people[Role.HOST]).in_chinese(), chinese)):
            page = browser.get(path)
            assert page.status_code == NOT_ALLOWED, path
            shown = page.content.decode().partition("<main")[2].partition(">")[2]
            assert words in shown, path
            assert "read." not in shown, path
            assert "not_allowed" not in shown, path
    part = host.post(f"/control/shows/{east.show_id}/start", hx=True)
    assert "This is for Operator, Crew." in part.content.decode()


def test_crew_sees_no_postings_and_a_host_no_orders(east: Floor, enter: Enter, operator: Browser) -> None:
    order, show = f"/control/orders/{east.orders[0].id}", f"/control/shows/{east.show_id}"
    crew, host = enter(east.people[Role.CREW]), enter(east.people[Role.HOST])
    for mark, path, blind in (
        ("postings-title", order, crew),
        ("label.pdf", order, crew),
        ("orders-title", show, host),
        ("/airtime", show, host),
        ("/airtime", show, crew),
    ):
        assert mark in operator.get(path).content.decode(), mark
        assert mark not in blind.get(path).content.decode(), mark
