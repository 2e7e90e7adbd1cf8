"""A client as the API's guide asks for: told to come again, it does, so that a slow machine fails no test."""

from __future__ import annotations

import time

import httpx

HANG_GUARD_S = 120.0
AGAIN_AFTER_S = 0.2
# Nothing was done: whoever should have taken it in had no time, or was not there.
NOT_DONE = frozenset({"edge.busy", "edge.pages_away", "edge.role_away", "edge.stopping", "kernel.overloaded"})
# It may have been done: asked again only where that is the same as having asked once.
PERHAPS_DONE = frozenset({"edge.outcome_unknown", "edge.pages_slow", "wire.closed", "wire.timeout"})


class Patient(httpx.HTTPTransport):
    """Asks again what was refused for now; any other refusal, and the last one after two minutes, is the caller's."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        give_up_s = time.monotonic() + HANG_GUARD_S
        again = NOT_DONE
        if request.method in {"GET", "HEAD"} or "idempotency-key" in request.headers:
            again |= PERHAPS_DONE
        while True:
            answer = super().handle_request(request)
            if answer.status_code not in {502, 503, 504} or time.monotonic() > give_up_s or not _is_one(answer, again):
                return answer
            time.sleep(AGAIN_AFTER_S)


def _is_one(answer: httpx.Response, codes: frozenset[str]) -> bool:
    answer.read()
    try:
        return answer.json()["error"]["code"] in codes
    except (ValueError, KeyError, TypeError):
        return False
