"""What every test shares: tables of its own, the cast, and a refusal to skip real servers where CI needs them."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests import once as once  # the run's place is there before its workers are

if TYPE_CHECKING:
    from tests.cast import Cast

# A slow machine is no defect; the examples are bounded by number.
settings.register_profile("facts only", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("facts only")

REQUIRED = os.environ.get("SILKCAST_TEST_REQUIRE_SERVERS") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where servers are required, a skipped real-server test is a failure that says what was missing."""
    report = yield
    if REQUIRED and item.get_closest_marker("real_server") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped although servers are required here: {report.longrepr}"
    return report


HANG_S = 120  # a guard against tests that wait for ever, far above what any of them takes


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def` tests on a loop of their own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), HANG_S))
    return True


@pytest.fixture(scope="session", autouse=True)
def _declarations() -> None:
    from silkcast.project.wiring import load_everything

    load_everything()


@pytest.fixture
def data() -> Path:
    return Path(os.environ["SILKCAST_DATA"])


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database for every test that asks for `tables`, whatever its other fixtures are called."""
    from django.test.utils import setup_databases, teardown_databases

    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default": True}, serialized_aliases=set())
    yield
    if os.environ.get("SILKCAST_TEST_DATABASE") != "postgresql":  # that server goes as a whole, sessions and all
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def restore(django_db_setup: None, django_db_blocker: Any) -> Callable[[], None]:
    """Puts the tables back as the migrations left them."""
    from tests import snapshots

    with django_db_blocker.unblock():
        return snapshots.take()


@pytest.fixture
def tables(restore: Callable[[], None], django_db_blocker: Any) -> Iterator[None]:
    """Tables in which actions really commit: a refusal's rollback and a thread's view are those of production."""
    with django_db_blocker.unblock():
        yield
        restore()


@pytest.fixture
def cast(tables: None) -> Cast:
    from silkcast.domains.base.contracts import BaseKind
    from tests.cast import Cast, make_base

    return Cast(
        east=make_base("east", kind=BaseKind.DEMO, currency="USD"),
        west=make_base("west", kind=BaseKind.REAL, currency="JPY"),
    )
