"""What every test shares: a data folder of its own, the cast, and a refusal to skip real servers where CI needs them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# Before Django reads its settings: nothing of a developer's own installation may be touched.
os.environ["SILKCAST_DATA"] = tempfile.mkdtemp(prefix="silkcast-test-")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

if TYPE_CHECKING:
    from tests.cast import Cast

REQUIRED = os.environ.get("SILKCAST_REQUIRE_SERVERS") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where servers are required, a skipped real-server test is a failure that says what was missing."""
    report = yield
    if REQUIRED and item.get_closest_marker("real_server") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped although servers are required here: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _declarations(django_db_setup: None) -> None:
    from silkcast.project.wiring import load_everything

    load_everything()


@pytest.fixture
def data() -> Path:
    return Path(os.environ["SILKCAST_DATA"])


@pytest.fixture(scope="session")
def pristine(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The migrated, empty tables, kept in memory to be copied back after each test."""
    from django.db import connection
    from pysqlite3 import dbapi2

    with django_db_blocker.unblock():
        connection.ensure_connection()
        copy = dbapi2.connect(":memory:")
        connection.connection.backup(copy)
    yield copy
    copy.close()


@pytest.fixture
def tables(pristine: Any, django_db_blocker: Any) -> Iterator[None]:
    """Tables in which actions really commit: a refusal's rollback and a thread's view are those of production."""
    from django.db import connection

    with django_db_blocker.unblock():
        yield
        pristine.backup(connection.connection)


@pytest.fixture
def cast(tables: None) -> Cast:
    from silkcast.domains.base.contracts import BaseKind
    from tests.cast import Cast, make_base

    return Cast(
        east=make_base("east", kind=BaseKind.DEMO, currency="USD"),
        west=make_base("west", kind=BaseKind.REAL, currency="JPY"),
    )
