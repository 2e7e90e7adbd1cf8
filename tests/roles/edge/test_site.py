"""A request names this site once, and by a name of its own."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from tests.roles.edge.web import answering, web

from silkcast.kernel.addresses import is_own
from silkcast.kernel.settings import Settings
from silkcast.kernel.words import sentence
from silkcast.roles.edge.http.messages import Request
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.site import REMEMBERED_MAX, Site

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
PATHS = ("/", "/healthz", "/readyz", "/metrics", "/static/x", "/hls/a/b/c.ts", "/events", "/api/v1/me")


async def asked(edge: Any, path: str, *hosts: str, more: str = "") -> tuple[int, str]:
    async with edge.line() as line:
        lines = "".join(f"Host: {host}\r\n" for host in hosts)
        line.send(f"GET {path} HTTP/1.1\r\n{lines}{more}connection: close\r\n\r\n".encode("latin-1"))
        status, _, body = await line.answer()
        return status, json.loads(body)["error"]["code"] if status >= 400 else ""


@pytest.mark.parametrize("path", PATHS)
async def test_every_door_wants_one_host(stage: Any, path: str) -> None:
    async with stage() as edge:
        for hosts in ((), ("localhost", "localhost"), ("localhost", "evil.example"), ("",)):
            assert await asked(edge, path, *hosts) == (400, "edge.host_invalid")
        assert await asked(edge, path, "evil.example") == (421, "edge.wrong_host")


@pytest.mark.parametrize(
    "host",
    ["a b", "localhost:", "localhost:123456", "localhost:x", "user@localhost", "localhost/", "[::1", "::1", "a,b", "é"],
)
async def test_what_is_no_hosts_name_is_refused(stage: Any, host: str) -> None:
    async with stage() as edge:
        assert await asked(edge, "/healthz", host) == (400, "edge.host_invalid")


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LocalHost:9", "shop.localhost", "127.0.0.1", "127.0.0.9:80", "[::1]:8000", "[::ffff:127.0.0.1]",
        "shop.example", "SHOP.example:443", "studio.lan", "studio.lan:8000", socket.gethostname(),
    ],
)  # fmt: skip
async def test_the_site_is_known_by_its_public_name_by_further_ones_and_as_this_machine(
    stage: Any, settings: Settings, host: str
) -> None:
    object.__setattr__(settings, "public_url", "https://shop.example")
    object.__setattr__(settings, "hosts", ("studio.lan",))
    async with stage() as edge:
        assert await asked(edge, "/healthz", host) == (200, "")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "shop.example.evil.example", "evilshop.example", "localhost.evil.example", "[::]",
        "198.51.100.77", "0.0.0.0", "[2001:db8::1]", "255.255.255.255", "224.0.0.1",  # noqa: S104 - listens nowhere
    ],
)  # fmt: skip
async def test_a_name_that_somebody_else_lets_point_here_is_refused(stage: Any, settings: Settings, host: str) -> None:
    object.__setattr__(settings, "public_url", "https://shop.example")
    async with stage() as edge:
        assert await asked(edge, "/healthz", host) == (421, "edge.wrong_host")


async def test_the_refusal_names_the_settings_that_would_change_it(stage: Any) -> None:
    async with stage() as edge, edge.client() as client:
        answer = await client.get("/", headers={"Host": "shop.example", "Accept": "text/html"})
    assert answer.status_code == 421
    for language in ("en", "zh"):
        words = sentence("edge.wrong_host", {"host": "shop.example"}, language)
        assert words in answer.text
        for said in ("shop.example", "SILKCAST_PUBLIC_URL", "SILKCAST_HOSTS"):
            assert said in words


async def test_a_trusted_proxy_vouches_for_the_name_it_passes_on_unless_a_public_one_is_set(
    stage: Any, settings: Settings
) -> None:
    limits = EdgeLimits(trusted_proxies=frozenset({"127.0.0.1"}))
    async with stage(limits) as edge:
        assert await asked(edge, "/healthz", "shop.example") == (200, "")
        assert await asked(edge, "/healthz", "sh op") == (400, "edge.host_invalid")
    object.__setattr__(settings, "public_url", "https://shop.example")
    async with stage(limits) as edge:
        assert await asked(edge, "/healthz", "other.example") == (421, "edge.wrong_host")


async def test_a_whole_address_names_the_site_in_place_of_the_header(stage: Any, settings: Settings) -> None:
    seen: list[bytes] = []
    async with web(settings, answering(OK, seen)), stage() as edge:
        assert await asked(edge, "http://evil.example/", "localhost") == (421, "edge.wrong_host")
        assert await asked(edge, "http://user@localhost/", "localhost") == (400, "edge.host_invalid")
        assert await asked(edge, "HTTP://localhost:80/p?a=b", "evil.example") == (200, "")
    assert [question.split(b"\r\n")[:2] for question in seen] == [[b"GET /p?a=b HTTP/1.1", b"host: localhost:80"]]


async def test_every_answer_of_a_site_reached_by_https_says_so_and_of_no_other(stage: Any, settings: Settings) -> None:
    for url, said in (("https://shop.example", "max-age=31536000"), ("http://shop.example", None), ("", None)):
        object.__setattr__(settings, "public_url", url)
        async with web(settings, answering(OK)), stage() as edge, edge.client() as client:
            for path in PATHS:
                answer = await client.get(path)
                assert answer.headers.get("strict-transport-security") == said, path
            bad = await client.get("/a%2fb")
            assert (bad.status_code, bad.headers.get("strict-transport-security")) == (400, said)


def test_what_is_remembered_of_names_is_bounded(settings: Settings) -> None:
    site = Site(settings)
    for port in range(1, REMEMBERED_MAX + 10):
        headers = [(b"host", b"localhost:%d" % port)]
        site.check(Request("GET", b"/", headers, "", is_http_10=False))
    assert len(site._known) == 9


def test_an_address_is_ours_when_one_can_listen_there() -> None:
    ours = ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1")
    others = ("0.0.0.0", "::", "198.51.100.7", "2001:db8::7", "fe80::1", "224.0.0.1", "1", "", "localhost", "127.1")  # noqa: S104
    assert [is_own(text) for text in (*ours, *others)] == [True] * 4 + [False] * 10
