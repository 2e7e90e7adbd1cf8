"""What every test shares: a data folder of its own, the cast, and a refusal to skip real servers where CI needs them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

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


@pytest.fixture
def cast(db: None) -> Cast:
    """Two bases, inside a transaction that is rolled back after the test."""
    return _make_cast()


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """For tests with threads or processes: really committed rows, deleted afterwards."""
    yield
    from silkcast.kernel.storage import guards
    from silkcast.kernel.storage.batches import statement

    for name in guards.installed():  # else the clean-up could not delete what never changes
        statement(f"DROP TRIGGER {name}")


@pytest.fixture
def committed_cast(committed: None) -> Cast:
    return _make_cast()


def _make_cast() -> Cast:
    from silkcast.domains.base.contracts import BaseKind
    from tests.cast import Cast, make_base

    return Cast(
        east=make_base("east", kind=BaseKind.DEMO, currency="USD"),
        west=make_base("west", kind=BaseKind.REAL, currency="JPY"),
    )
