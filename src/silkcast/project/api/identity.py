"""Who calls the API: a program with a key. People's sessions are not accepted, so there is nothing to forge."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja.security import HttpBearer

from silkcast.domains.base.api import context_of_buyer, context_of_key, get_base
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Unauthenticated
from silkcast.kernel.http import opened

KEY_PREFIX = "sk_"
# The two doors that the edge keeps for viewers' pages as well; nothing else takes a viewer's token.
VIEWERS_MAY = frozenset({"/api/v1/orders", "/api/v1/signals"})


class ApiKey(HttpBearer):
    """`Authorization: Bearer sk_…`. Sets the request's context, the base's own currency and a viewer's show."""

    def authenticate(self, request: HttpRequest, token: str) -> Context:
        at, language = datetime.now(UTC), get_language() or "en"
        token = token.strip()
        if token.startswith(KEY_PREFIX):
            ctx = context_of_key(token, at, language)
        elif request.method == "POST" and request.path in VIEWERS_MAY:
            claims = opened("viewer", token)
            ctx = context_of_buyer(UUID(claims["base"]), claims["viewer"], at, language)
            request.show = claims.get("show")  # type: ignore[attr-defined]
            request.show_waits = bool(claims.get("waits"))  # type: ignore[attr-defined]
        else:
            raise Unauthenticated
        request.ctx = ctx  # type: ignore[attr-defined]
        request.home_currency = get_base(ctx.base_id).currency  # type: ignore[attr-defined]
        return ctx
