"""Invariants that the database itself holds: composite keys within a base, rows that never change.

Models say what they need in `guards`; the statements are made from that for the database at hand. Django's table
rebuilds on SQLite drop triggers, so they are laid again after every migration and verified at start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models

from silkcast.kernel.errors import Misconfigured
from silkcast.kernel.storage.batches import rows_of, statement


@dataclass(frozen=True, slots=True)
class SameBase:
    """`column` holds the id of a row of `parent` ("app.Model") that must exist in the same base."""

    column: str
    parent: str


@dataclass(frozen=True, slots=True)
class Immutable:
    """Rows are only ever added. `except_columns` may still change (a flag that work is done)."""

    except_columns: tuple[str, ...] = ()


Guard = SameBase | Immutable


def guarded() -> Iterable[tuple[type[models.Model], Guard]]:
    for model in apps.get_models():
        for guard in getattr(model, "guards", ()):
            yield model, guard


def name_of(model: type[models.Model], guard: Guard, event: str) -> str:
    what = guard.column if isinstance(guard, SameBase) else "immutable"
    return f"guard_{model._meta.db_table}_{what}_{event}"


def sqlite_triggers(model: type[models.Model], guard: Guard) -> dict[str, str]:
    table = model._meta.db_table
    if isinstance(guard, SameBase):
        parent = apps.get_model(guard.parent)._meta.db_table
        same = f"SELECT 1 FROM {parent} WHERE id = NEW.{guard.column} AND base_id = NEW.base_id"  # noqa: S608 - our names
        refuse = f"RAISE(ABORT, 'FOREIGN KEY {table}.{guard.column} is not of this base')"
        body = f"SELECT {refuse} WHERE NEW.{guard.column} IS NOT NULL AND NOT EXISTS ({same});"
        return {
            name: f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN {body} END"
            for event, name in (
                ("INSERT", name_of(model, guard, "insert")),
                (f"UPDATE OF {guard.column}, base_id", name_of(model, guard, "update")),
            )
        }
    fixed = [str(f.column) for f in model._meta.local_concrete_fields if f.column not in guard.except_columns]
    refuse = f"SELECT RAISE(ABORT, '{table} rows never change');"
    return {
        name: f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN {refuse} END"
        for event, name in (
            ("DELETE", name_of(model, guard, "delete")),
            (f"UPDATE OF {', '.join(fixed)}", name_of(model, guard, "update")),
        )
    }


def lay() -> None:
    """Install every guard anew; called after migrations."""
    for name in installed():
        statement(f"DROP TRIGGER IF EXISTS {name}")
    tables = set(connection.introspection.table_names())
    for model, guard in guarded():
        needed = {model._meta.db_table}
        if isinstance(guard, SameBase):
            needed.add(apps.get_model(guard.parent)._meta.db_table)
        if needed <= tables:  # a table still to be migrated gets its guards then; `verify` asks for all
            for text in sqlite_triggers(model, guard).values():
                statement(text)


def installed() -> Sequence[str]:
    assert connection.vendor == "sqlite"
    found = rows_of("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard_%%'")
    return [str(row[0]) for row in found]


def verify() -> None:
    """Refuse to start on a database that lost a guard."""
    present = set(installed())
    wanted = {name for model, guard in guarded() for name in sqlite_triggers(model, guard)}
    if wanted - present:
        raise Misconfigured(name="database", value=f"missing guards: {sorted(wanted - present)}", least="-", most="-")
