"""Server-sent events over real connections: who may listen, what arrives, how it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio
SHOW = "base-1/show-1/"


def listen(edge: Any, *topics: str, base: str = "base-1", last_id: str = "") -> bytes:
    token = edge.token("events", base=base, topics=list(topics) or [SHOW])
    last = f"last-event-id: {last_id}\r\n" if last_id else ""
    return f"GET /events?token={token} HTTP/1.1\r\nhost: localhost\r\n{last}\r\n".encode()


async def test_what_any_role_publishes_reaches_the_page(stage: Any) -> None:
    async with stage() as edge, edge.line() as line, edge.hub() as hub:
        line.send(listen(edge))
        head = await line.until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"content-type: text/event-stream; charset=utf-8\r\n" in head
        assert b"cache-control: no-store\r\n" in head
        await line.until(b"retry: 1000\n\n")
        hub.publish("base-2/show-1/comment", "not for this page")
        hub.publish(SHOW + "comment", {"text": "hello"})
        event = await line.until(b"\n\n\r\n")
        assert b"\nevent: comment\n" in event
        assert event.endswith(b'\ndata: {"text":"hello"}\n\n\r\n')


async def test_two_topics_of_which_one_holds_the_other_send_nothing_twice(stage: Any) -> None:
    async with stage() as edge, edge.line() as line, edge.hub() as hub:
        line.send(listen(edge, SHOW, SHOW + "comment", SHOW))
        await line.until(b"retry: 1000\n\n")
        hub.publish(SHOW + "comment", 1)
        hub.publish(SHOW + "order", 2)
        received = await line.until(b"data: 2")
        assert received.count(b"data: 1") == 1


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        ("viewer", {"base": "base-1", "viewer": "v"}),
        ("events", {"base": "base-1", "topics": []}),
        ("events", {"base": "base-1", "topics": ["base-2/show-1/"]}),
        ("events", {"base": "base-1", "topics": ["base-10/show-1/"]}),
        ("events", {"base": "base-1", "topics": [""]}),
        ("events", {"base": "base-1", "topics": [f"base-1/{number}/" for number in range(65)]}),
        ("events", {"topics": ["base-1/"]}),
    ],
    ids=["kind", "none", "other-base", "longer-base", "everything", "too-many", "no-base"],
)
async def test_a_token_opens_only_topics_of_its_base(stage: Any, kind: str, claims: dict[str, Any]) -> None:
    async with stage() as edge, edge.client() as client:
        answer = await client.get("/events", params={"token": edge.token(kind, **claims)})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "edge.wrong_credentials")


async def test_no_token_and_an_old_token_open_nothing(stage: Any) -> None:
    async with stage() as edge, edge.client() as client:
        old = edge.token("events", base="base-1", topics=[SHOW], lasts_s=-5)
        assert (await client.get("/events")).status_code == 401
        assert (await client.get("/events", params={"token": old})).status_code == 401


async def test_streams_of_one_token_are_bounded_and_a_closed_one_makes_place(stage: Any) -> None:
    async with stage(EdgeLimits(streams_per_token_max=1)) as edge, edge.line() as second:
        question = listen(edge)
        async with edge.line() as first:
            first.send(question)
            await first.until(b"retry: 1000\n\n")
            second.send(question)
            status, _, body = await second.answer()
            assert (status, json.loads(body)["error"]["code"]) == (429, "edge.too_many_streams")
        await edge.shows("streams", 0)
        second.send(question)
        await second.until(b"retry: 1000\n\n")


async def test_a_page_that_does_not_read_holds_up_nobody_and_is_let_go(stage: Any) -> None:
    async with stage(EdgeLimits(unread_s_max=0.5)) as edge, edge.line() as line, edge.hub() as hub:
        with edge.deaf(listen(edge)):
            line.send(listen(edge))
            await line.until(b"retry: 1000\n\n")
            await edge.shows("streams", 2)
            text = "x" * 60_000
            for number in range(100):
                hub.publish(SHOW + "comment", {"number": number, "text": text})
                assert b'"number":%d,' % number in await line.until(b"\n\n\r\n")
            await edge.shows("streams", 1)


async def test_streams_end_first_when_the_edge_stops(stage: Any) -> None:
    async with stage() as edge, edge.line() as line:
        line.send(listen(edge))
        await line.until(b"retry: 1000\n\n")
        edge.stop.set()
        assert b"event: end\ndata: stopping\n\n" in await line.rest()


async def test_a_page_that_comes_back_names_the_last_event_it_saw(stage: Any) -> None:
    async with stage() as edge, edge.hub() as hub:
        async with edge.line() as line:
            line.send(listen(edge))
            await line.until(b"retry: 1000\n\n")
            hub.publish(SHOW + "comment", 1)
            event = await line.until(b"\n\n\r\n")
        last_id = event.split(b"id: ")[1].split(b"\n")[0].decode()
        async with edge.line() as other:
            other.send(listen(edge))
            await other.until(b"retry: 1000\n\n")
            hub.publish(SHOW + "comment", 2)
            await other.until(b"data: 2")
        async with edge.line() as line:
            line.send(listen(edge, last_id=last_id))
            received = await line.until(b"data: 2")
            assert b"data: 1" not in received
