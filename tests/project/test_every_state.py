"""No state of anything makes a defect on any page or in any read, for anybody: addresses and states are walked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role
from silkcast.domains.base.roles import VERBS
from silkcast.domains.orders.contracts import CheckoutState, OrderState
from silkcast.domains.orders.links import order_token
from silkcast.domains.orders.models import Checkout, Order
from silkcast.domains.payments.contracts import PaymentState, RefundState
from silkcast.domains.payments.models import Payment, Refund
from silkcast.domains.shipping.contracts import ConsignmentState
from silkcast.domains.shipping.models import Consignment
from silkcast.domains.studio.contracts import ShowState
from silkcast.domains.studio.models import Show
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import OutboxEvent
from tests.cast import Cast
from tests.domains.control_room.floor import Floor, furnish
from tests.entering import entered
from tests.project.requests_from_schema import query_of
from tests.project.stage import Program, Stage
from tests.project.states import States
from tests.project.test_api_isolation import operations

pytestmark = pytest.mark.slow
DEFECT = 500
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
PART = re.compile(r'hx-get="([^"?]*)\?([^"]*\bpart=\w+[^"]*)"')


@pytest.fixture
def states(cast: Cast, doors: None) -> States:
    return States(furnish(cast.east))


@pytest.fixture
def floor(states: States) -> Floor:
    return states.floor


def test_every_state_that_there_is_a_word_for_is_there(states: States) -> None:
    base_id = states.own.ctx.base_id
    assert set(Order.objects.of(base_id).values_list("state", flat=True)) == {s.value for s in OrderState}
    assert set(Checkout.objects.of(base_id).values_list("state", flat=True)) == {s.value for s in CheckoutState}
    assert set(Payment.objects.of(base_id).values_list("state", flat=True)) == {s.value for s in PaymentState}
    assert set(Refund.objects.of(base_id).values_list("state", flat=True)) == {s.value for s in RefundState}
    assert set(Show.objects.of(base_id).values_list("state", flat=True)) == {s.value for s in ShowState}
    assert set(Consignment.objects.of(base_id).values_list("state", flat=True)) == {s.value for s in ConsignmentState}


def addresses(found: Any = None, above: str = "") -> Iterator[str]:
    """Every address of pages, as patterns; the API and the back office are walked by themselves."""
    for each in found or get_resolver().url_patterns:
        here = f"{above}{each.pattern}"
        if isinstance(each, URLResolver) and not here.startswith(("api/", "admin/")):
            yield from addresses(each.url_patterns, here)
        elif isinstance(each, URLPattern) and not here.startswith(("^", "admin/")):
            yield f"/{here}"


def filled(pattern: str, ids: dict[str, list[str]]) -> Iterator[str]:
    """The address of each thing of a kind, and of one that there is not."""
    names = PARAMETER.findall(pattern)
    for chosen in product(*[[*ids[name], str(new_id())] for name in names]):
        address = pattern
        for value in chosen:
            address = PARAMETER.sub(value, address, count=1)
        yield address


def ids_of_pages(states: States) -> dict[str, list[str]]:
    base_id = states.own.ctx.base_id
    topics: dict[str, str] = {}
    for topic, event_id in OutboxEvent.objects.of(base_id).values_list("topic", "event_id"):
        topics[topic] = str(event_id)
    tokens = [order_token(base_id, checkout_id) for checkout_id in states.checkouts]
    return {**states.ids, "event_id": list(topics.values()), "token": [*tokens, "no.token"]}


class Walker:
    """Opens pages and the parts that they load; notes what failed, and what was `told` where."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.seen = 0
        self.broken: list[str] = []
        self.told: dict[str, str] = {}

    def asks(self, method: str, address: str, *, hx: bool = False, **sent: Any) -> Any:
        headers = {"HX-Request": "true"} if hx else {}
        answer = getattr(self.client, method)(address, sent, headers=headers)
        self.seen += 1
        if answer.status_code >= DEFECT:
            self.broken.append(f"{method} {address} {sent or ''} {'(htmx)' if hx else ''}: {answer.status_code}")
        elif not answer.streaming and "pdf" not in answer.get("Content-Type", ""):
            self.told[f"{address} {sent or ''}"] = answer.content.decode(errors="replace")
        return answer

    def reads(self, address: str) -> None:
        answer = self.asks("get", address)
        if answer.status_code != 200 or answer.streaming or "html" not in answer.get("Content-Type", ""):
            return
        for path, query in set(PART.findall(answer.content.decode())):
            asked = dict(pair.split("=", 1) for pair in query.replace("&amp;", "&").split("&"))
            self.asks("get", path or address.partition("?")[0], hx=True, **asked)


WHO = [*Role, None]


@pytest.mark.parametrize("role", WHO, ids=str)
def test_no_page_of_anything_in_any_state_fails_for_anybody(states: States, floor: Floor, role: Role | None) -> None:
    person = floor.people[role] if role is not None else None
    client = entered(person.id, raise_request_exception=False) if person else Client(raise_request_exception=False)
    ids = ids_of_pages(states)
    walker = Walker(client)
    for pattern in addresses():
        for address in filled(pattern, ids):
            walker.reads(address)
    assert walker.broken == []
    assert walker.seen > 100


