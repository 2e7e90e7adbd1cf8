"""Invariants that the database itself holds: keys within a base, rows that never change, rows nobody else sees.

Models say what they need in `guards`; the statements are made from that for the database at hand. Django's table
rebuilds on SQLite drop triggers, so they are laid again after every migration and verified at every start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection

from silkcast.kernel.errors import Misconfigured
from silkcast.kernel.storage.batches import rows_of, statement
from silkcast.kernel.storage.declared import Guard, Immutable, SameBase, guarded, name_of
from silkcast.kernel.storage.postgresql import walls
from silkcast.kernel.storage.sqlite import triggers

__all__ = ["Guard", "Immutable", "SameBase", "guarded", "installed", "lay", "lifted", "make_way", "name_of", "verify"]


def _wanted() -> dict[str, str]:
    """Every guard of a table that is there, by name: what lays it."""
    tables = set(connection.introspection.table_names())
    wanted: dict[str, str] = {}
    for model, guard in guarded():
        needed = {model._meta.db_table}
        if isinstance(guard, SameBase):
            needed.add(apps.get_model(guard.parent)._meta.db_table)
        if needed <= tables:  # a table still to be migrated gets its guards then; `verify` asks for all
            wanted |= (walls if connection.vendor == "postgresql" else triggers).statements(model, guard)
    return wanted


def lay() -> None:
    """Install every guard anew; called after migrations."""
    if connection.vendor == "postgresql":
        statement(walls.NEVER_CHANGES)
        tables = set(connection.introspection.table_names())
        for name, text in walls.policies().items():
            if name.removeprefix("guard_").removesuffix("_own_base") in tables:
                statement(text)
    make_way()
    for text in _wanted().values():
        statement(text)


def make_way() -> None:
    """Take the triggers of SQLite off, where they would hinder a migration; `lay` brings them back."""
    if connection.vendor == "sqlite":
        for name in installed():
            statement(f"DROP TRIGGER IF EXISTS {name}")


def installed() -> set[str]:
    found = rows_of(walls.INSTALLED if connection.vendor == "postgresql" else triggers.INSTALLED)
    return {str(row[0]) for row in found}


@contextmanager
def lifted() -> Iterator[None]:
    """Within a transaction, rows that never change may go: for the removal of a simulated base."""
    fixed = [model._meta.db_table for model, guard in guarded() if isinstance(guard, Immutable)]
    if connection.vendor == "postgresql":
        statement("SET CONSTRAINTS ALL DEFERRED")
        for table in fixed:
            statement(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    else:
        for name in installed():
            statement(f"DROP TRIGGER {name}")
    yield
    if connection.vendor == "postgresql":
        statement("SET CONSTRAINTS ALL IMMEDIATE")  # pending checks would forbid the change of a table
        for table in fixed:
            statement(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    else:
        lay()


def verify() -> None:
    """Refuse to start on a database that lost a guard, or as a user whom no policy binds."""
    wanted = set(_wanted())
    if connection.vendor == "postgresql":
        wanted |= set(walls.policies())
        if rows_of(walls.PASSES_WALLS)[0][0]:
            raise Misconfigured(name="SILKCAST_DATABASE_URL", value="superuser", least="-", most="-")
    missing = sorted(wanted - installed())
    if missing:
        raise Misconfigured(name="database", value=f"missing guards: {missing}", least="-", most="-")
