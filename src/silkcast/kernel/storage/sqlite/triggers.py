"""Guards as SQLite keeps them: triggers, for want of composite keys that Django would not drop."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from silkcast.kernel.storage.declared import Guard, SameBase, name_of

INSTALLED = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard_%%'"


def statements(model: type[models.Model], guard: Guard) -> dict[str, str]:
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
