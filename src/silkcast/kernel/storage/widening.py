"""A column that takes longer texts, without a table being written anew."""

from __future__ import annotations

from typing import Any

from django.db.migrations import AlterField


class Widen(AlterField):
    """PostgreSQL changes its catalogue alone; SQLite never asks how long a text is, and Django would copy the table."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
