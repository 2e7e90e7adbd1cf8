"""A log line for each request that was turned away, within a bound: a flood of bad requests must not fill the disk."""

from __future__ import annotations

import logging
import time

import msgspec

from silkcast.roles.edge.http.messages import Reply, Request
from silkcast.roles.edge.limits import Rate
from silkcast.roles.edge.refusals import TooManyRequests

logger = logging.getLogger(__name__)

LINES_PER_S = 10.0
LINES_AT_ONCE = 200.0


class _Error(msgspec.Struct):
    code: str


class _Body(msgspec.Struct):
    error: _Error


_decode = msgspec.json.Decoder(_Body).decode


class RefusalLog:
    """Says what an operator needs to find a sender's mistake, and nothing that tells who the sender is."""

    def __init__(self) -> None:
        self._rate = Rate(LINES_PER_S, LINES_AT_ONCE)
        self._untold = 0

    def note(self, request: Request | None, reply: Reply) -> None:
        try:
            self._rate.take("", time.monotonic())
        except TooManyRequests:
            self._untold += 1
            return
        facts = {
            "status": reply.status,
            "code": _code(reply.refusal),
            "method": request.method if request is not None else "",
            "path": request.logged_path if request is not None else "",
        }
        if self._untold:
            facts["untold"], self._untold = self._untold, 0
        logger.log(logging.WARNING if reply.status >= 500 else logging.INFO, "edge.refused", extra={"facts": facts})


def _code(body: bytes) -> str:
    """Of a coded refusal; a page for people has none that a program could read."""
    try:
        return _decode(body).error.code
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
