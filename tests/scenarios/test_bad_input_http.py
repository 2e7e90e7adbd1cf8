"""Clients that break HTTP itself, all at once: each is answered or dropped, and who asks well beside them is served."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from silkcast.kernel.ids import new_id
from silkcast.kernel.wire import call_blocking
from tests import sampling
from tests.scenarios.conftest import HANG_GUARD_S, eventually
from tests.scenarios.doors import ON_EITHER, Doors, open_doors
from tests.scenarios.flood import purchase

pytestmark = pytest.mark.slow
BREAKERS = 6  # threads
BROKEN_EACH = 1_000 if sampling.IS_SOAK else 100
# As many as the machine's limit of open files allows, here and at the edge; fewer where minutes count.
SLOW_MAX = 20_000 if sampling.IS_SOAK else 4_000
DESCRIPTORS_KEPT_BACK = 512
GOOD_ROUNDS = 25
HEAD = (
    b"POST /api/v1/rooms HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer %b\r\ncontent-type: application/json\r\n"
)
ROOM = b'{"name": "smuggled", "kind": "hall"}'
INNER = HEAD + b"content-length: %d\r\n\r\n" % len(ROOM) + ROOM


@pytest.fixture(scope="module", params=ON_EITHER)
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    with open_doors(request.param) as opened:
        yield opened


@pytest.fixture
def api(doors: Doors) -> Iterator[httpx.Client]:
    with doors.api() as client:
        yield client


def said(doors: Doors, sent: bytes) -> bytes:
    """Everything that comes back until the port closes, for bytes that no good client would send."""
    with socket.create_connection(("127.0.0.1", doors.settings.port), timeout=HANG_GUARD_S) as line:
        line.sendall(sent)
        answer = b""
        try:
            while part := line.recv(65_536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


# A second request hides in the body of the first, for whoever reads the lengths differently. %K: a key that may act.
SMUGGLED = {
    "a length and chunks": b"content-length: %d\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"transfer-encoding: chunked\r\ncontent-length: %d\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 0\r\ncontent-length: %d\r\n\r\n",
    "chunks of another name": b"content-length: %d\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": b"content-length: %d\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"content-length : %d\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a folded line": b"transfer-encoding:\r\n chunked\r\ncontent-length: %d\r\n\r\n0\r\n\r\n",
    "a length with a sign": b"content-length: +%d\r\n\r\n",
    "a length in a list": b"content-length: 0, %d\r\n\r\n",
    "a chunk beyond all bounds": b"x-length: %d\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "a chunk of a negative size": b"x-length: %d\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n",
    "a bare line feed": b"content-length: %d\ntransfer-encoding: chunked\n\n0\n\n",
    "a NUL in a header": b"x\0y: %d\r\n\r\n",
}


@pytest.mark.parametrize("framing", SMUGGLED.values(), ids=SMUGGLED)
def test_no_request_is_smuggled_within_another(doors: Doors, api: httpx.Client, framing: bytes) -> None:
    key = doors.note["api_key"].encode()
    inner = INNER % key
    before = doors.tables()
    answer = said(doors, HEAD % key + framing % (len(inner) + 5) + inner)
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "edge.bad_request"
    assert doors.tables() == before


def test_pipelined_requests_are_answered_in_their_order_and_each_by_itself(doors: Doors) -> None:
    key = doors.note["api_key"].encode()
    before = doors.tables()
    bad = HEAD % key + b"content-length: 2\r\n\r\n{}"
    good = b"GET /api/v1/me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer %b\r\n\r\n" % key
    answer = said(doors, (bad + good) * 4 + b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    statuses = re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert statuses == [b"422", b"200"] * 4 + [b"200"]
    assert doors.tables() == before


def test_headers_and_addresses_beyond_the_bound_are_refused(doors: Doors) -> None:
    for sent in (
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx-long: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\n" + b"x-many: 1\r\n" * 10_000 + b"\r\n",
        b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ):
        answer = said(doors, sent)
        assert answer.startswith(b"HTTP/1.1 431 "), answer[:200]
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "edge.head_too_large"


def breaks(doors: Doors, number: int) -> None:
    """One client that does nothing right, again and again."""
    chance = sampling.chance(f"breaker {number}")
    key = doors.note["api_key"].encode()
    rubbish: list[Callable[[], bytes]] = [
        lambda: chance.randbytes(300),
        lambda: b"GET /" + chance.randbytes(20) + b" HTTP/1.1\r\n\r\n",
        lambda: HEAD % key + chance.choice(list(SMUGGLED.values())) % 500 + INNER % key,
        lambda: HEAD % key + b"content-length: 100000\r\n\r\n{",
        lambda: HEAD % key + b"content-length: 200002\r\n\r\n" + b"[" * 100_001 + b"]" * 100_001,
        lambda: HEAD % b"nobody" + b"content-length: 2\r\n\r\n{}",
        lambda: b"POST /cart HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nunits=-\xff9",
        lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]
    for _ in range(BROKEN_EACH):
        with socket.create_connection(("127.0.0.1", doors.settings.port), timeout=HANG_GUARD_S) as line:
            try:
                line.sendall(chance.choice(rubbish)())
                if chance.random() < 0.5:  # hang up on the answer, rudely
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    line.shutdown(socket.SHUT_WR)
                    line.recv(65_536)
            except (ConnectionResetError, BrokenPipeError):
                pass


def asks_well(doors: Doors, rounds: int) -> Counter[str]:
    """What a good client got: it orders, sends signals, reads pages and the API, and takes nothing but success."""
    show_id, sku_id = doors.note["live_show_id"], next(iter(doors.note["skus"].values()))
    got: Counter[str] = Counter()
    with doors.api() as api:
        for _ in range(rounds):
            order = purchase(sku_id, f"viewer-{uuid4().hex}", show_id)
            signal = {
                "id": str(new_id()),
                "show_id": show_id,
                "kind": "like",
                "at": int(time.time() * 1000),
                "viewer": "v",
            }
            for name, answer in (
                ("order", api.post("/orders", content=order, headers={"Idempotency-Key": str(uuid4())})),
                ("signal", api.post("/signals", content=json.dumps([signal]))),
                ("page", api.get(f"{doors.origin}/live/{show_id}")),
                ("read", api.get("/me")),
            ):
                assert answer.is_success, f"{name}: {answer.status_code} {answer.text[:500]}"
                got[name] += 1
    return got


def counted(api: httpx.Client, doors: Doors) -> tuple[int, int, int]:
    """Orders, likes and rooms."""
    orders = api.get("/orders?limit=1").json()["total"]
    likes = api.get(f"/shows/{doors.note['live_show_id']}/metrics").json()["likes"]
    return orders, likes, api.get("/rooms?limit=1").json()["total"]


def test_whoever_asks_well_is_served_beside_those_who_break_everything(doors: Doors, api: httpx.Client) -> None:
    orders, likes, rooms = counted(api, doors)
    with ThreadPoolExecutor(BREAKERS + 1) as people:
        breaking = [people.submit(breaks, doors, number) for number in range(BREAKERS)]
        got = asks_well(doors, GOOD_ROUNDS)
        while not all(each.done() for each in breaking):
            got += asks_well(doors, 1)
        for each in breaking:
            each.result()
    assert got["order"] == got["signal"] == got["page"] == got["read"] >= GOOD_ROUNDS
    assert counted(api, doors) == (orders + got["order"], likes + got["signal"], rooms)
    eventually(lambda: edge_says(doors)["body_bytes_held"] == 0)  # or the port would fill up, a rude client at a time
    is_proven(doors)


def is_proven(doors: Doors) -> None:
    audit = doors.runs("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert doors.defects() == []


def slow_connections() -> int:
    """How many this process may hold open beside its own files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(SLOW_MAX, hard - DESCRIPTORS_KEPT_BACK)


