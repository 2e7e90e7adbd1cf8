"""Every refusal of the public port has a code, a status and words in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.wire import WireRefused
from silkcast.kernel.words import catalogue
from silkcast.roles.edge.http.messages import Reply, Request
from silkcast.roles.edge.refusals import EdgeRefusal, PagesSlow, TooManyRequests, refuse

KINDS: list[type[EdgeRefusal]] = [EdgeRefusal, *EdgeRefusal.__subclasses__()]


class Sink:
    """The wire under a reply, kept instead of sent."""

    is_paused = False
    is_lost = False
    keeps_alive = True
    is_last = False
    on_resume: Callable[[], None] | None = None

    def __init__(self) -> None:
        self.sent = b""

    def write(self, data: bytes) -> None:
        self.sent += data

    def end_reply(self) -> None:
        pass

    def date(self) -> bytes:
        return b""


def refused(error: SilkcastError, *, accept: bytes = b"*/*", path: bytes = b"/shop") -> tuple[bytes, bytes]:
    sink = Sink()
    request = Request("GET", path, [(b"accept", accept)], "192.0.2.1", is_http_10=False)
    refuse(request, Reply(sink, is_head=False, is_http_10=False), error)
    head, _, body = sink.sent.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_refusal_has_words_in_both_languages(kind: type[EdgeRefusal]) -> None:
    assert set(catalogue()[kind.code]) == {"en", "zh"}


def test_codes_are_not_shared() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)


def test_a_program_gets_the_code_the_words_and_the_facts() -> None:
    head, body = refused(TooManyRequests(retry_after_s=7))
    assert head.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"retry-after: 7" in head
    assert json.loads(body) == {
        "error": {
            "code": "edge.too_many_requests",
            "message": {
                "en": "Too many requests; try again in 7 s.",
                "zh": "请求过于频繁，请在 7 秒后重试。",
            },
            "facts": {"retry_after_s": 7},
        }
    }


def test_a_person_gets_a_page_in_both_languages() -> None:
    head, body = refused(PagesSlow(seconds_max=30), accept=b"text/html,*/*")
    assert b"content-type: text/html; charset=utf-8" in head
    text = body.decode()
    assert "The page took longer than 30 s and was given up." in text
    assert "页面响应超过 30 秒，已放弃。" in text
    assert "504 · edge.pages_slow" in text


def test_an_api_path_answers_json_even_to_a_browser() -> None:
    head, _ = refused(PagesSlow(seconds_max=30), accept=b"text/html", path=b"/api/v1/shows")
    assert b"content-type: application/json" in head


def test_a_refusal_of_a_role_keeps_its_own_code_and_status() -> None:
    head, body = refused(WireRefused("inventory.out_of_stock", {"units": 2}, 409))
    assert head.startswith(b"HTTP/1.1 409 ")
    assert json.loads(body)["error"]["code"] == "inventory.out_of_stock"


def test_a_defect_in_a_role_tells_nothing_of_its_inside() -> None:
    head, body = refused(WireRefused("wire.method_failed", {"method": "orders.place"}, 500))
    assert head.startswith(b"HTTP/1.1 502 ")
    assert json.loads(body)["error"]["code"] == "edge.role_failed"
    assert b"orders.place" not in body
