"""The little that pages and REST share: whose request it is, its retry key, and a signed link."""

from __future__ import annotations

import functools
import time
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from silkcast.kernel.canonical import read_uuid
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid, Unauthenticated
from silkcast.kernel.settings import load
from silkcast.kernel.tokens import sign, verify

KEY_LENGTH_MAX = 100
DAY_S = 86_400


def context(request: HttpRequest) -> Context:
    """In whose name the request acts, set by the site's identity; Unauthenticated for a stranger."""
    found = getattr(request, "ctx", None)
    if found is None:
        raise Unauthenticated
    return cast("Context", found)


def retry_key(request: HttpRequest) -> str | None:
    """The idempotency key: a program's header, or the hidden field of a form."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        key = request.POST.get("request_id") or None
    if key is not None and not (1 <= len(key) <= KEY_LENGTH_MAX and key.isascii() and key.isprintable()):
        raise Invalid(reason="Idempotency-Key")
    return key


def client_of(request: HttpRequest) -> str:
    """The address that the edge saw; it alone reaches this process, and it sets the header itself."""
    return str(request.headers.get("X-Forwarded-For") or request.META.get("REMOTE_ADDR", ""))


def is_here(address: str) -> bool:
    """Whether a browser may be sent there: an address within this site, that a header can carry."""
    is_plain = address.startswith("/") and address.isascii() and address.isprintable()
    return is_plain and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


@functools.cache
def _signing_key() -> bytes:
    return load().signing_key()


def signed(kind: str, *, days: int = 30, since: float | None = None, **claims: Any) -> str:
    """A token for a link or a page; the claims are readable, so they hold ids only. `since` is now unless said."""
    begun = time.time() if since is None else since
    return sign(_signing_key(), {"kind": kind, **claims}, expires_at=int(begun) + days * DAY_S)


def opened(kind: str, token: str) -> dict[str, Any]:
    """The claims of a token of that kind; BadToken for any other."""
    claims = verify(_signing_key(), token, now=int(time.time()))
    if claims.get("kind") != kind:
        raise Unauthenticated
    return claims


def uuid_or_missing(text: str) -> UUID:
    try:
        return read_uuid(text)
    except ValueError:
        raise Invalid(reason="id") from None
