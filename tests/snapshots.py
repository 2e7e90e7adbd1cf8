"""All tables as they were at a moment, to be put back: rows that really were committed, on either database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection

Restore = Callable[[], None]


def take() -> Restore:
    """What puts the tables back as they are now."""
    connection.ensure_connection()
    assert "test" in str(connection.settings_dict["NAME"])
    return _of_postgresql() if connection.vendor == "postgresql" else _of_sqlite()


def _of_sqlite() -> Restore:
    from pysqlite3 import dbapi2

    copy: Any = dbapi2.connect(":memory:")
    connection.connection.backup(copy)

    def restore() -> None:
        connection.ensure_connection()  # a test before this one may have closed it
        copy.backup(connection.connection)

    return restore


def _of_postgresql() -> Restore:
    """By the server's superuser, whom neither policies nor triggers bind."""
    names = [model._meta.db_table for model in apps.get_models() if model.__module__.startswith("silkcast.")]
    with _as_superuser() as link:
        rows: dict[str, bytes] = {}
        for name in names:
            if link.execute(f"SELECT EXISTS (SELECT FROM {name})").fetchone() == (True,):  # noqa: S608 - our tables
                with link.cursor().copy(f"COPY {name} TO STDOUT (FORMAT BINARY)") as out:
                    rows[name] = b"".join(bytes(part) for part in out)

    def restore() -> None:
        with _as_superuser() as link:
            link.execute("SET session_replication_role = replica")
            link.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
            for name, raw in rows.items():
                with link.cursor().copy(f"COPY {name} FROM STDIN (FORMAT BINARY)") as into:
                    into.write(raw)
            link.execute(
                "SELECT setval(pg_get_serial_sequence('kernel_outboxevent', 'position'), "
                "(SELECT coalesce(max(position), 0) + 1 FROM kernel_outboxevent), false)"
            )

    return restore


def _as_superuser() -> Any:
    import psycopg

    at = connection.settings_dict
    return psycopg.connect(f"postgresql://owner@{at['HOST']}:{at['PORT']}/{at['NAME']}")
