"""Many clients at once on bare connections: cheap enough that the server, not the client, is what is tried."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import multiprocessing
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit
from uuid import uuid4

import uvloop

from tests import sampling

HANG_GUARD_S = 3_600.0
THREADS = 2
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass
class Tally:
    """What the tries came to: by status and code, and which keys won what; seconds each answer took."""

    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    sold: Counter[str] = field(default_factory=Counter)
    won: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)  # idempotency key: what was asked, and the answer
    took_s: array[float] = field(default_factory=lambda: array("d"))

    def add(self, other: Tally) -> None:
        self.answers += other.answers
        self.sold += other.sold
        self.won |= other.won
        self.took_s += other.took_s


@dataclass(frozen=True, slots=True)
class Ask:
    sku_id: str
    key: str
    body: bytes


class Link(asyncio.Protocol):
    """One connection of one client, which asks again as soon as it is answered."""

    def __init__(self, head: bytes, asks: Iterator[Ask], tally: Tally) -> None:
        self._head = head
        self._asks = asks
        self._tally = tally
        self._asked: Ask | None = None
        self._received = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionResetError(f"closed after {self._received!r}"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(HEAD_END)
        if not found:
            return
        at = head.index(LENGTH) + len(LENGTH)
        length = int(head[at:].partition(b"\r\n")[0])
        if len(rest) == length:
            self._received = b""
            self._note(int(head[9:12]), rest)
            self._ask()

    def _ask(self) -> None:
        asked = self._asked = next(self._asks, None)
        if asked is None:
            self.ended.set_result(None)
            self._transport.close()
            return
        lines = b"Idempotency-Key: %b\r\nContent-Length: %d\r\n\r\n" % (asked.key.encode(), len(asked.body))
        self._since_s = time.perf_counter()
        self._transport.write(self._head + lines + asked.body)

    def _note(self, status: int, body: bytes) -> None:
        assert self._asked is not None
        tally, asked = self._tally, self._asked
        tally.took_s.append(time.perf_counter() - self._since_s)
        if status == 201:
            tally.answers[status, ""] += 1
            tally.sold[asked.sku_id] += 1
            tally.won[asked.key] = (asked.body, body)
        else:
            tally.answers[status, json.loads(body)["error"]["code"]] += 1


def purchase(sku_id: str, viewer: str, show_id: str | None = None) -> bytes:
    buyer = {
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
    wanted = {"currency": "USD", "lines": [{"sku_id": sku_id, "units": 1}], "buyer": buyer, "viewer": viewer}
    return json.dumps(wanted | ({"show_id": show_id} if show_id else {})).encode()


async def drive(origin: str, api_key: str, asks: Sequence[Iterator[Ask]]) -> Tally:
    """One client for each row of asks, all at once; a connection that breaks off raises."""
    address = urlsplit(origin)
    host, port = address.hostname or "", address.port or 80
    head = f"POST /api/v1/orders HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {api_key}\r\n".encode()
    tally = Tally()
    loop = asyncio.get_running_loop()
    links = [Link(head, row, tally) for row in asks]
    for link in links:
        await loop.create_connection(functools.partial(_same, link), host, port)
    async with asyncio.timeout(HANG_GUARD_S):
        await asyncio.gather(*(link.ended for link in links))
    return tally


def _same(link: Link) -> Link:
    return link


def chances(skus: Sequence[str], number: int, tries: Iterator[int]) -> Iterator[Ask]:
    """One unit of a SKU by chance, again and again, while tries are left."""
    chance = sampling.chance(f"client {number}")
    bodies = [(sku_id, purchase(sku_id, f"viewer-{number}")) for sku_id in skus]
    for _ in tries:
        sku_id, body = chance.choice(bodies)
        yield Ask(sku_id, str(uuid4()), body)


def crowd(origin: str, api_key: str, skus: Sequence[str], clients: range, tries: int) -> Tally:
    """One process of it: its clients are dealt to several threads, each with a loop and tries of its own."""

    def part(number: int) -> Tally:
        left = iter(range(number, tries, THREADS))
        asks = [chances(skus, client, left) for client in clients[number::THREADS]]
        return uvloop.run(drive(origin, api_key, asks))

    whole = Tally()
    with ThreadPoolExecutor(THREADS) as pool:
        for tally in pool.map(part, range(THREADS)):
            whole.add(tally)
    return whole


def flood(origin: str, api_key: str, skus: Sequence[str], *, clients: int, tries: int, processes: int = 4) -> Tally:
    """`clients` connections of several threads and processes share `tries` purchases of a unit, of SKUs by chance."""
    whole = Tally()
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        parts = [
            pool.submit(
                crowd,
                origin,
                api_key,
                skus,
                range(number, clients, processes),
                len(range(number, tries, processes)),
            )
            for number in range(processes)
        ]
        for part in parts:
            whole.add(part.result())
    return whole


def again(origin: str, api_key: str, won: dict[str, tuple[bytes, bytes]]) -> Tally:
    """What was bought is asked for once more, under the same keys."""
    return uvloop.run(drive(origin, api_key, [iter([Ask("", key, body) for key, (body, _) in won.items()])]))


def buyers(sku_id: str, show_id: str, number: int, until_s: float) -> Iterator[Ask]:
    """Each time another buyer who wants one unit in the show, until the time is over."""
    before, after = purchase(sku_id, "#", show_id).split(b"#")
    name = uuid4().hex
    for count in itertools.count():
        if time.monotonic() > until_s:
            return
        yield Ask(sku_id, f"{name}-{count}", b"%bviewer-%d-%d%b" % (before, number, count, after))


def burst(origin: str, api_key: str, sku_id: str, show_id: str, *, clients: int, seconds: float) -> Tally:
    until_s = time.monotonic() + seconds
    asks = [buyers(sku_id, show_id, number, until_s) for number in range(clients)]
    return uvloop.run(drive(origin, api_key, asks))
