"""For whom this thread's connection asks. Where the database has row-level security, rows of others are not there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

EVERYBODY = "*"
SETTING = "silkcast.base"  # of a PostgreSQL session; the policies of owned tables read it


def see(base_id: UUID | None) -> None:
    """The rows of one base from here on, or with None of all; SQLite has no such wall and ignores it."""
    leave_broken()
    if connection.vendor == "postgresql":
        wrapper: Any = connection
        wrapper.see(EVERYBODY if base_id is None else str(base_id))


def leave_broken() -> None:
    """Open a new connection where the last error was the server's going away; long-lived threads have no request."""
    if connection.errors_occurred and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def see_all_of(base_ids: Iterable[UUID]) -> None:
    """What a batch needs: the one base that it is about, or everything; nothing for an empty one."""
    different = set(base_ids)
    if different:
        see(different.pop() if len(different) == 1 else None)
