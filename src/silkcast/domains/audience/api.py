"""What other domains may ask of this one: all of it is the signals role's work, asked for over the wire."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
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


def viewer_token(base_id: UUID, show_id: UUID, viewer: str, *, has_begun: bool = True) -> str:
    """What a page shows with its signals, so that the edge knows whose and of which show they are; good for a day.

    Of a show that has not begun no signals are taken.
    """
    claims: dict[str, Any] = {"kind": "viewer", "base": str(base_id), "show": str(show_id), "viewer": viewer}
    if not has_begun:
        claims["waits"] = True
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


def note_airtime(base_id: UUID, show_id: UUID, *, started_at: datetime, ended_at: datetime | None = None) -> None:
    """Tell when a show went live or ended: signals are taken if they happened about then. Safe to repeat."""
    told = {"base_id": str(base_id), "show_id": str(show_id), "started_ms": _unix_ms(started_at)}
    ask("signals.note_airtime", told | ({} if ended_at is None else {"ended_ms": _unix_ms(ended_at)}))


def _unix_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def forget(base_id: UUID, viewer: str) -> None:
    """Erase what a viewer wrote: after this their comments can be read by nobody."""
    ask("signals.forget", {"base_id": str(base_id), "viewer": viewer})


__all__ = [
    "append",
    "forget",
    "list_comments",
    "note_airtime",
    "recounted",
    "sealed_windows",
    "show_metrics",
    "viewer_token",
    "viewers_by_minute",
]
