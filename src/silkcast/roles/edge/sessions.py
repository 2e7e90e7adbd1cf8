"""Whether a request brings a session that the pages have signed, told without them.

Django's signed cookies, by its documents (https://docs.djangoproject.com/en/5.2/topics/signing/, read 2026-12-01) and
its `django.core.signing`: a value, a time, and the HMAC-SHA256 of both under the SHA-256 of salt and secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from silkcast.kernel.canonical import to_base64
from silkcast.roles.edge.http.messages import Request

COOKIE = b"sessionid="
SALT = b"django.contrib.sessions.backends.signed_cookies" + b"signer"


def sessions(signing_key: bytes) -> Callable[[Request], bool]:
    """A judge of requests. Whether a session has ended only the pages know: here counts that somebody signed in."""
    key = hashlib.sha256(SALT + signing_key.hex().encode()).digest()

    def brings_one(request: Request) -> bool:
        cookies = map(bytes.strip, (request.header(b"cookie") or b"").split(b";"))
        last = [each for each in cookies if each.startswith(COOKIE)][-1:]  # as the pages choose among several
        said, _, mac = b"".join(last).removeprefix(COOKIE).rpartition(b":")
        return hmac.compare_digest(mac, to_base64(hmac.digest(key, said, "sha256")).encode())

    return brings_one
