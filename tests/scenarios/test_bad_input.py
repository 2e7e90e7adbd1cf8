"""Whatever a program sends to the doors for JSON: a coded refusal, nothing changed, and a line in the log."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from silkcast.kernel.ids import new_id
from tests.scenarios.conftest import eventually
from tests.scenarios.doors import ON_EITHER, Doors, open_doors
from tests.scenarios.flood import purchase

pytestmark = pytest.mark.slow
MEGABYTE = 1_000_000
HUGE = 10**30
DEEP = 100_000
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
# What no door can read as JSON, or not as anything that it takes.
UNREADABLE = {
    "empty": b"",
    "cut off": b'{"currency": "USD", "lines": [',
    "trailing bracket": b"{}}",
    "a word": b"hello",
    "null": b"null",
    "a number": b"1",
    "a string": b'"text"',
    "the other bracket": b"}",
    "not UTF-8": b'{"currency": "\xff\xfe"}',
    "UTF-16": '{"currency": "USD"}'.encode("utf-16"),
    "a NUL byte": b'{"currency": "US\0"}',
    "deep arrays": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a number of ten thousand digits": b'{"currency": ' + b"9" * 10_000 + b"}",
    "ten megabytes": b'{"currency": "' + b"x" * (10 * MEGABYTE) + b'"}',
    "twelve megabytes": b'{"currency": "' + b"x" * (12 * MEGABYTE) + b'"}',
}
TYPES = {
    "text/plain": b"{}",
    "application/x-www-form-urlencoded": b"currency=USD",
    "multipart/form-data; boundary=b": b"--b\r\nrubbish",
    "application/xml": b"<currency/>",
}
UNITS = {"negative": -1, "none": 0, "huge": HUGE, "a fraction": 1.5, "text": "a lot", "null": None, "a list": [1]}


@pytest.fixture(scope="module", params=ON_EITHER)
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    with open_doors(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def api(doors: Doors) -> Iterator[httpx.Client]:
    with doors.api() as client:
        yield client


@pytest.fixture(scope="module")
def order(doors: Doors, api: httpx.Client) -> dict[str, Any]:
    """One that was placed and paid, so that there is something to change and to give back."""
    key = {"Idempotency-Key": "the good one"}
    answer = api.post("/orders", content=purchase(sku_of(doors), "viewer-1", doors.note["live_show_id"]), headers=key)
    assert answer.status_code == 201, answer.text
    card = {"card": {"number": "4242424242424242", "expiry": "12/39", "cvc": "123"}}
    paid = api.post(f"/checkouts/{answer.json()['checkout_id']}/pay", json=card)
    assert paid.json().get("state") == "paid", paid.text
    placed: dict[str, Any] = api.get("/orders").json()["items"][0]
    return placed


def sku_of(doors: Doors) -> str:
    return str(next(iter(doors.note["skus"].values())))


class Attempt:
    """What must hold after a bad request, seen from before it."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._before = doors.tables()
        self._lines = len(self._refusals())

    def _refusals(self) -> list[dict[str, Any]]:
        return [line for line in self._doors.lines("edge") if line["event"] == "edge.refused"]

    def is_refused(self, answer: httpx.Response) -> str:
        """The code of a refusal that changed nothing and left a line."""
        assert 400 <= answer.status_code < 500, answer.text
        error = answer.json()["error"]
        assert set(error["message"]) == {"en", "zh"}
        assert error["message"]["en"] != error["message"]["zh"], error
        assert not any(PLACEHOLDER.search(words) for words in error["message"].values()), error
        assert self._doors.tables() == self._before
        eventually(lambda: len(self._refusals()) > self._lines)
        line = self._refusals()[self._lines]
        assert (line["status"], line["code"]) == (answer.status_code, error["code"])
        code: str = error["code"]
        return code


def sends(api: httpx.Client, method: str, path: str, body: bytes, kind: str = "application/json") -> httpx.Response:
    headers = {"Content-Type": kind, "Idempotency-Key": str(uuid4())}
    return api.request(method, path, content=body, headers=headers)


