"""Signed claims that a page or a viewer carries, so that the edge can trust them without a database."""

from __future__ import annotations

import hmac
import json
from typing import Any

import msgspec

from silkcast.kernel.canonical import from_base64, to_base64
from silkcast.kernel.errors import SilkcastError


class BadToken(SilkcastError):
    """Forged, damaged or past its time; which one it was is nobody's business outside."""

    code = "kernel.bad_token"
    status = 401


def sign(key: bytes, claims: dict[str, Any], *, expires_at: int) -> str:
    """A URL-safe token; `expires_at` in Unix seconds. The claims are readable by whoever holds it."""
    body = to_base64(msgspec.json.encode({**claims, "exp": expires_at}, order="sorted"))
    return f"{body}.{to_base64(_mac(key, body))}"


def verify(key: bytes, token: str, *, now: int) -> dict[str, Any]:
    """The claims, or BadToken; `now` in Unix seconds."""
    body, _, mac = token.partition(".")
    try:
        if not hmac.compare_digest(from_base64(mac), _mac(key, body)):
            raise BadToken
        claims = json.loads(from_base64(body))
    except ValueError:
        raise BadToken from None
    if not isinstance(claims, dict) or not isinstance(claims.get("exp"), int) or claims["exp"] < now:
        raise BadToken
    return claims


def _mac(key: bytes, body: str) -> bytes:
    return hmac.digest(key, body.encode(), "sha256")[:20]
