"""Half-sent bodies keep nobody out: each kind of sender has a share of the memory, and waiting in it is no right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
from tests.roles.edge.web import answering, web

from silkcast.kernel.addresses import network_of
from silkcast.kernel.settings import Settings
from silkcast.roles.edge.http.bodies import Bodies, Hold
from silkcast.roles.edge.limits import BODY_SHARES, MIB, EdgeLimits

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
ORDER = b'{"lines": []}'
KEY = "sk_" + "k" * 40


class Sender:
    """Of one body, in a pool without a network."""

    def __init__(self, bodies: Bodies, share: str, network: str, *, may_go: bool = True) -> None:
        self.bodies = bodies
        self.may_go = may_go
        self.hold: Hold = bodies.hold(share, network, self._let_go)
        self.was_let_go = False

    def _let_go(self) -> bool:
        if self.may_go:
            self.was_let_go = True
            self.bodies.release(self.hold)
        return self.may_go

    def sends(self, count: int, at_s: float) -> bool:
        taken = self.bodies.grow(self.hold, count, at_s)
        if self.hold.since_s is None and not self.was_let_go:
            self.bodies.expose(self.hold, at_s)
        return taken


def pool() -> Bodies:
    return Bodies({"a": 100, "b": 100}, grace_s=1.0)


async def test_no_share_takes_of_another() -> None:
    bodies = pool()
    assert all(Sender(bodies, "a", network).sends(50, 0.0) for network in ("x", "y"))
    assert not Sender(bodies, "a", "z").sends(1, 0.5)
    assert Sender(bodies, "b", "x").sends(50, 0.5)
    assert bodies.bytes == 150


async def test_one_sender_has_half_of_a_share_and_who_is_not_counted_all_of_it() -> None:
    bodies = pool()
    assert Sender(bodies, "a", "x").sends(50, 0.0)
    assert not Sender(bodies, "a", "x").sends(1, 0.5)
    assert Sender(bodies, "a", "y").sends(50, 0.5)
    assert Sender(bodies, "b", "").sends(100, 0.0)


async def test_the_longest_wait_makes_room_once_it_had_its_time() -> None:
    bodies = pool()
    first, second = Sender(bodies, "a", "x"), Sender(bodies, "a", "y")
    assert first.sends(50, 0.0)
    assert second.sends(50, 0.2)
    assert not Sender(bodies, "a", "z").sends(10, 0.9)
    third = Sender(bodies, "a", "z")
    assert third.sends(10, 1.0)
    assert (first.was_let_go, second.was_let_go, bodies.bytes) == (True, False, 60)
    assert third.sends(50, 1.3) is False  # half is all that one sender has, and only its own could make room


async def test_a_body_that_is_here_and_one_that_cannot_go_stay() -> None:
    bodies = pool()
    whole, busy, third = Sender(bodies, "a", "x"), Sender(bodies, "a", "y", may_go=False), Sender(bodies, "a", "z")
    assert whole.sends(40, 0.0)
    assert busy.sends(40, 0.0)
    bodies.complete(whole.hold)
    assert not third.sends(40, 9.0)
    bodies.release(whole.hold)
    assert third.sends(40, 9.0)


async def test_nothing_is_left_when_all_have_gone() -> None:
    bodies = pool()
    senders = [Sender(bodies, "a", network) for network in "xyz"]
    for sender in senders:
        sender.sends(30, 0.0)
    for sender in senders:
        bodies.release(sender.hold)
        bodies.release(sender.hold)
    assert (bodies.bytes, dict(bodies._held), dict(bodies._coming)) == (0, {}, {})


async def test_the_shares_are_what_the_port_may_hold() -> None:
    assert sum(BODY_SHARES.values()) == 144 * MIB
    assert min(BODY_SHARES["pages.known"], BODY_SHARES["pages.program"]) // 2 >= EdgeLimits().pages_body_bytes_max


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
async def test_the_addresses_of_one_network_are_one_sender(client: str, network: str) -> None:
    assert network_of(client) == network


async def test_who_changes_addresses_within_its_network_has_one_rate(stage: Any) -> None:
    limits = EdgeLimits(trusted_proxies=frozenset({"127.0.0.1"}), address_rate=0.01, address_burst=2.0)
    async with stage(limits) as edge, edge.client() as client:
        answers = [
            (await client.get("/healthz", headers={"X-Forwarded-For": address})).status_code
            for address in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1")
        ]
    assert answers == [200, 200, 429, 200]


class House:
    """What stands behind the port, and answers all that comes so far."""

    async def place_many(self, orders: list[Any]) -> list[Any]:
        return [{"status": 201, "headers": {}, "body": b"{}"} for _ in orders]

    async def append_many(self, batches: list[Any]) -> list[Any]:
        return [{"accepted": 1} for _ in batches]

    async def authenticate(self, asked: dict[str, str]) -> dict[str, Any]:
        return {"key_id": asked["key"], "base_id": "base-1", "scopes": ["signals.write", "orders.write"]}


@asynccontextmanager
async def besieged(stage: Any, settings: Settings, limits: EdgeLimits) -> AsyncIterator[Any]:
    house = House()
    intake = {"orders.place_many": house.place_many, "intake.authenticate": house.authenticate}
    signals = {"signals.append_many": house.append_many}
    async with web(settings, answering(OK)), stage(limits, intake=intake, signals=signals) as edge:
        yield edge


async def served(edge: Any) -> list[int]:
    """What people and programs of good will get: an order by each door, signals, a form, a picture that is uploaded."""
    key, viewer = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k"}, edge.viewer() | {"Idempotency-Key": "k"}
    async with edge.client() as client, edge.client(cookies={"sessionid": edge.session()}) as crew:
        return [
            (await client.post("/api/v1/orders", content=ORDER, headers=key)).status_code,
            (await client.post("/api/v1/orders", content=ORDER, headers=viewer)).status_code,
            (await client.post("/api/v1/signals", content=b"[]", headers=key)).status_code,
            (await client.post("/api/v1/signals", content=b"[]", headers=viewer)).status_code,
            (await client.post("/checkout", content=b"x" * 2000)).status_code,
            (await crew.post("/control/products", content=b"x" * 9_000_000)).status_code,
        ]


SERVED = [201, 201, 202, 202, 200, 200]


async def half_sent(edge: Any, source: str, path: str, header: str, length: int) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.port, local_addr=(source, 0))
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\n{header}content-length: {length}\r\n\r\n"
    writer.write(head.encode() + b"x" * (length - 1))
    reading = asyncio.create_task(reader.read())  # a refusal is taken
    reading.add_done_callback(lambda done: done.cancelled() or done.exception())
    return writer


async def test_thirteen_half_sent_bodies_of_ten_megabytes_stop_nobodys_orders(stage: Any, settings: Settings) -> None:
    async with besieged(stage, settings, EdgeLimits()) as edge, AsyncExitStack() as stack:
        for cookie in ("", f"cookie: sessionid={edge.session()}\r\n", "authorization: Bearer sk_forged\r\n"):
            for _ in range(13):
                writer = await half_sent(edge, "127.0.0.1", "/control/products", cookie, 10_485_760)
                stack.callback(writer.close)
                await asyncio.wait_for(_sent(writer), 60)
        assert (await served(edge))[:5] == SERVED[:5]
        held = (await edge.edge.health(None))["detail"]["body_bytes_held"]
        assert held <= sum(BODY_SHARES[f"pages.{who}"] for who in ("stranger", "known", "program"))


async def _sent(writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        await writer.drain()


async def test_a_hundred_addresses_with_every_kind_of_half_sent_body_keep_nobody_out(
    stage: Any, settings: Settings
) -> None:
    limits = EdgeLimits(
        body_grace_s=0.0,
        body_shares={share: most // 16 for share, most in BODY_SHARES.items()} | {"pages.known": 20 * MIB},
    )
    async with besieged(stage, settings, limits) as edge, AsyncExitStack() as stack:
        bearer = edge.viewer()["Authorization"]
        kinds = [
            ("/checkout", "", 65_536),
            ("/control/products", f"cookie: sessionid={edge.session()}\r\n", 1_000_000),
            ("/api/v1/products", "authorization: Bearer sk_forged\r\n", 1_000_000),
            ("/api/v1/orders", "authorization: Bearer sk_forged\r\n", 262_144),
            ("/api/v1/signals", "authorization: Bearer sk_forged\r\n", 262_144),
            ("/api/v1/orders", f"authorization: {bearer}\r\n", 65_536),
            ("/api/v1/signals", f"authorization: {bearer}\r\n", 262_144),
        ]
        for number in range(2, 102):
            for path, header, length in kinds:
                writer = await half_sent(edge, f"127.0.0.{number}", path, header, length)
                stack.callback(writer.close)
                await asyncio.wait_for(_sent(writer), 60)
        assert await served(edge) == SERVED


async def test_what_trickles_is_let_go_though_it_never_pauses_for_long(stage: Any) -> None:
    limits = EdgeLimits(body_gap_s_max=1.0, body_bytes_per_s_min=1_000_000.0)
    async with stage(limits) as edge, edge.line() as slow:
        slow.send(b"POST /api/v1/signals HTTP/1.1\r\nhost: localhost\r\ncontent-length: 60000\r\n\r\n")
        answer = asyncio.create_task(slow.answer())
        sent = 0
        while not answer.done() and sent < 59_000:
            slow.send(b"x")
            sent += 1
            await asyncio.sleep(0.01)
        assert (await answer)[0] == 408


async def test_crumbs_of_a_body_are_gathered_and_too_many_refused(stage: Any) -> None:
    async with stage(EdgeLimits(crumbs_max=50)) as edge, edge.line() as line:
        head = b"POST /login HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
        line.send(head + b"2\r\nab\r\n" * 60 + b"0\r\n\r\n")
        assert (await line.answer())[0] == 400


async def test_a_head_of_very_many_lines_is_refused(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n" + b"a: b\r\n" * 200 + b"\r\n")
        assert (await line.answer())[0] == 431
    async with stage() as edge, edge.line() as line:
        line.send(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n" + b"a: b\r\n" * 100 + b"\r\n")
        assert (await line.answer())[0] == 200


async def test_only_a_session_of_ours_lifts_a_pages_bound(stage: Any, settings: Settings) -> None:
    async with web(settings, answering(OK)), stage() as edge, edge.client() as client:
        ours = edge.session()
        said, _, mac = ours.rpartition(":")
        for cookie, is_taken in (
            (f"csrftoken=a; sessionid={ours}", True),
            (f"sessionid=x; sessionid={ours}", True),
            (f"sessionid={ours}; sessionid=x", False),  # the pages read the last one
            (f"sessionid={edge.session(b'another house')}", False),
            (f"sessionid={said}:{mac[:-1]}", False),
            (f"sessionid={said.replace(':', ';')}:{mac}", False),
            ("sessionid=", False),
            ("sessionid=:", False),
            ("sessionid=\xff:\xff", False),
            (f"notsessionid={ours}", False),
        ):
            headers = [(b"cookie", cookie.encode("latin-1"))]
            answer = await client.post("/control/products", content=b"x" * 100_000, headers=headers)
            assert answer.status_code == (200 if is_taken else 413), cookie


async def test_half_sent_heads_of_one_sender_leave_room_for_others(stage: Any, settings: Settings) -> None:
    async with besieged(stage, settings, EdgeLimits(body_shares={**BODY_SHARES, "heads": 1_000_000})) as edge:
        async with AsyncExitStack() as stack:
            for number in range(200):
                reader, writer = await asyncio.open_connection("127.0.0.1", edge.port, local_addr=("127.0.0.9", 0))
                stack.callback(writer.close)
                for part in (b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 5_000, b"y" * 10_000):
                    writer.write(part)
                    await asyncio.wait_for(_sent(writer), 60)
                if number == 199:
                    assert (await asyncio.wait_for(reader.readline(), 60)).split()[1] == b"503"
            assert (await edge.edge.health(None))["detail"]["body_bytes_held"] <= 500_000
            assert await served(edge) == SERVED
            async with edge.client() as other:
                assert (await other.get("/", headers={"x": "y" * 30_000})).status_code == 200
        await edge.shows("body_bytes_held", 0)


async def test_made_up_keys_take_no_room_from_who_is_signed_in(stage: Any, settings: Settings) -> None:
    async with besieged(stage, settings, EdgeLimits(body_grace_s=0.0)) as edge, AsyncExitStack() as stack:
        for number in range(2, 12):
            forged = f"authorization: Bearer sk_{number}\r\n"
            writer = await half_sent(edge, f"127.0.0.{number}", "/api/v1/products", forged, 9_000_000)
            stack.callback(writer.close)
            await asyncio.wait_for(_sent(writer), 60)
        held = (await edge.edge.health(None))["detail"]["body_bytes_held"]
        assert held <= BODY_SHARES["pages.program"]
        assert await served(edge) == SERVED
