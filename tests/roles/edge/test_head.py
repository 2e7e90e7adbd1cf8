"""HEAD is answered as GET is, without the body, wherever GET is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.roles.edge.web import answering, web

from silkcast.kernel.settings import Settings

pytestmark = pytest.mark.anyio
PAGE = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nx-page: 1\r\ncontent-length: 5\r\n\r\nhello"


def told(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


@pytest.mark.parametrize(
    "path",
    [
        "/", "/control/", "/api/v1/shows", "/healthz", "/readyz", "/metrics", "/static/a.css", "/static/large.js",
        "/static/none", "/hls/b/s/index.m3u8", "/hls/b/s/none.ts", "/events", "/a%2fb",
    ],
)  # fmt: skip
async def test_head_is_get_without_the_body(stage: Any, settings: Settings, path: str) -> None:
    shelf = {"static/a.css": 10, "static/large.js": 9_000_000, "hls/b/s/index.m3u8": 20}
    for name, length in shelf.items():
        file = settings.data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * length)
    async with web(settings, answering(PAGE)), stage() as edge, edge.client() as client:
        for _ in range(2):  # on a kept connection
            get, head = await client.get(path), await client.head(path)
            assert (head.status_code, head.content) == (get.status_code, b"")
            if path != "/metrics":  # whose figures count the answers
                assert told(head) == told(get)


async def test_head_of_an_event_stream_ends_at_once(stage: Any) -> None:
    async with stage() as edge, edge.client() as client:
        token = edge.token("events", base="base-1", topics=["base-1/"])
        head = await client.head(f"/events?token={token}")
        assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert (await client.head("/events?token=forged")).status_code == 401
        await edge.shows("streams", 0)


async def test_the_pages_are_asked_as_by_get_and_no_connection_to_them_is_lost(stage: Any, settings: Settings) -> None:
    seen: list[bytes] = []
    async with web(settings, answering(PAGE, seen)), stage() as edge, edge.client() as client:
        assert (await client.head("/p?a=b")).headers["x-page"] == "1"
        assert (await client.get("/p?a=b")).text == "hello"
    assert [question.split(b"\r\n")[0] for question in seen] == [b"GET /p?a=b HTTP/1.1"] * 2
