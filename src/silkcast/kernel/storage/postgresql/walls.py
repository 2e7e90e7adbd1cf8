"""Guards as PostgreSQL keeps them: composite foreign keys, triggers, and a policy on every owned table.

A composite key sees what other transactions commit, which a trigger does not. Policies bind the tables' owner too
(FORCE ROW LEVEL SECURITY), since Silkcast connects as the owner; a superuser would pass them and is refused at start.
"""

from __future__ import annotations

from django.apps import apps
from django.db import models

from silkcast.kernel.storage.declared import Guard, SameBase, name_of
from silkcast.kernel.storage.ownership import ScopedQuerySet
from silkcast.kernel.storage.seeing import SETTING

INSTALLED = (
    "SELECT conname FROM pg_constraint WHERE conname LIKE 'guard_%%' "
    "UNION SELECT tgname FROM pg_trigger WHERE tgname LIKE 'guard_%%' AND tgenabled = 'O' "
    "UNION SELECT policyname FROM pg_policies JOIN pg_class ON relname = tablename AND relforcerowsecurity "
    "WHERE schemaname = current_schema() AND policyname LIKE 'guard_%%'"
)
PASSES_WALLS = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
NEVER_CHANGES = (
    "CREATE OR REPLACE FUNCTION silkcast_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION '% rows never change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
)


def statements(model: type[models.Model], guard: Guard) -> dict[str, str]:
    table = model._meta.db_table
    if isinstance(guard, SameBase):
        name = name_of(model, guard, "key")
        parent = apps.get_model(guard.parent)._meta.db_table
        key = f"FOREIGN KEY (base_id, {guard.column}) REFERENCES {parent} (base_id, id)"
        return {
            name: f"CREATE UNIQUE INDEX IF NOT EXISTS key_{parent} ON {parent} (base_id, id); "
            f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}; "
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {key} DEFERRABLE INITIALLY IMMEDIATE"
        }
    fixed = [str(f.column) for f in model._meta.local_concrete_fields if f.column not in guard.except_columns]
    return {
        name: f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION silkcast_never_changes()"
        for event, name in (
            ("DELETE", name_of(model, guard, "delete")),
            (f"UPDATE OF {', '.join(fixed)}", name_of(model, guard, "update")),
        )
    }


def policies() -> dict[str, str]:
    """By the policy's name, what lays it: rows are seen and written for the base that the connection names."""
    laid = {}
    for model in apps.get_models():
        if not isinstance(model._base_manager.get_queryset(), ScopedQuerySet):
            continue
        table = model._meta.db_table
        name = f"guard_{table}_own_base"
        seen = f"(SELECT current_setting('{SETTING}', true)) IN ('*', base_id::text)"
        laid[name] = (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
            f"DROP POLICY IF EXISTS {name} ON {table}; CREATE POLICY {name} ON {table} USING ({seen})"
        )
    return laid
