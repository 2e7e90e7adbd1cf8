"""Do the tables answer, just now."""

from __future__ import annotations

from django.db import DatabaseError, close_old_connections, connection


def tables_answer() -> bool:
    """Asked of the thread's own connection, which is opened anew where it broke; it may take as long as that."""
    try:
        close_old_connections()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
            return cursor.fetchone() is not None
    except (DatabaseError, OSError):
        connection.close()
        return False
