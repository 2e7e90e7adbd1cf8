"""The database wrapper that Django loads by name.

Each connection says for which base it asks, in the setting `silkcast.base` that the policies of every owned table read.
It is said again only when it changes: a page's queries are nearly always of one base.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base as django_postgresql

from silkcast.kernel.storage.seeing import SETTING

NOBODY = ""
UNKNOWN = "?"  # a rollback put back what was said before; never asked for, so the next question says it anew


class DatabaseWrapper(django_postgresql.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sees = NOBODY

    def see(self, whom: str) -> None:
        """Show this connection the rows of a base (its id as text), or of all ("*")."""
        # Here and not by the question itself, whose new session would not have been told and would see no row.
        self.close_if_health_check_failed()
        if self.connection is None or whom != self._sees:
            with self.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, %s, false)", [SETTING, whom])
            self._sees = whom

    def init_connection_state(self) -> None:
        self._sees = NOBODY
        super().init_connection_state()

    def _rollback(self) -> Any:
        self._sees = UNKNOWN
        return super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self._sees = UNKNOWN
        super()._savepoint_rollback(sid)  # type: ignore[misc]
