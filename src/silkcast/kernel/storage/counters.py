"""Numbers taken one after another under a row's lock, so that they are gapless among what commits."""

from __future__ import annotations

from uuid import UUID

from silkcast.kernel.storage.batches import rows_of
from silkcast.kernel.storage.seeing import see


def advance(table: str, name_column: str, base_id: UUID, name: str, count: int) -> int:
    """Add `count` to the counter row (base, name) of a table with a `last` column; its new value."""
    see(base_id)
    rows = rows_of(
        f"INSERT INTO {table} (base_id, {name_column}, last) VALUES (%s, %s, %s) "  # noqa: S608 - names are ours
        f"ON CONFLICT (base_id, {name_column}) DO UPDATE SET last = {table}.last + excluded.last RETURNING last",
        [base_id, name, count],
    )
    return int(rows[0][0])