def edge_says(doors: Doors) -> dict[str, Any]:
    found: dict[str, Any] = call_blocking(doors.settings.socket("edge"), "health")["detail"]
    return found


async def holds(doors: Doors, count: int, opened: asyncio.Event, end: asyncio.Event) -> Counter[bytes]:
    """So many clients send a request one byte at a time; what they were told at last."""
    told: Counter[bytes] = Counter()

    async def trickle() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", doors.settings.port)
        writer.write(b"POST /api/v1/orders HTTP/1.1\r\nhost: localhost\r\nx-slow: ")
        waiting.discard(asyncio.current_task())
        if not waiting:
            opened.set()
        answering = asyncio.ensure_future(reader.read(12))
        while not answering.done() and not end.is_set():
            await asyncio.wait([answering], timeout=1)
            writer.write(b"x")
        told[await answering if answering.done() else b"held"] += 1
        answering.cancel()
        writer.close()

    waiting: set[Any] = set()
    everyone = [asyncio.create_task(trickle()) for _ in range(count)]
    waiting.update(everyone)
    await asyncio.gather(*everyone)
    return told


async def test_thousands_of_slow_connections_keep_nobody_out(doors: Doors) -> None:
    count = slow_connections()
    opened, end = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(holds(doors, count, opened, end))
    await opened.wait()
    got = await asyncio.to_thread(asks_well, doors, GOOD_ROUNDS)
    assert set(got.values()) == {GOOD_ROUNDS}
    told = await holding
    assert told == {b"HTTP/1.1 408": count}
    eventually(lambda: edge_says(doors)["connections"] < count // 10)
    assert edge_says(doors)["answers"]["408"] >= count
    is_proven(doors)
