"""What the public port itself refuses, and how a refusal leaves: coded JSON, or a small page for a person.

EdgeRefusal
├── BadRequest, TooLarge, HeadTooLarge, TooSlow     the request cannot be read
├── SignInFirst                                     or only of somebody we know
├── PathUnclear, HostInvalid                        it could be read in two ways
├── NoCredentials, WrongCredentials, ScopeMissing   nobody we know, or not for this
├── NothingHere, WrongHost, WrongMethod             there is no such door, or not with these words
├── KeyMissing, MediaTypeWrong, EncodingWrong, TextInvalid  the door takes it otherwise
├── TooManyRequests, TooManyStreams, Busy, Stopping come back later
├── RoleAway, RoleFailed, PagesAway, PagesSlow      a process behind the port does not answer, or fails
└── OutcomeUnknown                                  it may have been done: ask again with the same key
"""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path
from typing import ClassVar

from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.wire import WireRefused
from silkcast.kernel.words import error_body, sentence
from silkcast.roles.edge.http.messages import JSON_HEADERS, NO_STORE, NOSNIFF, Header, Reply, Request

_PAGE = Path(__file__).parent / "templates" / "edge" / "refusal.html"
_PAGE_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/html; charset=utf-8"),
    NOSNIFF,
    NO_STORE,
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
)


class EdgeRefusal(SilkcastError):
    code = "edge.refused"
    status = 400
    closes: ClassVar[bool] = False  # the rest of what was sent is not worth reading


class BadRequest(EdgeRefusal):
    code = "edge.bad_request"
    closes = True


class TooLarge(EdgeRefusal):
    code = "edge.too_large"
    status = 413
    closes = True


class SignInFirst(EdgeRefusal):
    code = "edge.sign_in_first"
    status = 413
    closes = True


class HeadTooLarge(EdgeRefusal):
    code = "edge.head_too_large"
    status = 431
    closes = True


class TooSlow(EdgeRefusal):
    code = "edge.too_slow"
    status = 408
    closes = True


class PathUnclear(EdgeRefusal):
    code = "edge.path_unclear"
    closes = True


class HostInvalid(EdgeRefusal):
    code = "edge.host_invalid"


class NoCredentials(EdgeRefusal):
    code = "edge.no_credentials"
    status = 401


class WrongCredentials(EdgeRefusal):
    code = "edge.wrong_credentials"
    status = 401


class ScopeMissing(EdgeRefusal):
    code = "edge.scope_missing"
    status = 403


class NothingHere(EdgeRefusal):
    code = "edge.nothing_here"
    status = 404


class WrongHost(EdgeRefusal):
    code = "edge.wrong_host"
    status = 421


class WrongMethod(EdgeRefusal):
    code = "edge.wrong_method"
    status = 405


class KeyMissing(EdgeRefusal):
    code = "edge.idempotency_key_missing"
    status = 422


class MediaTypeWrong(EdgeRefusal):
    code = "edge.media_type_wrong"
    status = 415


class EncodingWrong(EdgeRefusal):
    code = "edge.encoding_wrong"
    status = 415


class TextInvalid(EdgeRefusal):
    code = "edge.text_invalid"
    status = 422


class TooManyRequests(EdgeRefusal):
    code = "edge.too_many_requests"
    status = 429


class TooManyStreams(EdgeRefusal):
    code = "edge.too_many_streams"
    status = 429


class Busy(EdgeRefusal):
    code = "edge.busy"
    status = 503


class Stopping(EdgeRefusal):
    code = "edge.stopping"
    status = 503
    closes = True


class RoleAway(EdgeRefusal):
    code = "edge.role_away"
    status = 503


class RoleFailed(EdgeRefusal):
    code = "edge.role_failed"
    status = 502


class PagesAway(EdgeRefusal):
    code = "edge.pages_away"
    status = 502


class PagesSlow(EdgeRefusal):
    code = "edge.pages_slow"
    status = 504


class OutcomeUnknown(EdgeRefusal):
    code = "edge.outcome_unknown"
    status = 504


class Defect(EdgeRefusal):
    code = "edge.defect"
    status = 500


def refuse(request: Request | None, reply: Reply, error: SilkcastError) -> None:
    """Answer with the error's code, words and facts; a page when a person is looking."""
    if isinstance(error, WireRefused) and error.refusal.startswith("wire."):
        error = RoleFailed()
    status, code = error.status, error.code
    if isinstance(error, WireRefused):
        status, code = error.status, error.refusal
    headers: list[Header] = []
    if (wait_s := error.facts.get("retry_after_s")) is not None:
        headers.append((b"retry-after", str(wait_s).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, WrongMethod):
        headers.append((b"allow", str(error.facts["allowed"]).encode()))
    if request is not None and request.is_navigation:
        body = page(status, code, error)
        headers += _PAGE_HEADERS
    else:
        body = json.dumps(error_body(code, error.facts), ensure_ascii=False).encode()
        headers += JSON_HEADERS
    if isinstance(error, EdgeRefusal) and error.closes:
        reply.close_after()
    reply.send(status, headers, body)


def page(status: int, code: str, error: SilkcastError) -> bytes:
    """Both languages on one page: whoever sees it may have no language chosen yet."""
    fields = {
        "status": str(status),
        "code": code,
        "en": sentence(code, error.facts, "en"),
        "zh": sentence(code, error.facts, "zh"),
    }
    text = _template()
    for name, value in fields.items():
        text = text.replace("{" + name + "}", html.escape(value))
    return text.encode()


@cache
def _template() -> str:
    return _PAGE.read_text(encoding="utf-8")
