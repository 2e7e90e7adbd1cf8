"""Whatever is typed into the forms of shop and control room: refused in the asker's language, nothing changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.scenarios.conftest import HANG_GUARD_S, eventually
from tests.scenarios.doors import ON_EITHER, Doors, open_doors

pytestmark = pytest.mark.slow
LANGUAGES = ("en", "zh-hans")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r'data-code="([\w.]+)"')
PORT = re.compile(r'"code": "(edge[.][a-z_]+)"')  # what never reaches a page
HUGE = str(10**30)
NUMBERS = ["", "-1", "--5", "0x10", "1.5", "NaN", "²", HUGE, "9" * 5_000, "1e5", "1\0"]
AMOUNTS = ["", "-1", "NaN", "Infinity", "1e999999999", "1e1000", HUGE, "9" * 5_000, "1.999", "²", "1\0", "1;2"]
TIMES = ["0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T10:00", "1e9", "now", "2026-11-22T10:00\0"]


@pytest.fixture(scope="module", params=ON_EITHER)
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    with open_doors(request.param) as opened:
        yield opened


@contextmanager
def browser(doors: Doors, page: str) -> Iterator[httpx.Client]:
    """One that has opened a page, and so may send its forms."""
    headers = {"HX-Request": "true"}
    with httpx.Client(base_url=doors.origin, timeout=HANG_GUARD_S, trust_env=False, headers=headers) as client:
        assert client.get(page).is_success
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        yield client


def named(typed: object) -> str:
    return ascii(typed)[:20]


@pytest.fixture(scope="module")
def buyer(doors: Doors) -> Iterator[httpx.Client]:
    with browser(doors, f"/live/{doors.note['live_show_id']}") as client:
        yield client


@pytest.fixture(scope="module")
def operator(doors: Doors) -> Iterator[httpx.Client]:
    with browser(doors, "/login") as client:
        login = doors.note["logins"][0]
        answer = client.post("/login", data={"email": login["email"], "password": login["password"]})
        assert answer.is_success, answer.text
        assert client.get("/control/").is_success
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        yield client


def refusals(doors: Doors) -> list[dict[str, Any]]:
    return [line for line in doors.lines("edge") if line["event"] == "edge.refused"]


def is_refused(doors: Doors, client: httpx.Client, path: str, method: str = "POST", **sent: Any) -> str:
    """The code of the refusal, which is the same in both languages, changes nothing and leaves a line in the log."""
    before, lines = doors.tables(), len(refusals(doors))
    codes = set()
    for language in LANGUAGES:
        headers = {"Accept-Language": language, **sent.get("headers", {})}
        answer = client.request(method, path, **{**sent, "headers": headers})
        assert 400 <= answer.status_code < 500, answer.text
        found = CODE.search(answer.text) or PORT.search(answer.text)
        assert found is not None, answer.text
        codes.add(found[1])
        if found.re is PORT:  # the port says both languages, whoever asks
            assert CHINESE.search(answer.text), answer.text
            continue
        words = re.sub(r"<[^>]*>", "", answer.text[found.end() :])
        assert bool(CHINESE.search(words)) == language.startswith("zh"), words
    assert doors.tables() == before
    eventually(lambda: len(refusals(doors)) >= lines + len(LANGUAGES))
    (code,) = codes
    return code


def sku_of(doors: Doors) -> str:
    return str(next(iter(doors.note["skus"].values())))


@pytest.mark.parametrize("units", NUMBERS, ids=named)
def test_no_such_number_goes_into_a_cart(doors: Doors, buyer: httpx.Client, units: str) -> None:
    is_refused(doors, buyer, "/cart", data={"sku_id": sku_of(doors), "units": units})


@pytest.mark.parametrize(
    "sku_id",
    ["", "scarf", "\0", "018f0000-0000-7000-8000-000000000000", "' OR 1=1 --", "../../etc/passwd", "\u202e"],
    ids=named,
)
def test_what_is_not_sold_goes_into_no_cart(doors: Doors, buyer: httpx.Client, sku_id: str) -> None:
    is_refused(doors, buyer, "/cart", data={"sku_id": sku_id, "units": "1"})


ADDRESS = {"email": "a@example.test", "name": "T", "line1": "1", "city": "T", "country": "US"} | {
    "region": "CA",
    "postcode": "90001",
}
CARD = {"card_number": "4242424242424242", "card_expiry": "12/39", "card_cvc": "123"}
CHECKOUTS: dict[str, Mapping[str, str]] = {
    "no address": {"name": "", "line1": "", "city": ""},
    "no e-mail address": {"email": "nobody"},
    "a NUL in the name": {"name": "T\0"},
    "a name of a megabyte": {"name": "x" * 1_000_000},
    "no country": {"country": "Atlantis"},
    "a way of shipping that is none": {"shipping_option": "quick"},
    "no card": {"card_number": ""},
    "a card in other digits": {"card_number": "4242²24242424242"},
    "a month that is none": {"card_expiry": "²/39"},
    "a year that is none": {"card_expiry": "12/³"},
    "a card that is past": {"card_expiry": "01/20"},
    "a code in words": {"card_cvc": "abc"},
    "an empty cart": {},
}


@pytest.mark.parametrize("typed", CHECKOUTS.values(), ids=CHECKOUTS)
def test_a_checkout_that_makes_no_sense_holds_no_goods(
    doors: Doors, buyer: httpx.Client, typed: Mapping[str, str]
) -> None:
    direct = {"sku_id": sku_of(doors), "units": "1"} if typed else {}
    is_refused(doors, buyer, "/checkout", data={**ADDRESS, **CARD, **direct, **typed})


def test_forms_that_are_none_are_refused(doors: Doors, buyer: httpx.Client) -> None:
    many = {f"field-{number}": "1" for number in range(2_000)}
    is_refused(doors, buyer, "/cart", data={"sku_id": sku_of(doors), "units": "1", **many})
    for kind, body in (
        ("multipart/form-data; boundary=b", b"--b\r\nrubbish"),
        ("multipart/form-data", b"--b--"),
        ("application/json", b'{"units": 1}'),
        ("application/x-www-form-urlencoded; charset=no-such", b"units=1"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ff%fe&units=%"),
    ):
        is_refused(doors, buyer, "/cart", content=body, headers={"Content-Type": kind})


def test_a_form_from_elsewhere_is_refused(doors: Doors, buyer: httpx.Client) -> None:
    code = is_refused(doors, buyer, "/cart", data={"units": "1"}, headers={"X-CSRFToken": "x" * 32})
    assert code == "kernel.csrf"


PRODUCT = {"title": "x", "role": "profit", "markets": "US", "sku_code": "x", "price": "1", "cost": "1", "weight_g": "1"}


def refused_product(doors: Doors, operator: httpx.Client, **typed: str) -> str:
    merchant = {"merchant_id": doors.note["merchants"][0]}
    return is_refused(doors, operator, "/control/products", data={**PRODUCT, **merchant, **typed})


@pytest.mark.parametrize("price", AMOUNTS, ids=named)
def test_no_product_gets_such_a_price(doors: Doors, operator: httpx.Client, price: str) -> None:
    refused_product(doors, operator, price=price)


@pytest.mark.parametrize("weight_g", NUMBERS, ids=named)
def test_no_product_weighs_so_much(doors: Doors, operator: httpx.Client, weight_g: str) -> None:
    refused_product(doors, operator, weight_g=weight_g)


@pytest.mark.parametrize(
    "typed",
    [
        {"title": ""},
        {"title": "\0"},
        {"title": "x" * 100_000},
        {"role": "king"},
        {"markets": "Atlantis"},
        {"merchant_id": "me"},
    ],
)
def test_no_such_product_is_added(doors: Doors, operator: httpx.Client, typed: dict[str, str]) -> None:
    refused_product(doors, operator, **typed)


SHOW = {"title": "x", "language": "en", "currency": "USD"}


@pytest.mark.parametrize("planned_at", TIMES, ids=named)
def test_no_show_is_planned_for_such_a_time(doors: Doors, operator: httpx.Client, planned_at: str) -> None:
    room_id = doors.note["rooms"][0]["id"]
    is_refused(doors, operator, "/control/shows", data={**SHOW, "room_id": room_id, "planned_at": planned_at})


DESTINATION = {"name": "x", "platform": "tiktok", "url": "rtmp://push.example/live", "stream_key": "k" * 16}


@pytest.mark.parametrize("fee", ["", "-1", "101", "NaN", "1e999999", "2.555", "²"], ids=named)
def test_no_destination_takes_such_a_fee(doors: Doors, operator: httpx.Client, fee: str) -> None:
    is_refused(doors, operator, "/control/destinations", data={**DESTINATION, "fee_percent": fee})


def test_the_same_forms_are_taken_where_nothing_is_wrong(
    doors: Doors, buyer: httpx.Client, operator: httpx.Client
) -> None:
    """Or a refusal would say nothing about what is wrong in it."""
    wanted = {"sku_id": sku_of(doors), "units": "1"}
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}"
    room_id, merchant_id = doors.note["rooms"][0]["id"], doors.note["merchants"][0]
    for client, path, typed in (
        (buyer, "/cart", wanted),
        (buyer, "/checkout", {**ADDRESS, **CARD, **wanted}),
        (operator, "/control/products", {**PRODUCT, "merchant_id": merchant_id}),
        (operator, "/control/shows", {**SHOW, "room_id": room_id, "planned_at": tomorrow}),
        (operator, "/control/destinations", {**DESTINATION, "fee_percent": "2.5"}),
    ):
        answer = client.post(path, data=typed)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize(
    "query", ["page=" + "9" * 5_000, "page=-1", "page=²", "q=²", "q=" + "x" * 5_000, "state=king"], ids=named
)
def test_a_list_asked_for_in_nonsense_is_shown_or_refused(doors: Doors, operator: httpx.Client, query: str) -> None:
    for path in ("/control/orders", "/control/products", "/control/shows"):
        answer = operator.get(f"{path}?{query}", headers={"HX-Request": ""})
        assert answer.status_code in {200, 404, 422}, f"{path}: {answer.status_code}"


@pytest.mark.parametrize(
    "path", ["/control/products?q=%00", "/p/%00", "/%00", "/o/%00", "/control/shows?search=a%00b"], ids=named
)
def test_an_address_with_a_nul_is_refused(doors: Doors, operator: httpx.Client, path: str) -> None:
    is_refused(doors, operator, path, "GET")


def test_a_password_is_looked_up_however_it_is_typed(doors: Doors, buyer: httpx.Client) -> None:
    # Twice each, once in either language: an address has five tries at once.
    for email, password in (("\0", "\ufffe"), ("x" * 5_000, "x" * 5_000)):
        is_refused(doors, buyer, "/login", data={"email": email, "password": password})
