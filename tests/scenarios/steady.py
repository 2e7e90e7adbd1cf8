"""Buyers and viewers who do not give up: what breaks off is asked again under the same key until it is answered."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from silkcast.kernel.ids import new_id
from tests.scenarios.conftest import Silkcast, answered, eventually
from tests.scenarios.flood import purchase

HANG_GUARD_S = 600.0
AGAIN_AFTER_S = 0.1
REFUSED_FOR_NOW = {429, 500, 502, 503, 504}  # 500: a server that is being killed may say anything
GOOD, SILENT = "4242424242424242", "4000000000000127"
SIGNALS_AT_ONCE = 20
REFUND_MINOR = 100
UNITS = 100_000
PAGE = 100


class Crowd:
    """Of a show, by default the demo's. What was accepted, as those who asked have it in writing."""

    def __init__(self, silkcast: Silkcast, show_id: str = "") -> None:
        self._silkcast = silkcast
        self.show_id = show_id or str(silkcast.note["live_show_id"])
        self._leaving, self._giving_up = threading.Event(), threading.Event()
        self._counting = threading.Lock()
        self.purchases: dict[str, dict[str, Any]] = {}  # by checkout: the answer to the placing
        self.refunds: dict[str, str] = {}  # by refund: its order
        self.signals = 0
        self.comments = 0
        self.viewers: set[str] = set()
        self._broken_off = 0
        self._working: list[Future[None]] = []
        with silkcast.api() as api:
            self._sku_id = str(answered(api.get("/products"))["items"][0]["skus"][0]["id"])
            warehouse_id = answered(api.get("/warehouses"))["items"][0]["id"]
            received = {"kind": "receive", "warehouse_id": warehouse_id, "units": UNITS}
            answered(api.post(f"/skus/{self._sku_id}/movements", json=received))
            self.before = show_numbers(api, self.show_id)

    def __str__(self) -> str:
        bought = f"{len(self.purchases)} purchases, {len(self.refunds)} refunds"
        return f"{bought}, {self.signals} signals; {self._broken_off} requests broke off"

    @contextmanager
    def at_work(self, *, buyers: int = 2, viewers: int = 2) -> Iterator[None]:
        """In the background until the end of the block, and then until each has the answer it waits for."""
        with ThreadPoolExecutor(buyers + viewers) as pool:
            self._working = [pool.submit(self._buy, number) for number in range(buyers)]
            self._working += [pool.submit(self._watch, number) for number in range(viewers)]
            try:
                yield
            except BaseException:
                self._giving_up.set()  # the test has failed: nobody need wait for answers any more
                raise
            finally:
                self._leaving.set()
            for each in self._working:
                each.result()

    def gets_on(self, guard_s: float) -> None:
        """Wait until another purchase was paid and another batch of signals was taken in."""
        purchases, signals = len(self.purchases), self.signals

        def got_on() -> bool:
            for each in self._working:
                if each.done():
                    each.result()  # somebody was refused and left
            return len(self.purchases) > purchases and self.signals > signals

        eventually(got_on, guard_s, self._silkcast.said)

    def _buy(self, number: int) -> None:
        with self._silkcast.api() as api:
            for count in itertools.count():
                if self._leaving.is_set():
                    return
                viewer = f"buyer-{number}-{count}"
                body = purchase(self._sku_id, viewer, self.show_id)
                placed = self._ask(api, "/orders", f"{viewer}-places", content=body)
                card = {"number": SILENT if count % 10 == 5 else GOOD, "expiry": "12/39", "cvc": "123"}
                self._ask(api, f"/checkouts/{placed['checkout_id']}/pay", f"{viewer}-pays", json={"card": card})
                self.purchases[placed["checkout_id"]] = placed
                if count % 10 == 0:
                    order_id = placed["orders"][0]["id"]
                    wanted = {"amount": {"minor": REFUND_MINOR, "currency": "USD"}, "reason": "torn"}
                    refund = self._ask(api, f"/orders/{order_id}/refunds", f"{viewer}-regrets", json=wanted)
                    self.refunds[refund["refund_id"]] = order_id

    def _watch(self, number: int) -> None:
        with self._silkcast.api() as api:
            for count in itertools.count():
                if self._leaving.is_set():
                    return
                viewer = f"viewer-{number}-{count}"
                batch = [self._signal(viewer, "enter"), self._signal(viewer, "comment") | {"text": "hello"}]
                batch += [self._signal(viewer, "heartbeat") for _ in range(SIGNALS_AT_ONCE - len(batch))]
                counted = self._ask(api, "/signals", "", json=batch)
                assert counted["refused"] == [], counted
                with self._counting:
                    self.signals += SIGNALS_AT_ONCE
                    self.comments += 1
                    self.viewers.add(viewer)
                time.sleep(AGAIN_AFTER_S)  # a crowd, not a flood

    def _signal(self, viewer: str, kind: str) -> dict[str, Any]:
        at_ms = time.time_ns() // 1_000_000
        return {"id": str(new_id()), "show_id": self.show_id, "kind": kind, "viewer": viewer, "at": at_ms}

    def _ask(self, api: httpx.Client, path: str, key: str, **body: Any) -> dict[str, Any]:
        """The answer, whatever it takes; what the product really refuses is a failure of the test."""
        headers = {"Idempotency-Key": key} if key else {}
        headers |= {"Content-Type": "application/json"} if "content" in body else {}
        answer = self._answered(lambda: api.post(path, headers=headers, **body))
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json()
        return told

    def _answered(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        give_up_s = time.monotonic() + HANG_GUARD_S
        while True:
            try:
                answer = ask()
                if answer.status_code not in REFUSED_FOR_NOW:
                    return answer
            except httpx.TransportError:
                self._broken_off += 1
            assert time.monotonic() < give_up_s and not self._giving_up.is_set(), "nobody answers any more"
            time.sleep(AGAIN_AFTER_S)


def show_numbers(api: httpx.Client, show_id: str) -> Counter[str]:
    """What is counted of a show, and how many orders it has."""
    metrics = answered(api.get(f"/shows/{show_id}/metrics"))
    counts = {name: metrics[name] for name in ("signals", "comments", "viewers", "orders")}
    return Counter(counts | {"placed": len(orders_of(api, show_id))})


def orders_of(api: httpx.Client, show_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        asked: dict[str, str | int] = {"show_id": show_id, "limit": PAGE, "offset": len(found)}
        page = answered(api.get("/orders", params=asked))
        found += page["items"]
        if len(found) >= page["total"]:
            return found