DOORS = ("/orders", "/signals", "/products")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_json_is_refused(doors: Doors, api: httpx.Client, door: str, body: bytes) -> None:
    attempt = Attempt(doors)
    attempt.is_refused(sends(api, "POST", door, body))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("kind", "body"), TYPES.items(), ids=TYPES)
def test_what_says_that_it_is_no_json_is_refused(
    doors: Doors, api: httpx.Client, door: str, kind: str, body: bytes
) -> None:
    attempt = Attempt(doors)
    answer = sends(api, "POST", door, body, kind)
    assert attempt.is_refused(answer).endswith("media_type_wrong")
    assert answer.status_code == 415


@pytest.mark.parametrize("door", DOORS)
def test_a_packed_body_is_refused_by_its_encoding(doors: Doors, api: httpx.Client, door: str) -> None:
    attempt = Attempt(doors)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Idempotency-Key": str(uuid4())}
    answer = api.post(door, content=gzip.compress(b"[]"), headers=headers)
    assert attempt.is_refused(answer).endswith("encoding_wrong")
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "key", ["", "k" * 101, "k\u00e9y".encode(), b"\xff\xfe"], ids=["empty", "long", "accents", "bytes"]
)
@pytest.mark.parametrize("door", ["/orders", "/rooms"])
def test_a_key_for_repeats_that_is_none_is_refused(
    doors: Doors, api: httpx.Client, door: str, key: str | bytes
) -> None:
    attempt = Attempt(doors)
    body = purchase(sku_of(doors), "viewer-1") if door == "/orders" else b'{"name": "x", "kind": "hall"}'
    sent = [(b"idempotency-key", key if isinstance(key, bytes) else key.encode())]
    attempt.is_refused(api.post(door, content=body, headers=sent))


def changed(doors: Doors, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """A good purchase with one thing wrong."""
    wanted = json.loads(purchase(sku_of(doors), "viewer-1"))
    change(wanted)
    return json.dumps(wanted).encode()


def set_units(wanted: dict[str, Any], units: Any) -> None:
    wanted["lines"][0]["units"] = units


ORDERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    **{f"units {name}": partial(set_units, units=units) for name, units in UNITS.items()},
    "unknown SKU": lambda wanted: wanted["lines"][0].update(sku_id=str(uuid4())),
    "no SKU": lambda wanted: wanted["lines"][0].update(sku_id="scarf"),
    "no lines": lambda wanted: wanted.update(lines=[]),
    "more than there is": partial(set_units, units=1_000),
    "too many lines": lambda wanted: wanted.update(lines=wanted["lines"] * 51),
    "unknown currency": lambda wanted: wanted.update(currency="ZZZ"),
    "a currency of no rate": lambda wanted: wanted.update(currency="UGX"),
    "a small currency": lambda wanted: wanted.update(currency="usd"),
    "no country": lambda wanted: wanted.update(country="USA"),
    "unknown show": lambda wanted: wanted.update(show_id=str(uuid4())),
    "unknown way of shipping": lambda wanted: wanted.update(shipping_option_id=str(uuid4())),
    "another's name": lambda wanted: wanted.update(viewer="a b"),
    "a NUL in the language": lambda wanted: wanted.update(language="\0"),
    "a NUL in the name": lambda wanted: wanted["buyer"]["address"].update(name="Te\0st"),
    "half a character": lambda wanted: wanted["buyer"]["address"].update(name="\ud800"),
    "a long name": lambda wanted: wanted["buyer"]["address"].update(name="x" * 10_000),
    "no e-mail address": lambda wanted: wanted["buyer"].update(email="nobody"),
    "a field that we don't know": lambda wanted: wanted.update(price=1),
}


