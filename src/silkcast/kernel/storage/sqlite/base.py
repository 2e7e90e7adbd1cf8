"""The database wrapper that Django loads by name.

SQLite below 3.51.3 can corrupt a database when a WAL reset races a checkpoint (sqlite.org/wal.html), so the library
comes from a wheel and an older one is refused. Every write transaction passes one file lock before BEGIN IMMEDIATE:
SQLite's own busy handler sleeps and retries, and a busy writer starves all others.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import pysqlite3
from pysqlite3 import dbapi2

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = dbapi2

from django.core.exceptions import ImproperlyConfigured  # noqa: E402 - Django must see the SQLite chosen above
from django.db.backends.sqlite3 import base as django_sqlite  # noqa: E402

from silkcast.kernel.storage.sqlite.turnstile import Turnstile  # noqa: E402

VERSION_LEAST = (3, 51, 3)
if dbapi2.sqlite_version_info < VERSION_LEAST:
    message = f"SQLite {dbapi2.sqlite_version} can lose data; {'.'.join(map(str, VERSION_LEAST))} is needed"
    raise ImproperlyConfigured(message)


class Cursor(django_sqlite.SQLiteCursorWrapper):
    """Turns each text into SQLite's own marks once rather than at every use; a batch's are thousands of marks long."""

    @staticmethod
    @functools.lru_cache(maxsize=512)
    def _converted(query: str) -> str:
        return str(django_sqlite.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%"))

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        if param_names is not None:
            return str(super().convert_query(query, param_names=param_names))
        return self._converted(query)


class DatabaseWrapper(django_sqlite.DatabaseWrapper):
    """Holds the turnstile from BEGIN to COMMIT or ROLLBACK."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turnstile = Turnstile(lambda: str(self.settings_dict["NAME"]))

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)

    def _start_transaction_under_autocommit(self) -> None:
        self._turnstile.enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._turnstile.leave()
            raise

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's signature
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if autocommit:
            self._turnstile.leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._turnstile.close()
