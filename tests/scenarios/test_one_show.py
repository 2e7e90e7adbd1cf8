"""One show from the encoder to the books: cameras, platforms, viewers and buyers, none of them ours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from silkcast.kernel.ids import new_id
from tests.scenarios.conftest import Silkcast, answered, eventually
from tests.scenarios.encoders import Platform, camera, needs_encoders

pytestmark = [pytest.mark.slow, pytest.mark.real_server, pytest.mark.alone, needs_encoders]

STRETCH_FRAMES = 150  # before, during and after the disturbance
VIEWERS = ("ann", "ben", "cai")
CARD = {"number": "4242424242424242", "expiry": "12/39", "cvc": "123"}
BUYER = {
    "email": "buyer@example.test",
    "address": {
        "name": "Test Buyer",
        "line1": "1 Test Street",
        "city": "Testville",
        "region": "CA",
        "postcode": "90001",
        "country": "US",
    },
}


@pytest.fixture
def api(either: Silkcast) -> Iterator[httpx.Client]:
    with either.api() as client:
        yield client


@pytest.fixture
def platforms(tmp_path: Path) -> Iterator[tuple[Platform, Platform]]:
    steady, broken = Platform(tmp_path / "steady"), Platform(tmp_path / "broken")
    try:
        yield steady, broken
    finally:
        steady.kill()
        broken.kill()


class Show:
    """A show as a program drives it, through REST alone."""

    def __init__(self, silkcast: Silkcast, api: httpx.Client) -> None:
        self._silkcast = silkcast
        self._api = api
        self.room = silkcast.note["rooms"][1]
        self.id = ""
        self.sku_id = ""
        self.price = {"minor": 2500, "currency": "USD"}

    def plan(self, destinations: list[str]) -> None:
        room_id = self.room["id"]
        answered(self._api.patch(f"/rooms/{room_id}/picture", json={"burn_counter": True}))
        wanted = {
            "room_id": room_id,
            "title": "One show",
            "language": "en",
            "currency": "USD",
            "destination_ids": destinations,
        }
        self.id = answered(self._api.post("/shows", json=wanted))["show_id"]
        product = answered(self._api.get("/products"))["items"][0]
        self.sku_id = product["skus"][0]["id"]
        line = answered(self._api.post(f"/shows/{self.id}/rundown", json={"product_id": product["id"]}))
        answered(self._api.put(f"/shows/{self.id}/offers/{self.sku_id}", json={"price": self.price}))
        answered(self._api.post(f"/shows/{self.id}/start"))
        answered(self._api.post(f"/shows/{self.id}/rundown/{line['line_id']}/pitch"))

    def end(self) -> None:
        answered(self._api.post(f"/shows/{self.id}/end"))
        eventually(lambda: not self._pid_path.exists(), story=self._silkcast.said)

    def cameras(self) -> list[str]:
        items = answered(self._api.get(f"/rooms/{self.room['id']}/cameras"))["items"]
        return [item["presence"] for item in items]

    def phase(self, destination_id: str) -> str:
        items = answered(self._api.get(f"/shows/{self.id}/destinations"))["items"]
        return next(str(item["phase"]) for item in items if item["id"] == destination_id)

    def encoded(self) -> list[int]:
        """The frames that the room says it encoded, as it wrote them down."""
        path = self._pid_path.with_suffix(".counters")
        return [int(line) for line in path.read_text().split()]

    @property
    def _pid_path(self) -> Path:
        return self._silkcast.folder / "run" / f"room-{self.room['id']}.pid"

    def watches(self, viewer: str, *kinds: str) -> dict[str, Any]:
        at_ms = time.time_ns() // 1_000_000
        body = [
            {"id": str(new_id()), "show_id": self.id, "kind": kind, "viewer": viewer, "at": at_ms, "text": "hello"}
            if kind == "comment"
            else {"id": str(new_id()), "show_id": self.id, "kind": kind, "viewer": viewer, "at": at_ms}
            for kind in kinds
        ]
        counted: dict[str, Any] = answered(self._api.post("/signals", json=body))
        return counted

    def buys(self, viewer: str, units: int) -> int:
        """Order and pay; what it cost in all."""
        purchase = {
            "currency": "USD",
            "lines": [{"sku_id": self.sku_id, "units": units}],
            "buyer": BUYER,
            "show_id": self.id,
            "viewer": viewer,
        }
        placed = answered(self._api.post("/orders", json=purchase, headers={"Idempotency-Key": str(uuid4())}))
        paid = answered(self._api.post(f"/checkouts/{placed['checkout_id']}/pay", json={"card": CARD}))
        assert paid == {"state": "paid"}
        return int(placed["total_minor"])


def test_one_show_reaches_its_platforms_whole_and_its_books_balance(
    either: Silkcast, api: httpx.Client, platforms: tuple[Platform, Platform]
) -> None:
    steady, broken = platforms
    ids = []
    for platform, name in ((steady, "Steady"), (broken, "Broken")):
        platform.start()
        wanted = {"name": name, "platform": "rtmp", "url": platform.url, "stream_key": "key", "fee_bp": 500}
        ids.append(answered(api.post("/destinations", json=wanted))["destination_id"])
    show = Show(either, api)
    show.plan(ids)
    with ExitStack() as cameras:
        eventually(lambda: len(show.cameras()) == 2 and show.phase(ids[0]) == "live", story=either.said)
        for each, pattern, pitch_hz in zip(show.room["cameras"], ("testsrc2", "smptebars"), (440, 880), strict=True):
            cameras.enter_context(camera(either.camera_url(each["stream_key"]), pattern, pitch_hz))
        eventually(lambda: show.cameras() == ["live", "live"], story=either.said)
        eventually(lambda: show.phase(ids[1]) == "live", story=either.said)

        accepted = [show.watches(viewer, "enter", "heartbeat", "comment") for viewer in VIEWERS]
        assert [(counted["accepted"], counted["refused"]) for counted in accepted] == [(3, [])] * 3
        spent = [show.buys(viewer, units) for viewer, units in zip(VIEWERS, (1, 2, 3), strict=True)]
        _let_run(show)
        broken.kill()
        eventually(lambda: show.phase(ids[1]) != "live", story=either.said)
        _let_run(show)
        broken.start()
        eventually(lambda: show.phase(ids[1]) == "live", story=either.said)
        _let_run(show)
        assert show.phase(ids[0]) == "live"
        _metrics_are_exact(api, show, either)
    show.end()
    encoded = show.encoded()
    _holds_every_frame(steady, encoded)
    _holds_what_it_lived_through(broken, encoded)
    _books_balance(either, api, show, spent)


def _let_run(show: Show) -> None:
    """Wait for the programme itself, not for a clock: so many frames more have been encoded."""
    goal = len(show.encoded()) + STRETCH_FRAMES
    eventually(lambda: len(show.encoded()) >= goal)


def _holds_every_frame(platform: Platform, encoded: list[int]) -> None:
    """From the first frame that it was sent to the last that was encoded, none missing, none twice."""
    assert encoded == sorted(set(encoded))
    (received,) = platform.recordings()
    assert received == encoded[encoded.index(received[0]) :]
    assert len(received) >= 3 * STRETCH_FRAMES


def _holds_what_it_lived_through(platform: Platform, encoded: list[int]) -> None:
    """Either run of the platform that was killed has an unbroken stretch, and the second one goes to the end."""
    before, after = platform.recordings()
    for received in (before, after):
        begin = encoded.index(received[0])
        assert received == encoded[begin : begin + len(received)]
    assert before[-1] < after[0]
    assert after[-1] == encoded[-1]


def _metrics_are_exact(api: httpx.Client, show: Show, silkcast: Silkcast) -> None:
    eventually(lambda: answered(api.get(f"/shows/{show.id}/metrics"))["orders"] == 3, story=silkcast.said)
    metrics = answered(api.get(f"/shows/{show.id}/metrics"))
    assert (metrics["viewers"], metrics["comments"], metrics["signals"]) == (3, 3, 9)
    comments = answered(api.get(f"/shows/{show.id}/comments"))["items"]
    assert [comment["text"] for comment in comments] == ["hello"] * 3


def _books_balance(silkcast: Silkcast, api: httpx.Client, show: Show, spent: list[int]) -> None:
    audit = silkcast.runs("audit")
    assert audit.returncode == 0, audit.stdout
    airtime = answered(api.get(f"/shows/{show.id}/airtime"))
    assert airtime["books"]["is_equal"] is True
    assert airtime["totals"]["orders"] == len(spent)
    assert airtime["totals"]["units"] == 6
    assert airtime["totals"]["gmv"] == {"minor": sum(spent), "currency": "USD"}
    assert sum(minute["profit"]["minor"] for minute in airtime["minutes"]) == airtime["totals"]["profit"]["minor"]
    assert airtime["books"]["ledger"] == airtime["totals"]["profit"]
