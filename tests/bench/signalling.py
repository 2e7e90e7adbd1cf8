"""Signals through HTTP: synced before each answer, counted exactly, and how old the numbers on a screen are."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import uvloop
from numpy.typing import NDArray

from tests.bench.house import open_shop, serving
from tests.bench.rows import REPEATS, AtLeast, AtMost, Row, percentile

CONNECTIONS = {500: 64, 20: 128}  # by the signals of a request: small requests come from many
BODIES_AT_ONCE = 10_000  # signals whose bodies are written in one go, so that the client costs little beside the roles
WARM_S = 2.0
BURST_S = 8.0
PACED_S = 20.0
PACED_PER_S = 50_000
VIEWERS = 20_000
KINDS = ("heartbeat",) * 14 + ("like",) * 5 + ("click",)
_HEX = np.frombuffer(b"".join(b"%02x" % number for number in range(256)), np.uint8).reshape(256, 2)
_DIGITS_OF_ID = np.array([place for place in range(36) if place not in {8, 13, 18, 23}])


class Template:
    """A body of many signals; each time it is asked for, its ids, stamps and viewers are written anew into it."""

    def __init__(self, show_id: str, signals: int) -> None:
        self.signals = signals
        self._bodies: list[bytes] = []
        self._chance = np.random.default_rng(7)
        rows = [
            {"id": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "show_id": show_id, "kind": KINDS[row % len(KINDS)],
             "at": 10**12, "viewer": "v00000"} | ({"sku_id": "scarf"} if KINDS[row % len(KINDS)] == "click" else {})
            for row in range(signals)
        ]  # fmt: skip
        body = msgspec.json.encode(rows)
        self._size, self._count = len(body), BODIES_AT_ONCE // signals * signals
        whole = body * (self._count // signals)
        self._raw = np.frombuffer(bytearray(whole), np.uint8)
        self._ids = _places(whole, b'"id":"', self._count) + _DIGITS_OF_ID
        self._stamps = _places(whole, b'"at":', self._count) + np.arange(13)
        self._viewers = _places(whole, b'"viewer":"v', self._count) + np.arange(5)

    def body(self) -> bytes:
        if not self._bodies:
            self._write_anew()
            whole = self._raw.tobytes()
            self._bodies = [whole[start : start + self._size] for start in range(0, len(whole), self._size)]
        return self._bodies.pop()

    def _write_anew(self) -> None:
        now_ms = time.time_ns() // 1_000_000
        ids = self._chance.integers(0, 256, (self._count, 16), np.uint8)
        ids[:, :6] = np.frombuffer(now_ms.to_bytes(6, "big"), np.uint8)
        ids[:, 6] = ids[:, 6] & 0x0F | 0x70
        ids[:, 8] = ids[:, 8] & 0x3F | 0x80
        self._raw[self._ids] = _HEX[ids].reshape(self._count, 32)
        self._raw[self._stamps] = np.frombuffer(b"%d" % now_ms, np.uint8)
        viewers = self._chance.integers(0, VIEWERS, self._count)
        self._raw[self._viewers] = viewers[:, None] // 10 ** np.arange(4, -1, -1) % 10 + ord("0")


def _places(whole: bytes, mark: bytes, count: int) -> NDArray[np.int64]:
    """Where what follows each mark begins, as a column."""
    places, start = [], 0
    for _ in range(count):
        start = whole.index(mark, start) + len(mark)
        places.append(start)
    return np.array(places)[:, None]


@dataclass
class Load:
    """What was sent when, and what of it was accepted."""

    template: Template
    head: bytes
    until_s: float
    per_s: float = float("inf")
    began_s: float = field(default_factory=time.monotonic)
    sent: int = 0
    accepted: int = 0
    sent_at: list[tuple[float, int]] = field(default_factory=list)  # the count with this request

    def next(self) -> bytes | None:
        now_s = time.monotonic()
        if now_s >= self.until_s:
            return None
        self.sent += self.template.signals
        self.sent_at.append((now_s, self.sent))
        body = self.template.body()
        return self.head + b"%d\r\n\r\n" % len(body) + body

    def due_in_s(self) -> float:
        return max(0.0, self.began_s + self.sent / self.per_s - time.monotonic())


class _Caller(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._answer = b""
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        accepted = msgspec.json.decode(body).get("accepted")
        if accepted != self._load.template.signals:
            self.over.set_exception(RuntimeError(self._answer[:400]))
            self._transport.close()
            return
        self._load.accepted += accepted
        self._answer = b""
        self._send()

    def connection_lost(self, reason: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(reason or ConnectionError("closed by the server"))

    def _send(self) -> None:
        if wait_s := self._load.due_in_s():
            asyncio.get_running_loop().call_later(wait_s, self._send)
            return
        request = self._load.next()
        if request is None:
            self.over.set_result(None)
            self._transport.close()
        else:
            self._transport.write(request)


@dataclass
class _House:
    port: int
    base_id: UUID
    show_id: str
    api_key: str
    pids: dict[str, int]

    def load(self, signals: int, seconds: float, per_s: float = float("inf")) -> Load:
        head = (
            f"POST /api/v1/signals HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.api_key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        return Load(Template(self.show_id, signals), head.encode(), time.monotonic() + seconds, per_s)

    async def send(self, load: Load) -> None:
        loop = asyncio.get_running_loop()
        callers = [
            await loop.create_connection(lambda: _Caller(load), "127.0.0.1", self.port)
            for _ in range(CONNECTIONS[load.template.signals])
        ]
        await asyncio.gather(*(caller.over for _, caller in callers))

    def cpu_s(self) -> dict[str, float]:
        ticks = os.sysconf("SC_CLK_TCK")
        fields = {
            role: Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for role, pid in self.pids.items()
        }
        return {role: (int(found[11]) + int(found[12])) / ticks for role, found in fields.items()}


@contextmanager
def _house(name: str) -> Iterator[_House]:
    shop = open_shop(name, scopes=("signals.write",))
    with serving(beside=("signals",)) as (origin, pids):
        port = int(origin.rpartition(":")[2])
        yield _House(port, UUID(str(shop.base.ctx.base_id)), shop.show_id, shop.api_key, pids)


def through_http() -> list[Row]:
    """All that was accepted is counted again from the log before a figure is believed."""
    from silkcast.domains.audience.api import recounted

    rows = []
    with _house("bench-signals") as house:
        total = 0
        for signals, goal in ((500, 250_000), (20, 60_000)):
            warm = house.load(signals, WARM_S)
            uvloop.run(house.send(warm))
            before, rates, accepted = house.cpu_s(), list[float](), 0
            for _ in range(REPEATS):
                load = house.load(signals, BURST_S)
                uvloop.run(house.send(load))
                rates.append(load.accepted / (time.monotonic() - load.began_s))
                accepted += load.accepted
            spent = {role: used - before[role] for role, used in house.cpu_s().items()}
            total += warm.accepted + accepted
            costs = ", ".join(f"{role} {used / accepted * 1e6:.2f}" for role, used in spent.items())
            what = f"signals/s through HTTP, synced and counted exactly, {signals} a request"
            detail = f"{min(rates):,.0f} to {max(rates):,.0f}; CPU µs a signal: {costs}"
            rows.append(Row(what, statistics.median(rates), detail=detail, goal=AtLeast(goal)))
        proof = recounted(house.base_id, UUID(house.show_id), deadline_s=300)
        assert proof is not None and proof.is_equal and proof.live["signals"] == total
    return rows


def age_of_metrics() -> Row:
    """From the sending of a signal to the arrival of the first published numbers that count it."""
    from silkcast.kernel.settings import load as settings
    from silkcast.kernel.wire import HubClient

    published: list[tuple[float, int]] = []

    async def watch(house: _House, load: Load) -> None:
        hub = HubClient(settings().socket("hub"))
        hub.subscribe(f"{house.base_id}/{house.show_id}/metrics", lambda _, body: published.append(_heard(body)))
        await hub.start()
        await house.send(load)
        async with asyncio.timeout(60):
            while not published or published[-1][1] < load.sent:
                await asyncio.sleep(0.05)
        await hub.close()

    with _house("bench-age") as house:
        load = house.load(500, PACED_S, per_s=PACED_PER_S)
        uvloop.run(watch(house, load))
    ages, heard = [], iter(published)
    at_s, count = next(heard)
    for sent_s, number in load.sent_at:
        while count < number:
            at_s, count = next(heard)
        ages.append(at_s - sent_s)
    p50, p99 = percentile(ages, 0.50), percentile(ages, 0.99)
    rate = load.sent / (load.sent_at[-1][0] - load.began_s)
    what = f"age of metrics at {PACED_PER_S:,} signals/s, p99"
    return Row(what, p99, detail=f"p50 {p50:.2f} s; {rate:,.0f}/s were sent", unit=" s", goal=AtMost(2.0))


def _heard(body: dict[str, int]) -> tuple[float, int]:
    return time.monotonic(), body["signals"]
