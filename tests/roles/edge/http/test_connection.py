"""HTTP/1.1 as clients of every kind send it, well or badly."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import Mock

import pytest

from silkcast.roles.edge.http.connection import Connection
from silkcast.roles.edge.limits import BODY_SHARES, EdgeLimits

pytestmark = pytest.mark.anyio
GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
SIGNALS = b"POST /api/v1/signals HTTP/1.1\r\nhost: localhost\r\n"


def code(body: bytes) -> str:
    return str(json.loads(body)["error"]["code"])


async def test_one_connection_carries_many_requests(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        for _ in range(3):
            line.send(GET)
            assert (await line.answer())[0] == 200


async def test_requests_sent_together_are_answered_in_order(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(GET + b"GET /hls/none HTTP/1.1\r\nhost: localhost\r\n\r\n" + GET)
        assert [(await line.answer())[0] for _ in range(3)] == [200, 404, 200]


async def test_only_the_last_of_answers_asked_for_together_ends_the_connection(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(GET + GET + b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        answers = [await line.answer() for _ in range(3)]
        assert [headers.get(b"connection") for _, headers, _ in answers] == [None, None, b"close"]
        assert await line.rest() == b""


async def test_a_request_in_single_bytes_is_read(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        for byte in GET:
            line.send(bytes([byte]))
            await line.writer.drain()
        assert (await line.answer())[0] == 200


async def test_a_request_begun_while_another_is_answered_is_finished_later(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(GET + GET[:20])
        assert (await line.answer())[0] == 200
        line.send(GET[20:])
        assert (await line.answer())[0] == 200


async def test_head_gets_headers_and_no_body(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(b"HEAD /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n" + GET)
        head = await line.until(b"\r\n\r\n")
        assert b"content-length: 11" in head
        assert (await line.answer())[2] == b'{"ok":true}'


async def test_http_10_is_answered_and_closed(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(b"GET /healthz HTTP/1.0\r\nhost: localhost\r\n\r\n")
        assert (await line.rest()).endswith(b'{"ok":true}')


async def test_a_client_that_closes_its_sending_half_still_gets_its_answer(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(GET)
        line.writer.write_eof()
        assert (await line.rest()).endswith(b'{"ok":true}')


async def test_a_client_that_expects_a_go_ahead_gets_it_before_its_body(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(SIGNALS + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert await line.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.send(b"[]")
        assert (await line.answer())[0] == 401


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nbad header\r\n\r\n",
        SIGNALS + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n[]",
        SIGNALS + b"content-length: 2\r\ncontent-length: 3\r\n\r\n[]",
        SIGNALS + b"content-length: -1\r\n\r\n",
        SIGNALS + b"content-length: 99999999999999999999999\r\n\r\n",
        SIGNALS + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"CONNECT elsewhere:443 HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ],
    ids=["tls", "version", "header", "two-framings", "two-lengths", "negative", "overflow", "chunk", "star", "connect"],
)
async def test_what_cannot_be_read_is_refused_and_closed(stage: Any, sent: bytes) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(sent)
        status, headers, body = await line.answer()
        assert (status, code(body)) == (400, "edge.bad_request")
        assert headers[b"connection"] == b"close"
        assert await line.rest() == b""


async def test_garbage_after_a_good_request_does_not_cost_its_answer(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(GET + b"\x00\x01\x02 garbage\r\n\r\n")
        assert (await line.answer())[0] == 200
        assert await line.rest() == b""


async def test_an_announced_body_beyond_the_bound_is_refused_before_it_is_sent(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(SIGNALS + b"authorization: Bearer sk_x\r\ncontent-length: 10485760\r\n\r\n")
        status, _, body = await line.answer()
        assert (status, code(body)) == (413, "edge.too_large")
        assert json.loads(body)["error"]["facts"] == {"bytes_max": 1048576}


async def test_ten_megabytes_sent_without_asking_are_answered_too(stage: Any) -> None:
    async with stage() as edge, edge.client() as client:
        answer = await client.post("/api/v1/signals", content=b"x" * 10_485_760, headers=edge.viewer())
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "edge.too_large")


async def test_a_body_in_chunks_is_bounded_as_it_comes(stage: Any) -> None:
    async with stage(EdgeLimits(signals_body_bytes_max=1000)) as edge, edge.line() as line:
        line.send(SIGNALS + b"transfer-encoding: chunked\r\n\r\n" + (b"190\r\n" + b"x" * 400 + b"\r\n") * 3)
        status, _, body = await line.answer()
        assert (status, code(body)) == (413, "edge.too_large")


async def test_what_trails_a_body_is_bounded_too(stage: Any) -> None:
    async with stage(EdgeLimits(head_bytes_max=2000)) as edge, edge.line() as line:
        line.send(SIGNALS + b"transfer-encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n")
        line.send(b"x: ")
        answer = asyncio.create_task(line.answer())
        while not answer.done():
            line.send(b"y" * 100)
            await asyncio.sleep(0.01)
        status, _, body = await answer
        assert (status, code(body)) == (431, "edge.head_too_large")


async def test_what_comes_while_an_answer_is_under_way_waits_in_the_network(stage: Any) -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def append(_: Any) -> Any:
        asked.set()
        await release.wait()
        return [{"accepted": 1}]

    async with stage(signals={"signals.append_many": append}) as edge, edge.line() as line, edge.line() as other:
        credentials = edge.viewer()["Authorization"].encode()
        line.send(SIGNALS + b"authorization: %b\r\ncontent-length: 2\r\n\r\n[]" % credentials)
        await asked.wait()
        head = b"POST /cart HTTP/1.1\r\nhost: localhost\r\ncookie: sessionid=%b\r\n" % edge.session().encode()
        head += b"content-length: 10000000\r\n\r\n"
        line.send(head + b"x" * 9_999_999)
        for _ in range(200):
            other.send(GET)
            assert (await other.answer())[0] == 200
        assert (await edge.edge.health(None))["detail"]["body_bytes_held"] < 1_000_000
        release.set()
        assert (await line.answer())[0] == 202
        line.send(b"x")
        assert (await line.answer())[0] == 502  # no web role is there


@pytest.mark.parametrize(
    "refused",
    [
        b"POST /static/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello",
        SIGNALS + b"transfer-encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\nx: " + b"y" * 70_000 + b"\r\nz: 1\r\n\r\n",
    ],
    ids=["body", "trailer"],
)
async def test_a_refused_request_gets_its_answer_and_is_the_last(stage: Any, refused: bytes) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(refused + GET)
        assert (await line.answer())[0] in (413, 431)
        assert await line.rest() == b""
        assert (await edge.edge.health(None))["detail"]["body_bytes_held"] == 0


async def test_what_is_sent_beyond_the_last_request_that_is_taken_holds_no_body(stage: Any) -> None:
    body = b"POST /cart HTTP/1.1\r\nhost: localhost\r\ncontent-length: 40000\r\n\r\n" + b"x" * 40_000
    async with stage() as edge, edge.line() as line:
        line.send(GET * 17 + body + GET)
        assert (await line.answer())[0] == 200
        await line.rest()
        await edge.shows("body_bytes_held", 0)


async def test_a_client_that_leaves_as_its_request_begins_leaves_no_body_behind(stage: Any) -> None:
    async with stage() as edge:
        connection = Connection(edge.edge.listener)
        connection.connection_made(Mock(spec=asyncio.Transport))
        connection.data_received(SIGNALS + b"content-length: 1000\r\n\r\n" + b"x" * 1000)
        assert (await edge.edge.health(None))["detail"]["body_bytes_held"] == 1000
        connection.connection_lost(None)
        await edge.shows("body_bytes_held", 0)


async def test_bodies_held_at_once_are_bounded(stage: Any) -> None:
    limits = EdgeLimits(body_shares={**BODY_SHARES, "unproven": 1500})
    async with stage(limits) as edge, edge.line() as first, edge.line() as second:
        first.send(SIGNALS + b"content-length: 1200\r\n\r\n" + b"x" * 1000)
        second.send(SIGNALS + b"content-length: 1200\r\n\r\n" + b"x" * 1000)
        answers = [asyncio.create_task(line.answer()) for line in (first, second)]
        done, _ = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
        status, headers, body = done.pop().result()
        assert (status, code(body), headers[b"retry-after"]) == (503, "edge.busy", b"1")
        for line in (first, second):
            line.send(b"x" * 200)
        assert sorted([(await answer)[0] for answer in answers]) == [401, 503]


async def test_a_head_without_end_is_refused(stage: Any) -> None:
    async with stage(EdgeLimits(head_bytes_max=2000)) as edge, edge.line() as line:
        line.send(b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 4000)
        status, _, body = await line.answer()
        assert (status, code(body)) == (431, "edge.head_too_large")


async def test_a_long_head_in_one_piece_is_refused(stage: Any) -> None:
    async with stage(EdgeLimits(head_bytes_max=2000)) as edge, edge.line() as line:
        line.send(b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 4000 + b"\r\n\r\n")
        assert (await line.answer())[0] == 431


@pytest.mark.parametrize("part", [b"GET /heal", SIGNALS + b"content-length: 100\r\n\r\n[{"], ids=["head", "body"])
async def test_a_request_that_stops_midway_is_given_up(stage: Any, part: bytes) -> None:
    async with stage(EdgeLimits(head_s_max=0.3, body_gap_s_max=0.3)) as edge, edge.line() as line:
        line.send(part)
        status, _, body = await line.answer()
        assert (status, code(body)) == (408, "edge.too_slow")


async def test_a_body_that_trickles_for_ever_is_given_up(stage: Any) -> None:
    async with stage(EdgeLimits(body_gap_s_max=5.0, body_s_max=0.5)) as edge, edge.line() as line:
        line.send(SIGNALS + b"content-length: 10000\r\n\r\n")
        answer = asyncio.create_task(line.answer())
        while not answer.done():
            line.send(b"x")
            await asyncio.sleep(0.05)
        assert (await answer)[0] == 408


async def test_a_silent_connection_is_closed(stage: Any) -> None:
    async with stage(EdgeLimits(idle_s_max=0.3)) as edge, edge.line() as line:
        line.send(GET)
        assert (await line.answer())[0] == 200
        assert await line.rest() == b""


async def test_when_we_stood_still_no_client_pays_for_it(stage: Any) -> None:
    async with stage(EdgeLimits(idle_s_max=1.0)) as edge, edge.line() as line:
        line.send(GET)
        assert (await line.answer())[0] == 200
        line.send(GET)
        await line.writer.drain()
        time.sleep(2.0)
        assert (await line.answer())[0] == 200


async def test_when_full_the_connection_silent_longest_makes_place(stage: Any, eventually: Callable[..., Any]) -> None:
    async with stage(EdgeLimits(connections_max=64)) as edge:
        lines = [await asyncio.open_connection("127.0.0.1", edge.port) for _ in range(64)]
        async with edge.line() as late:
            late.send(GET)
            assert (await late.answer())[0] == 200
            assert await asyncio.wait_for(lines[0][0].read(), 20) == b""
            lines[1][1].write(GET)
            assert (await asyncio.wait_for(lines[1][0].readline(), 20)).startswith(b"HTTP/1.1 200")
        for _, writer in lines:
            writer.close()


async def test_one_address_may_not_take_every_connection(stage: Any) -> None:
    limits = EdgeLimits(exempt_addresses=frozenset(), connections_per_address_max=2)
    async with stage(limits) as edge, edge.line(), edge.line(), edge.line() as third:
        status, _, body = await third.answer()
        assert (status, code(body)) == (503, "edge.busy")


async def test_an_address_that_asks_too_often_is_told_to_wait(stage: Any) -> None:
    limits = EdgeLimits(exempt_addresses=frozenset(), address_rate=0.01, address_burst=2.0)
    async with stage(limits) as edge, edge.client() as client:
        answers = [await client.get("/healthz") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[2].headers["retry-after"]) <= 100


async def test_a_trusted_proxy_names_the_client(stage: Any) -> None:
    limits = EdgeLimits(
        exempt_addresses=frozenset(),
        address_rate=0.01,
        address_burst=1.0,
        trusted_proxies=frozenset({"127.0.0.1"}),
    )
    async with stage(limits) as edge, edge.client() as client:
        froms = ["192.0.2.1", "192.0.2.2", "10.9.9.9, 192.0.2.1"]
        answers = [await client.get("/healthz", headers={"X-Forwarded-For": name}) for name in froms]
        assert [answer.status_code for answer in answers] == [200, 200, 429]


async def test_a_client_cannot_name_itself_beside_a_proxy(stage: Any) -> None:
    limits = EdgeLimits(address_rate=0.01, address_burst=1.0, trusted_proxies=frozenset({"127.0.0.1"}))
    claims = ["127.0.0.1", "127.0.0.1,", "192.0.2.7"]
    async with stage(limits) as edge, edge.client() as client:
        answers = [
            await client.get("/healthz", headers=[("X-Forwarded-For", claim), ("X-Forwarded-For", "203.0.113.9")])
            for claim in claims
        ]
        assert [answer.status_code for answer in answers] == [200, 429, 429]


@pytest.mark.parametrize("named", ["203.0.113.8:5000", "[2001:db8::1]:443", "2001:db8::1", "unknown", "", "127.0.0.1x"])
async def test_whatever_a_proxy_writes_is_no_client_of_this_machine(stage: Any, named: str) -> None:
    limits = EdgeLimits(address_rate=0.01, address_burst=1.0, trusted_proxies=frozenset({"127.0.0.1"}))
    async with stage(limits) as edge, edge.client() as client:
        answers = [await client.get("/healthz", headers={"X-Forwarded-For": named}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
        assert (await client.get("/healthz", headers={"X-Forwarded-For": "198.51.100.7"})).status_code == 200


async def test_stopping_lets_a_request_under_way_be_answered(
    stage: Any, eventually: Callable[..., Awaitable[None]]
) -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def append(_: Any) -> Any:
        asked.set()
        await release.wait()
        return [{"accepted": 1}]

    async with stage(signals={"signals.append_many": append}) as edge, edge.client() as client, edge.line() as idle:
        answer = asyncio.create_task(client.post("/api/v1/signals", content=b"[]", headers=edge.viewer()))
        await asked.wait()
        edge.stop.set()
        assert await idle.rest() == b""
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection("127.0.0.1", edge.port)
        release.set()
        assert (await answer).status_code == 202
        await edge.running


async def test_a_connection_that_asks_nothing_is_told_so_before_it_is_closed(stage: Any) -> None:
    async with stage(EdgeLimits(head_s_max=0.3)) as edge, edge.line() as line:
        status, _, body = await line.answer()
        assert (status, code(body)) == (408, "edge.too_slow")
        assert await line.rest() == b""
