"""`/api/v1`: what viewers do, taken in batches. The edge answers this itself; here it is for who asks the pages."""

from __future__ import annotations

from typing import get_args

from django.http import HttpRequest
from ninja import Router

from silkcast.domains.audience import api as audience
from silkcast.domains.audience.contracts import SHOP_SOURCE, Appended
from silkcast.domains.audience.engine.admission import SignalWord
from silkcast.domains.audience.engine.errors import NotBegun
from silkcast.kernel.context import ActorKind
from silkcast.kernel.http import context
from silkcast.kernel.rest import allowed

router = Router(tags=["audience"])
SIGNALS = {
    "type": "array",
    "maxItems": 5000,
    "items": {
        "title": "Signal",
        "description": (
            "One thing a viewer did. `at`: Unix milliseconds, between a minute before the show went live and five "
            "minutes after its end, and with a viewer's token no more than a day ago; what is ahead of its receipt is "
            "set back to it. `id`: its own time no more than a day off. `viewer`: left out with a viewer's own token, "
            "by which 400 signals are taken at once and 20 a second."
        ),
        "type": "object",
        "required": ["id", "show_id", "kind", "at"],
        "properties": {
            "id": {"type": "string", "format": "uuid", "description": "A UUIDv7 made by the sender; counts once."},
            "show_id": {"type": "string", "maxLength": 64},
            "kind": {"type": "string", "enum": list(get_args(SignalWord))},
            "at": {"type": "integer", "minimum": 1_577_836_800_000, "maximum": 253_402_300_799_999},
            "viewer": {"type": "string", "maxLength": 64},
            "sku_id": {"type": "string", "maxLength": 64},
            "text": {"type": "string", "maxLength": 500},
        },
    },
}
SENDING = {
    "title": "Sending",
    "description": (
        "Signals with the time of sending, in Unix milliseconds by the sender's clock. Where that is more than two "
        "seconds off ours, the `at` of every signal is moved by as much."
    ),
    "type": "object",
    "required": ["signals"],
    "properties": {
        "sent_at": {"type": "integer", "minimum": 1_577_836_800_000, "maximum": 253_402_300_799_999},
        "signals": SIGNALS,
    },
}
BODY = {"oneOf": [SENDING, SIGNALS]}


@router.post(
    "/signals",
    response={202: Appended},
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}}},
)
def append_signals(request: HttpRequest) -> Appended:
    """Take in a batch; answered once it is synced to disk. Repeats are counted once, a bad signal refuses itself only.

    With a viewer's token (`Authorization: Bearer <token>`) every signal is that viewer's, and of the token's show.
    """
    ctx = context(request)
    is_viewer = ctx.actor.kind is ActorKind.BUYER
    allowed(request, "signals.append")
    if is_viewer and request.show_waits:  # type: ignore[attr-defined]
        raise NotBegun(show_id=request.show)  # type: ignore[attr-defined]
    source = SHOP_SOURCE if is_viewer else f"key:{ctx.actor.id}"
    viewer, show = (ctx.actor.id, request.show) if is_viewer else (None, None)  # type: ignore[attr-defined]
    return audience.append(ctx.base_id, request.body, source=source, viewer=viewer, show=show)
