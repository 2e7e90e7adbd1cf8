"""A path has one form, and none that could be read as a door's reaches the pages."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from urllib.parse import unquote

import pytest
from tests.roles.edge.web import answering, web

from silkcast.kernel.settings import Settings
from silkcast.roles.edge.http.paths import canonical
from silkcast.roles.edge.limits import EdgeLimits

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
DOORS = {
    "POST": ("/api/v1/signals", "/api/v1/orders"),
    "GET": ("/events", "/healthz", "/readyz", "/metrics", "/hls/a/b/c"),
}
SEED = 20261130
TRIES = 400


@pytest.mark.parametrize(
    ("came", "goes_on"),
    [
        ("/", "/"),
        ("/control/", "/control/"),
        ("/o/eyJ0-_x.y~z", "/o/eyJ0-_x.y~z"),
        ("/a..b/.c/...", "/a..b/.c/..."),
        ("/%61pi/v1/%73ignals", "/api/v1/signals"),
        ("/p/%e5%95%86", "/p/%E5%95%86"),
        ("/p/商", "/p/%E5%95%86"),
        ("/p/%2573", "/p/%2573"),
        ("/p/a%20b%22", "/p/a%20b%22"),
        ("/%2D%2e%5F%7E!", "/-._~!"),
    ],
)
def test_one_form_goes_on(came: str, goes_on: str) -> None:
    assert canonical(came.encode()) == goes_on.encode()
    assert canonical(goes_on.encode()) == goes_on.encode()


@pytest.mark.parametrize(
    "path",
    [
        "", "*", "a", "//", "//a", "/a//b", "/a//", "/.", "/..", "/a/.", "/a/../b", "/./a", "/%2e/a", "/a/%2E%2e",
        "/.%2e/a", "/a%2fb", "/a%2Fb", "/a\\b", "/a%5cb", "/a;b", "/a%3Bb=1/c", "/a%00", "/a%0d%0ab", "/a%7f", "/%",
        "/a\x01", "/%4", "/%zz", "/%u0041", "/%c0%af", "/%c0%ae%c0%ae/", "/%e0%80%af", "/%ed%a0%80", "/%ff", "/\xff",
        "/%f4%90%80%80",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_goes_no_further(path: str) -> None:
    assert canonical(path.encode("latin-1")) is None


def spelt(path: str, chance: random.Random) -> str:
    """The path with some of its letters written otherwise, or something put between."""
    letters = []
    for letter in path:
        kind = chance.random()
        code = f"{ord(letter):02x}"
        if kind < 0.15:
            letters.append(f"%{chance.choice((code, code.upper()))}")
        elif kind < 0.17:
            letters.append(f"%25{code}")
        elif kind < 0.22 and letter == "/":
            letters.append(chance.choice(("//", "/./", "/x/../", "\\", "/%2e/", "%5c", "/;/", "/%09/")))
        elif kind < 0.23:
            letters.append(chance.choice((letter.upper(), letter + "\u200b", f"%c1%{ord(letter) & 0x3F | 0x80:02x}")))
        else:
            letters.append(letter)
    return "".join(letters) + chance.choice(("", "", "", "/", ";x", "%20", "%00", "?", "?a=/x", "#x", "%23", "."))


async def test_no_spelling_of_a_doors_path_reaches_the_pages(stage: Any, settings: Settings) -> None:
    """By whatever way a path is spelt: either its door answers, or the pages see something that is no door's path."""
    seen: list[bytes] = []
    chance = random.Random(SEED)
    async with web(settings, answering(OK, seen)), stage() as edge:
        for method, paths in DOORS.items():
            for door in (chance.choice(paths) for _ in range(TRIES)):
                target = spelt(door, chance).encode()
                if chance.random() < 0.1:
                    target = b"http://localhost" + target
                async with edge.line() as line:
                    line.send(
                        method.encode() + b" " + target + b" HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n"
                    )
                    await line.until(b"\r\n\r\n")
    passed = [question.split(b" ", 2)[:2] for question in seen]
    assert len(passed) > TRIES / 4
    for asked, target in passed:
        path = target.partition(b"?")[0]
        assert canonical(path) == path
        read = unquote(path.decode())
        assert read not in DOORS[asked.decode()], target
        assert not read.startswith(("/hls/", "/static/")), target


async def test_the_pages_see_the_form_that_chose_them(stage: Any, settings: Settings) -> None:
    seen: list[bytes] = []
    async with web(settings, answering(OK, seen)), stage() as edge, edge.line() as line:
        line.send(b"GET /%70/%e5%95%86?a=%73 HTTP/1.1\r\nhost: localhost\r\n\r\n")
        await line.answer()
        line.send(b"GET http://localhost:1?a=/b HTTP/1.1\r\nhost: elsewhere.example\r\n\r\n")
        await line.answer()
        line.send(b"GET /a%2fb HTTP/1.1\r\nhost: localhost\r\n\r\n")
        status, headers, body = await line.answer()
        assert (status, headers[b"connection"], b'"edge.path_unclear"' in body) == (400, b"close", True)
    assert [question.split(b"\r\n")[:2] for question in seen] == [
        [b"GET /p/%E5%95%86?a=%73 HTTP/1.1", b"host: localhost"],
        [b"GET /?a=/b HTTP/1.1", b"host: localhost:1"],
    ]


async def test_an_encoded_door_is_the_door_and_counts_against_the_viewers_rate(stage: Any) -> None:
    async def append_many(batches: list[Any]) -> list[Any]:
        await asyncio.sleep(0)
        return [{"accepted": 0} for _ in batches]

    limits = EdgeLimits(viewer_rate=0.01, viewer_burst=2.0)
    async with stage(limits, signals={"signals.append_many": append_many}) as edge, edge.client() as client:
        flood = [
            await client.post(path, content=b"[]", headers=edge.viewer())
            for path in ("/api/v1/signals", "/api/v1/%73ignals", "/%61pi/v1/signal%73")
        ]
    assert [answer.status_code for answer in flood] == [202, 202, 429]
