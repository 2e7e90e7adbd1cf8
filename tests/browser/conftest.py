"""One Silkcast with its demo, seen through a real browser by people who know nothing of how it is made."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.people import CHROMIUM, GUARD_MS, People, open_browser
from tests.scenarios.conftest import Silkcast
from tests.scenarios.conftest import pytest_runtest_makereport as pytest_runtest_makereport  # failures tell all logs


@pytest.fixture(scope="package")
def driver() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    expect.set_options(timeout=GUARD_MS)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(driver: Playwright) -> Iterator[Browser]:
    started = open_browser(driver)
    yield started
    started.close()


@pytest.fixture(scope="package")
def silkcast(browser: Browser) -> Iterator[Silkcast]:
    """With cameras and platforms but without a crowd: every unit that leaves the shelf was bought here."""
    with tempfile.TemporaryDirectory(prefix="silk-") as folder:  # Unix sockets need short paths
        started = Silkcast(Path(folder))
        try:
            started.start("--viewers", "0")
            yield started
        finally:
            code = started.stop()
        assert code == 0, started.said()


@pytest.fixture
def people(browser: Browser, silkcast: Silkcast) -> Iterator[People]:
    seen = People(browser, silkcast.origin, silkcast.note)
    yield seen
    seen.leave()
    assert seen.faults == []
