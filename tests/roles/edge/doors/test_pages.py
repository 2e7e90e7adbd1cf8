"""Pages through the edge: what passes, what is held back, and what a broken or slow web role costs the others."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Any

import pytest
from tests.roles.edge.web import answering, read_question, web

from silkcast.kernel.settings import Settings
from silkcast.roles.edge.doors.pages import PagesDoor
from silkcast.roles.edge.http.listener import Listener
from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"


async def test_a_page_passes_with_its_headers_and_cookies(stage: Any, settings: Settings) -> None:
    answer = (
        b"HTTP/1.1 201 Created\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        b"X-Frame-Options: DENY\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n"
        b"Server: granian\r\nContent-Length: 5\r\n\r\nhello"
    )
    async with web(settings, answering(answer)), stage() as edge, edge.client() as client:
        page = await client.get("/shop")
        assert (page.status_code, page.content) == (201, b"hello")
        assert page.headers.get_list("set-cookie") == ["a=1", "b=2"]
        assert page.headers["x-frame-options"] == "DENY"
        assert {"x-hop", "server", "keep-alive", "connection"}.isdisjoint(page.headers)


async def test_the_question_is_framed_anew_and_tells_whence_it_came(stage: Any, settings: Settings) -> None:
    seen: list[bytes] = []
    async with web(settings, answering(OK, seen)), stage() as edge, edge.line() as line:
        line.send(
            b"POST /pay?x=%2F&y HTTP/1.1\r\nHost: shop.localhost\r\nCookie: a=1\r\nConnection: close, X-Secret\r\n"
            b"X-Secret: 1\r\nX-Forwarded-For: 10.0.0.1\r\nX_Forwarded_For: 10.0.0.2\r\nX-Forwarded-Proto: https\r\n"
            b"Forwarded: for=10.0.0.3\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        assert (await line.answer())[2] == b"hello"
    (question,) = seen
    assert question == (
        b"POST /pay?x=%2F&y HTTP/1.1\r\nhost: shop.localhost\r\ncookie: a=1\r\nx-forwarded-for: 127.0.0.1\r\n"
        b"x-forwarded-host: shop.localhost\r\nx-forwarded-proto: http\r\ncontent-length: 5\r\n\r\nabcde"
    )


async def test_connections_to_the_web_role_are_kept(stage: Any, settings: Settings) -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answering(OK)(reader, writer)

    async with web(settings, serve), stage() as edge, edge.client() as client:
        for _ in range(5):
            assert (await client.get("/")).content == b"hello"
    assert connections == 1


async def test_a_large_answer_in_chunks_arrives_whole(stage: Any, settings: Settings) -> None:
    parts = [bytes([number]) * 100_000 for number in range(60)]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_question(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for part in parts:
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await reader.read()

    async with web(settings, serve), stage() as edge, edge.client() as client:
        digest = hashlib.sha256()
        async with client.stream("GET", "/export.csv") as answer:
            async for part in answer.aiter_bytes():
                digest.update(part)
        assert digest.digest() == hashlib.sha256(b"".join(parts)).digest()


async def test_a_slow_reader_does_not_fill_our_memory(stage: Any, settings: Settings) -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_question(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        while sent < 100_000_000:
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000

    limits = EdgeLimits(unread_s_max=1.0)
    async with web(settings, serve), stage(limits) as edge:
        with edge.deaf(b"GET /export HTTP/1.1\r\nhost: localhost\r\n\r\n"):
            await edge.shows("connections", 1)
            await edge.shows("connections", 0)
    assert 0 < sent < 50_000_000


async def test_head_of_a_page_has_no_body(stage: Any, settings: Settings) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_question(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n")
        await reader.read()

    async with web(settings, serve), stage() as edge, edge.client() as client:
        for _ in range(2):
            head = await client.head("/")
            assert (head.status_code, head.headers["content-length"], head.content) == (200, "1234", b"")


async def test_not_modified_passes_without_a_body(stage: Any, settings: Settings) -> None:
    answer = b'HTTP/1.1 304 Not Modified\r\netag: "x"\r\n\r\n'
    async with web(settings, answering(answer)), stage() as edge, edge.client() as client:
        for _ in range(2):
            page = await client.get("/")
            assert (page.status_code, page.headers["etag"], page.content) == (304, '"x"', b"")


async def test_a_slow_page_delays_neither_signals_nor_events_nor_other_pages(stage: Any, settings: Settings) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head, _ = await read_question(reader)
            if b"/slow" in head:
                await asyncio.Event().wait()
            writer.write(OK)

    async def append(_: Any) -> Any:
        return [{"accepted": 1}]

    roles = {"signals": {"signals.append_many": append}}
    async with (
        web(settings, serve),
        stage(EdgeLimits(pages_connections_max=4), **roles) as edge,
        edge.client() as client,
    ):
        slow = [asyncio.create_task(client.get("/slow")) for _ in range(3)]
        assert (await client.get("/")).content == b"hello"
        answer = await client.post("/api/v1/signals", content=b"[]", headers=edge.viewer())
        assert answer.status_code == 202
        async with edge.line() as line:
            token = edge.token("events", base="b", topics=["b/"])
            line.send(f"GET /events?token={token} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            await line.until(b"retry: 1000\n\n")
        assert not any(page.done() for page in slow)
        for page in slow:
            page.cancel()


async def test_a_page_that_never_comes_is_given_up(stage: Any, settings: Settings) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    limits = EdgeLimits(pages_answer_s_max=0.3)
    async with web(settings, serve), stage(limits) as edge, edge.client() as client:
        program, person = [await client.get("/", headers={"Accept": kind}) for kind in ("*/*", "text/html")]
        assert (program.status_code, program.json()["error"]["code"]) == (504, "edge.pages_slow")
        assert (person.status_code, person.headers["content-type"]) == (504, "text/html; charset=utf-8")


async def test_waiting_pages_are_bounded_and_told_to_come_back(stage: Any, settings: Settings) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    limits = EdgeLimits(pages_connections_max=1, pages_waiting_max=1, pages_wait_s_max=0.3, pages_answer_s_max=1.0)
    async with web(settings, serve), stage(limits) as edge, edge.client() as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [503, 503, 503, 504]
        busy = [answer for answer in answers if answer.status_code == 503]
        assert {answer.headers["retry-after"] for answer in busy} == {"2"}


async def test_who_comes_from_elsewhere_waits_behind_one_of_a_crowd_alone(stage: Any, settings: Settings) -> None:
    served, gate = list[str](), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await read_question(reader))[0]:
            served.append(head.split()[1].decode())
            await gate.wait()
            writer.write(OK)

    limits = EdgeLimits(pages_connections_max=1, trusted_proxies=frozenset({"127.0.0.1"}))
    async with web(settings, serve), stage(limits) as edge, edge.client() as client:

        async def ask(path: str, address: str) -> None:
            assert (await client.get(path, headers={"X-Forwarded-For": address})).status_code == 200

        crowd = [asyncio.create_task(ask("/crowd", "2001:db8::1")) for _ in range(8)]
        await edge.shows("pages_waiting", 7)
        one = asyncio.create_task(ask("/one", "203.0.113.7"))
        await edge.shows("pages_waiting", 8)
        gate.set()
        await asyncio.gather(one, *crowd)
    assert served == ["/crowd", "/crowd", "/one", *["/crowd"] * 6]


async def test_a_web_role_that_is_being_restarted_is_waited_for(stage: Any, settings: Settings) -> None:
    async with stage() as edge, edge.client() as client:
        page = asyncio.create_task(client.get("/"))
        await edge.shows("connections", 1)
        async with web(settings, answering(OK)):
            assert (await page).content == b"hello"


async def test_a_kept_connection_that_has_died_costs_a_reader_nothing(stage: Any, settings: Settings) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_question(reader)
        writer.write(OK)
        await reader.readexactly(1)  # the next question begins, and gets no answer

    async with web(settings, once), stage() as edge, edge.client() as client:
        for _ in range(3):
            assert (await client.get("/")).content == b"hello"


async def test_what_may_have_been_done_is_not_asked_again(stage: Any, settings: Settings) -> None:
    posts = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal posts
        head, _ = await read_question(reader)
        posts += head.startswith(b"POST")
        writer.write(OK)
        head, _ = await read_question(reader)
        posts += head.startswith(b"POST")

    async with web(settings, once), stage() as edge, edge.client() as client:
        assert (await client.get("/")).content == b"hello"
        answer = await client.post("/pay", content=b"x")
        assert (answer.status_code, answer.json()["error"]["code"]) == (502, "edge.pages_away")
    assert posts == 1


@pytest.mark.parametrize(
    "answer",
    [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", b"HTTP/1.1 200"],
    ids=["garbage", "length", "cut"],
)
async def test_an_answer_that_cannot_be_read_is_a_bad_gateway(stage: Any, settings: Settings, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_question(reader)
        writer.write(answer)

    async with web(settings, serve), stage() as edge, edge.client() as client:
        page = await client.get("/")
        assert (page.status_code, page.json()["error"]["code"]) == (502, "edge.pages_away")


async def test_an_answer_that_breaks_off_is_broken_off_here_too(stage: Any, settings: Settings) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_question(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

    async with web(settings, serve), stage() as edge, edge.line() as line:
        line.send(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await line.answer()


async def test_a_client_that_leaves_frees_the_connection_behind(stage: Any, settings: Settings) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_question(reader)
        asked.set()
        assert await reader.read() == b""
        left.set()

    async with web(settings, serve), stage() as edge:
        async with edge.line() as line:
            line.send(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n")
            await asyncio.wait_for(asked.wait(), 20)
        await asyncio.wait_for(left.wait(), 20)


async def test_ten_megabytes_pass_and_a_byte_more_does_not(stage: Any, settings: Settings) -> None:
    seen: list[bytes] = []
    async with web(settings, answering(OK, seen)), stage() as edge, edge.client() as client:
        client.cookies["sessionid"] = edge.session()
        assert (await client.post("/upload", content=b"x" * 10_485_760)).content == b"hello"
        refused = await client.post("/upload", content=b"x" * 10_485_761)
        assert (refused.status_code, refused.json()["error"]["code"]) == (413, "edge.too_large")
    assert [question.count(b"x") > 10_485_000 for question in seen] == [True]


async def test_an_attempt_to_change_the_protocol_is_answered_in_this_one(stage: Any, settings: Settings) -> None:
    seen: list[bytes] = []
    async with web(settings, answering(OK, seen)), stage() as edge, edge.line() as line:
        line.send(
            b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n\x81\x05smuggled"
        )
        status, headers, body = await line.answer()
        assert (status, headers[b"connection"], body) == (200, b"close", b"hello")
    assert seen == [
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 127.0.0.1\r\n"
        b"x-forwarded-host: localhost\r\nx-forwarded-proto: http\r\n\r\n"
    ]


async def _fails(*_: object) -> None:
    raise ZeroDivisionError


def _fails_at_once(*_: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("owner", "name", "failing"), [(PagesDoor, "answer", _fails), (Listener, "identify", _fails_at_once)]
)
async def test_a_defect_is_told_without_the_token_in_the_address(
    stage: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, failing: Any
) -> None:
    monkeypatch.setattr(owner, name, failing)
    async with stage() as made, made.client() as client:
        answer = await client.get("/o/a-token-of-a-purchase?a=b", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "edge.defect")
    (defect,) = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert (defect.getMessage(), vars(defect)["facts"]["path"]) == ("edge.defect", "/o/…")
