"""Where the tables are: a file in the data folder, or the PostgreSQL server that one setting names."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from silkcast.kernel.settings import Settings

CONNECT_S_MAX = 5
STATEMENT_MS_MAX = 30_000
LOCK_WAIT_MS_MAX = 10_000
IDLE_IN_TRANSACTION_MS_MAX = 60_000


def database(settings: Settings) -> dict[str, Any]:
    """Django's entry for the default database."""
    return _postgresql(settings.database_url) if settings.database_url else _sqlite(settings)


def _sqlite(settings: Settings) -> dict[str, Any]:
    return {
        "ENGINE": "silkcast.kernel.storage.sqlite",
        "NAME": settings.data / "silkcast.db",
        "CONN_MAX_AGE": None,
        "TEST": {"NAME": settings.data / "test.db"},
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            # FULL: what was answered "accepted" survives a power cut.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000; "
                # 32 MB: a batch of orders touches the same few pages again and again, which are copied home once.
                "PRAGMA wal_autocheckpoint=8000"
            ),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    """postgresql://user:password@host:port/name?sslmode=…; the user owns the database and is no superuser."""
    parts = urlsplit(url)
    bounds = {
        "statement_timeout": STATEMENT_MS_MAX,
        "lock_timeout": LOCK_WAIT_MS_MAX,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS_MAX,
    }
    return {
        "ENGINE": "silkcast.kernel.storage.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,  # a server that was restarted must not cost a request
        "OPTIONS": {
            **dict(parse_qsl(parts.query)),
            "connect_timeout": CONNECT_S_MAX,
            "options": " ".join(f"-c {name}={value}" for name, value in bounds.items()),
        },
    }
