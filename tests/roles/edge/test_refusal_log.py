"""Each refusal leaves a line for whoever looks for its cause; a flood of them leaves a number."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from tests.roles.edge.test_refusals import Sink

from silkcast.kernel.words import error_body
from silkcast.roles.edge.http.messages import Reply, Request
from silkcast.roles.edge.refusal_log import LINES_AT_ONCE, RefusalLog


def refused(path: bytes = b"/api/v1/orders", body: bytes = b"", status: int = 422) -> tuple[Request, Reply]:
    request = Request("POST", path, [], "192.0.2.1", is_http_10=False)
    reply = Reply(Sink(), is_head=False, is_http_10=False)
    reply.send(status, [], body)
    return request, reply


def facts(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record)["facts"] for record in caplog.records]


def test_a_line_names_status_code_and_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    RefusalLog().note(*refused(body=json.dumps(error_body("kernel.invalid", {"reason": "units"})).encode()))
    assert facts(caplog) == [{"status": 422, "code": "kernel.invalid", "method": "POST", "path": "/api/v1/orders"}]


@pytest.mark.parametrize(
    ("path", "told"),
    [(b"/o/signed-token/pay", "/o/…"), (b"/invitation/token", "/invitation/…"), (b"/", "/"), (b"/cart?a=b", "/cart")],
)
def test_no_line_holds_a_token_or_what_was_typed(caplog: pytest.LogCaptureFixture, path: bytes, told: str) -> None:
    caplog.set_level(logging.INFO)
    RefusalLog().note(*refused(path, b"<!doctype html>"))
    assert facts(caplog) == [{"status": 422, "code": "", "method": "POST", "path": told}]


def test_what_could_not_be_read_at_all_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    RefusalLog().note(None, refused(status=400)[1])
    assert facts(caplog) == [{"status": 400, "code": "", "method": "", "path": ""}]


def test_a_flood_is_told_by_its_number(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.INFO)
    now_s = [0.0]
    monkeypatch.setattr("silkcast.roles.edge.refusal_log.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    log = RefusalLog()
    for _ in range(10_000):
        log.note(*refused())
    assert len(caplog.records) == LINES_AT_ONCE
    now_s[0] = 60.0
    log.note(*refused())
    assert facts(caplog)[-1]["untold"] == 10_000 - LINES_AT_ONCE
