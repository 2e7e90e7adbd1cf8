"""The machine's clock is set an hour forwards, and two back, under a show: what was promised and sold stays so."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from silkcast.kernel.ids import id_from_parts
from tests.scenarios.conftest import HANG_GUARD_S, eventually, new_database
from tests.scenarios.doors import BEHIND_THE_PORT, ON_EITHER, Doors
from tests.scenarios.flood import purchase

pytestmark = [pytest.mark.slow, pytest.mark.real_server]
MINUTE_S, HOUR_S = 60, 3_600
# The roles start two hours ahead, so that no step leads to before the base was founded and its rates were entered.
START_S = 2 * HOUR_S
GOOD, SILENT = "4242424242424242", "4000000000000127"


class Clock:
    """Wall time of the roles, by libfaketime; time that only goes on (monotonic) is the machine's own."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._file = folder / "clock"
        self.set(START_S)
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, away_s: int) -> None:
        """So many seconds from the true time, from now on, in all of them."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{away_s:+d}\n")
        draft.replace(self._file)


@pytest.fixture(params=ON_EITHER)
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:
        opened = Doors(Path(folder), database_url=new_database() if request.param == "postgresql" else "")
        try:
            opened.prepare()
            yield opened
        finally:
            opened.close()


@pytest.fixture
def clock(doors: Doors) -> Clock:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("libfaketime is not installed")
    clock = Clock(doors.folder, found[0])
    doors.start(*BEHIND_THE_PORT, "worker", environment=clock.environment)
    return clock


class Buyer:
    """Buys one unit at a time, under keys that are used again."""

    def __init__(self, doors: Doors, api: httpx.Client) -> None:
        self._api = api
        self._show_id = doors.note["live_show_id"]
        self._sku_id = next(iter(doors.note["skus"].values()))
        self.placed: dict[str, dict[str, Any]] = {}
        self._free = self._units_free()

    def buys(self) -> str:
        """The id of a purchase that was placed now."""
        key = str(uuid4())
        answer = self._asks(key)
        assert answer.status_code == 201, answer.text
        self.placed[key] = answer.json()
        return str(self.placed[key]["checkout_id"])

    def is_answered_as_before(self) -> None:
        """Every purchase again: the first answer, and nothing is done."""
        for key, first in self.placed.items():
            again = self._asks(key)
            assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
            assert {**again.json(), "token": ""} == {**first, "token": ""}

    def _asks(self, key: str) -> httpx.Response:
        body = purchase(self._sku_id, f"viewer-{key}", self._show_id)
        return self._api.post("/orders", content=body, headers={"Idempotency-Key": key})

    def pays(self, checkout_id: str, number: str = GOOD) -> None:
        card = {"card": {"number": number, "expiry": "12/39", "cvc": "123"}}
        key = {"Idempotency-Key": f"pays-{checkout_id}"}
        answer = self._api.post(f"/checkouts/{checkout_id}/pay", json=card, headers=key)
        expected = "paid" if number == GOOD else "unknown"
        assert (answer.status_code, answer.json().get("state")) == (200, expected), answer.text

    def state(self, checkout_id: str) -> str:
        return str(self._api.get(f"/checkouts/{checkout_id}").json()["state"])

    def units_taken(self) -> int:
        """Promised or already on their way: how soon parcels leave is the worker's affair."""
        return self._free - self._units_free()

    def _units_free(self) -> int:
        items = self._api.get(f"/skus/{self._sku_id}/stock").json()["items"]
        return sum(item["units_on_hand"] - item["units_reserved"] for item in items)

    def counted(self) -> int:
        """Orders that the show's numbers hold: what the relay has brought there."""
        return int(self.told()["orders"])

    def told(self) -> dict[str, Any]:
        answer = self._api.get(f"/shows/{self._show_id}/metrics")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def likes(self) -> None:
        """Says so twice under one id."""
        at = int((time.time() + START_S) * 1000)
        signal = {
            "id": str(id_from_parts(at, secrets.randbits(74))),
            "show_id": self._show_id,
            "kind": "like",
            "at": at,
            "viewer": "viewer-1",
        }
        for _ in range(2):
            answer = self._api.post("/signals", content=json.dumps([signal]))
            assert (answer.status_code, answer.json().get("refused")) == (202, []), answer.text


@contextmanager
def operator(doors: Doors) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=doors.origin, trust_env=False, timeout=HANG_GUARD_S) as client:
        client.get("/login")
        login = {name: doors.note["logins"][0][name] for name in ("email", "password")}
        typed = {**login, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        assert client.post("/login", data=typed).status_code == 303
        yield client


def test_a_clock_that_is_set_changes_nothing_that_was_promised(doors: Doors, clock: Clock) -> None:
    with doors.api() as api, operator(doors) as person:
        buyer = Buyer(doors, api)
        left, paid = buyer.buys(), buyer.buys()
        buyer.pays(paid)
        buyer.likes()
        eventually(lambda: buyer.counted() == 1, story=doors.said)

        clock.set(START_S + HOUR_S)  # the hold of what was left is over, and of nothing else
        eventually(lambda: buyer.state(left) == "expired", story=doors.said)
        assert buyer.state(paid) == "paid"
        assert buyer.units_taken() == 1
        buyer.is_answered_as_before()
        late = buyer.buys()
        buyer.likes()
        assert person.get("/control/").status_code == 200

        clock.set(START_S - HOUR_S)
        assert buyer.state(late) == "awaiting"  # held until the time that was promised
        buyer.is_answered_as_before()
        buyer.pays(late)
        early = buyer.buys()
        buyer.pays(early, SILENT)
        clock.set(START_S - HOUR_S + MINUTE_S)  # by now the gateway is asked: what happens by itself goes on
        eventually(lambda: buyer.state(early) == "paid", story=doors.said)
        buyer.likes()
        eventually(lambda: buyer.counted() == 3, story=doors.said)
        assert person.get("/control/").status_code == 200

        clock.set(START_S)
        dead = doors.running.pop("worker")
        dead.kill()
        dead.wait()
        ahead = buyer.buys()
        buyer.pays(ahead)
        clock.set(START_S - HOUR_S)  # what was said is handed on all the same, an hour before it was said
        doors.start("worker", environment=clock.environment)
        eventually(lambda: buyer.counted() == 4, story=doors.said)

        clock.set(START_S)
        buyer.is_answered_as_before()
        states = [buyer.state(each) for each in (left, late, early, ahead)]
        assert states == ["expired", "paid", "paid", "paid"]
        assert buyer.units_taken() == 4
        assert api.get("/orders?limit=1").json()["total"] == 5
        assert buyer.told()["likes"] == 3
    audit = doors.runs("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert doors.defects() == []