def test_no_page_fails_in_chinese(states: States, floor: Floor) -> None:
    client = entered(floor.people[Role.OPERATOR].id, raise_request_exception=False)
    client.cookies["django_language"] = "zh-hans"
    walker = Walker(client)
    for pattern in addresses():
        for address in filled(pattern, ids_of_pages(states)):
            walker.reads(address)
    assert walker.broken == []


@pytest.mark.parametrize("role", WHO, ids=str)
def test_no_form_fails_on_anything_in_any_state(states: States, floor: Floor, role: Role | None) -> None:
    person = floor.people[role] if role is not None else None
    client = entered(person.id, raise_request_exception=False) if person else Client(raise_request_exception=False)
    walker = Walker(client)
    last = ("/logout", "/deactivate", "/end", "/start", "/remove", "/sessions")
    patterns = [p for p in addresses() if not p.endswith(last)]
    typed = {"amount": "1", "reason": "x", "number": "1", "units": "1", "sku_id": states.ids["sku_id"][0]}
    for pattern in patterns:
        for address in filled(pattern, ids_of_pages(states)):
            walker.asks("post", address)
            walker.asks("post", address, hx=True, **typed)
    assert walker.broken == []


def test_no_page_fails_for_somebody_whose_last_role_was_withdrawn(states: States, floor: Floor) -> None:
    crew = floor.people[Role.CREW]
    client = entered(crew.id, raise_request_exception=False)
    (grant,) = base.get_person(crew.id).grants
    floor.does(base.WithdrawRole(person_id=crew.id, grant_id=str(grant.id)))
    walker = Walker(client)
    for pattern in addresses():
        for address in filled(pattern, ids_of_pages(states)):
            walker.reads(address)
    assert walker.broken == []


def test_no_table_of_the_back_office_fails(states: States, floor: Floor) -> None:
    client = entered(floor.people[Role.OPERATOR].id, raise_request_exception=False)
    walker = Walker(client)
    tables = set(re.findall(r'href="(/admin/\w+/\w+/)"', client.get("/admin/").content.decode()))
    assert len(tables) > 10
    for table in tables:
        rows = sorted(set(re.findall(rf'href="({table}[^"?]+/change/)', client.get(table).content.decode())))
        for row in (table, *rows[:2]):
            walker.asks("get", row)
    assert walker.broken == []


@pytest.mark.parametrize("whose", ["the base's", "a merchant's", "nobody's"])
def test_no_read_of_the_api_fails_on_anything_in_any_state(states: States, floor: Floor, whose: str) -> None:
    stage = Stage(floor.base, floor.room_id, floor.show_id, floor.lines)
    key = {
        "the base's": lambda: stage.key(),
        "a merchant's": lambda: stage.key(merchant=0),
        "nobody's": lambda: stage.key("none.of.ours"),
    }[whose]()
    program, broken = Program(key), []
    document = Client().get("/api/v1/openapi.json").json()
    for method, path, told, _ in operations(document):
        if method != "get":
            continue
        for address in filled(path.replace("{", "<").replace("}", ">"), states.ids):
            for query in ({}, {"limit": "1", "offset": "1"}):
                answer = program.asks("get", address, **query_of(told, document, {}), **query)
                if answer.status_code >= DEFECT:
                    broken.append(f"{address} {query}: {answer.status_code} {answer.content[:200]!r}")
    assert broken == []


# What stands nowhere but in answers that a verb allows.
TELLING = {
    "read.ledger": ("Captured into escrow", "Costs covered on release", "Commission earned"),
    "read.buyers": ("1 Test Street", "Test Buyer", "buyer@example.test", "90001", "T** B**", "The box is empty"),
    "read.orders": ("/control/orders/",),
    "read.people": ("invited@states.test", "gone@states.test"),
    "read.destinations": ("east platform", "push.east.test"),
    "read.events": ("/control/events/",),
    "base.set_api_key": ("Revoked",),
    "read.audit": ("/admin/",),
}


@pytest.mark.parametrize("role", WHO, ids=str)
def test_no_page_shows_what_the_api_refuses(states: States, floor: Floor, role: Role | None) -> None:
    """Of buyers, money, people, events: a page, its parts and its sheets ask for the same verbs as a program."""
    person = floor.people[role] if role is not None else None
    walker = Walker(entered(person.id) if person else Client())
    ids = {**ids_of_pages(states), "token": ["no.token"]}  # a purchase's own link is its buyer's
    for pattern in addresses():
        for address in filled(pattern, ids):
            walker.reads(address)
    for address in (
        f"/control/shows/{floor.show_id}/airtime.csv",
        f"/control/shows/{floor.show_id}/airtime.csv?detail=sku",
    ):
        walker.asks("get", address)
    verbs = VERBS[role] if role is not None else frozenset()
    refused = {words: verb for verb, telling in TELLING.items() if verb not in verbs for words in telling}
    shown = [
        f"{where}: {words} ({verb})"
        for where, text in walker.told.items()
        for words, verb in refused.items()
        if words in text
    ]
    assert shown == []


def test_what_would_tell_is_on_some_page(states: States, floor: Floor) -> None:
    walker = Walker(entered(floor.people[Role.OPERATOR].id))
    for pattern in addresses():
        for address in filled(pattern, ids_of_pages(states)):
            walker.reads(address)
    everything = "\n".join(walker.told.values())
    unseen = [words for telling in TELLING.values() for words in telling if words not in everything]
    assert unseen == []
