"""What other domains may ask of this one: all of it is the signals role's work, asked for over the wire."""

from __future__ import annotations

import time
from uuid import UUID

import msgspec

from silkcast.domains.audience.contracts import Appended
from silkcast.domains.audience.queries import (
    ask,
    list_comments,
    recounted,
    sealed_windows,
    show_metrics,
    viewers_by_minute,
)
from silkcast.kernel.settings import load
from silkcast.kernel.tokens import sign

VIEWER_TOKEN_S = 86_400
APPEND_S_MAX = 5.0


def viewer_token(base_id: UUID, show_id: UUID, viewer: str) -> str:
    """What a page shows with its signals, so that the edge knows whose and of which show they are; good for a day."""
    claims = {"kind": "viewer", "base": str(base_id), "show": str(show_id), "viewer": viewer}
    return sign(load().signing_key(), claims, expires_at=int(time.time()) + VIEWER_TOKEN_S)


def append(base_id: UUID, body: bytes, *, source: str, viewer: str | None, show: str | None) -> Appended:
    """Hand on a batch as it was sent; answered once it is synced to disk. Safe to repeat: signals carry ids."""
    batch = {
        "base_id": str(base_id),
        "body": body,
        "source": source,
        "viewer": viewer,
        "show": show,
        "received_ms": time.time_ns() // 1_000_000,
    }
    return msgspec.convert(ask("signals.append", batch, deadline_s=APPEND_S_MAX), Appended)


def forget(base_id: UUID, viewer: str) -> None:
    """Erase what a viewer wrote: after this their comments can be read by nobody."""
    ask("signals.forget", {"base_id": str(base_id), "viewer": viewer})


__all__ = [
    "append",
    "forget",
    "list_comments",
    "recounted",
    "sealed_windows",
    "show_metrics",
    "viewer_token",
    "viewers_by_minute",
]
