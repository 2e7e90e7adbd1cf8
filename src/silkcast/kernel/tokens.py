"""Signed claims that a page or a viewer carries, so that the edge can trust them without a database."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import msgspec

from silkcast.kernel.errors import SilkcastError


class BadToken(SilkcastError):
    """Forged, damaged or past its time; which one it was is nobody's business outside."""

    code = "kernel.bad_token"
    status = 401


def sign(key: bytes, claims: dict[str, Any], *, expires_at: int) -> str:
    """A URL-safe token; `expires_at` in Unix seconds. The claims are readable by whoever holds it."""
    body = _encode(msgspec.json.encode({**claims, "exp": expires_at}, order="sorted"))
    return f"{body}.{_encode(_mac(key, body))}"


def verify(key: bytes, token: str, *, now: int) -> dict[str, Any]:
    """The claims, or BadToken; `now` in Unix seconds."""
    body, _, mac = token.partition(".")
    try:
        if not hmac.compare_digest(_decode(mac), _mac(key, body)):
            raise BadToken
        claims = json.loads(_decode(body))
    except ValueError:
        raise BadToken from None
    if not isinstance(claims, dict) or not isinstance(claims.get("exp"), int) or claims["exp"] < now:
        raise BadToken
    return claims


def _mac(key: bytes, body: str) -> bytes:
    return hmac.digest(key, body.encode(), "sha256")[:20]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