@pytest.mark.parametrize("change", ORDERS.values(), ids=ORDERS)
def test_a_purchase_that_makes_no_sense_is_refused(
    doors: Doors, api: httpx.Client, change: Callable[[dict[str, Any]], Any]
) -> None:
    attempt = Attempt(doors)
    attempt.is_refused(sends(api, "POST", "/orders", changed(doors, change)))


def money(minor: Any, currency: Any = "USD") -> dict[str, Any]:
    return {"minor": minor, "currency": currency}


AMOUNTS = {
    "negative": money(-1),
    "nothing": money(0),
    "huge": money(HUGE),
    "beyond 64 bits": money(2**63),
    "a fraction": money(1.5),
    "text": money("a lot"),
    "unknown currency": money(1, "ZZZ"),
    "another currency": money(1, "UGX"),
    "no currency": money(1, None),
}


@pytest.mark.parametrize("amount", AMOUNTS.values(), ids=AMOUNTS)
def test_no_such_amount_is_given_back(
    doors: Doors, api: httpx.Client, order: dict[str, Any], amount: dict[str, Any]
) -> None:
    attempt = Attempt(doors)
    attempt.is_refused(sends(api, "POST", f"/orders/{order['id']}/refunds", json.dumps({"amount": amount}).encode()))


@pytest.mark.parametrize("name", ["negative", "huge", "beyond 64 bits", "a fraction", "text", "unknown currency"])
def test_nothing_is_sold_at_such_a_price(doors: Doors, api: httpx.Client, name: str) -> None:
    attempt = Attempt(doors)
    price = {"price": AMOUNTS[name], "cost": money(1)}
    attempt.is_refused(sends(api, "PUT", f"/skus/{sku_of(doors)}/price", json.dumps(price).encode()))


@pytest.mark.parametrize("units", UNITS.values(), ids=UNITS)
def test_no_such_number_of_units_is_received(doors: Doors, api: httpx.Client, units: Any) -> None:
    warehouse_id = api.get("/warehouses").json()["items"][0]["id"]
    attempt = Attempt(doors)
    body = {"kind": "receive", "warehouse_id": warehouse_id, "units": units}
    attempt.is_refused(sends(api, "POST", f"/skus/{sku_of(doors)}/movements", json.dumps(body).encode()))


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "2026-02-30T00:00:00Z",
        "2026-11-22T12:00:00",
        0,
        -1,
        HUGE,
        "soon",
    ],
)
def test_no_show_is_planned_for_such_a_time(doors: Doors, api: httpx.Client, at: Any) -> None:
    attempt = Attempt(doors)
    body = {
        "room_id": doors.note["rooms"][0]["id"],
        "title": "x",
        "language": "en",
        "currency": "USD",
        "planned_at": at,
    }
    attempt.is_refused(sends(api, "POST", "/shows", json.dumps(body).encode()))


@pytest.mark.parametrize("text", [r"\u0000", r"a\u0000b", r"\ud800", r"\udfff\ud800"])
@pytest.mark.parametrize("value", [b'{"name": "%b", "kind": "hall"}', b'{"name": "x", "kind": "hall", "%b": 1}'])
def test_text_that_a_database_cannot_keep_is_refused(doors: Doors, api: httpx.Client, text: str, value: bytes) -> None:
    attempt = Attempt(doors)
    attempt.is_refused(sends(api, "POST", "/rooms", value % text.encode()))


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_a_number_that_is_none_is_refused(doors: Doors, api: httpx.Client, constant: bytes) -> None:
    attempt = Attempt(doors)
    body = b'{"price": {"minor": %b, "currency": "USD"}, "cost": {"minor": 1, "currency": "USD"}}' % constant
    attempt.is_refused(sends(api, "PUT", f"/skus/{sku_of(doors)}/price", body))


@pytest.mark.parametrize("query", ["search=%00", "on=%00", "limit=-1", "offset=1e9", f"limit={HUGE}", "state=%ff"])
def test_a_question_that_makes_no_sense_is_refused(doors: Doors, api: httpx.Client, query: str) -> None:
    attempt = Attempt(doors)
    path = "/destinations" if query.startswith("on") else "/shows"
    attempt.is_refused(api.get(f"{path}?{query}"))


def test_the_same_requests_are_taken_where_nothing_is_wrong(
    doors: Doors, api: httpx.Client, order: dict[str, Any]
) -> None:
    """Or a refusal would say nothing about what is wrong in it."""
    sku = f"/skus/{sku_of(doors)}"
    warehouse_id = api.get("/warehouses").json()["items"][0]["id"]
    show = {"room_id": doors.note["rooms"][0]["id"], "title": "x", "language": "en", "currency": "USD"}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for method, path, body in (
        ("POST", "/orders", purchase(sku_of(doors), "viewer-1")),
        ("POST", f"/orders/{order['id']}/refunds", {"amount": money(1)}),
        ("PUT", f"{sku}/price", {"price": money(3900), "cost": money(1)}),
        ("POST", f"{sku}/movements", {"kind": "receive", "warehouse_id": warehouse_id, "units": 1}),
        ("POST", "/shows", {**show, "planned_at": tomorrow}),
        ("POST", "/rooms", {"name": "another", "kind": "hall"}),
    ):
        answer = sends(api, method, path, body if isinstance(body, bytes) else json.dumps(body).encode())
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"


SIGNAL = {"kind": "like", "viewer": "viewer-1"}
SIGNALS: dict[str, tuple[dict[str, Any], str]] = {
    "no time": ({"at": 0}, "bad_time"),
    "a negative time": ({"at": -1}, "bad_time"),
    "a time beyond all bounds": ({"at": HUGE}, "bad_time"),
    "a time in words": ({"at": "now"}, "bad_time"),
    "a fraction of a time": ({"at": 1.5}, "bad_time"),
    "no id": ({"id": "1"}, "bad_id"),
    "no show": ({"show_id": ""}, "bad_show"),
    "an unknown kind": ({"kind": "buy"}, "unknown_kind"),
    "a long text": ({"text": "x" * 501, "kind": "comment"}, "text_too_long"),
    "no text": ({"text": 1, "kind": "comment"}, "bad_text"),
    "no viewer": ({"viewer": None}, "missing_viewer"),
}


@pytest.mark.parametrize(("change", "code"), SIGNALS.values(), ids=SIGNALS)
def test_a_bad_signal_is_refused_by_its_place_while_the_good_one_beside_it_counts(
    doors: Doors, api: httpx.Client, change: dict[str, Any], code: str
) -> None:
    show_id = doors.note["live_show_id"]
    before = likes(api, show_id)
    good = {"id": str(new_id()), "show_id": show_id, "at": int(time.time() * 1000), **SIGNAL}
    bad = {**good, "id": str(new_id()), **change}
    answer = sends(api, "POST", "/signals", json.dumps([good, bad]).encode())
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"accepted": 1, "duplicates": 0, "refused": [{"index": 1, "code": code}]}
    assert likes(api, show_id) == before + 1


def likes(api: httpx.Client, show_id: str) -> int:
    return int(api.get(f"/shows/{show_id}/metrics").json()["likes"])


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("bad_show", {"show_id": "\0"}),
        ("bad_text", {"text": "\0"}),
        ("bad_text", {"text": "\ud800", "kind": "comment"}),
    ],
)
def test_text_that_nobody_can_keep_refuses_its_own_signal_only(
    doors: Doors, api: httpx.Client, code: str, change: dict[str, Any]
) -> None:
    show_id = doors.note["live_show_id"]
    before = likes(api, show_id)
    good = {"id": str(new_id()), "show_id": show_id, "at": int(time.time() * 1000), **SIGNAL}
    answer = sends(api, "POST", "/signals", json.dumps([good, {**good, "id": str(new_id()), **change}]).encode())
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"accepted": 1, "duplicates": 0, "refused": [{"index": 1, "code": code}]}
    assert likes(api, show_id) == before + 1
