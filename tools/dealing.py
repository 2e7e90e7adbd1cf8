"""How tests that run several at once are dealt to the workers; a plugin of pytest's, which `tools.suite` names.

What shares a prepared house stays together: a file's tests on one database, and all that a browser sees. A worker that
dies leaves tests undone that nobody runs again, so the run cannot be green.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tests import sampling
from xdist.scheduler import LoadFileScheduling

CRASHED = 70  # what the run exits with, unlike anything that pytest itself says
SEEN_BY_BROWSERS = "tests/browser/"


def house(test: str) -> str:
    """What a test shares with others, from its id."""
    if test.startswith(SEEN_BY_BROWSERS):
        return SEEN_BY_BROWSERS
    file, _, name = test.partition("::")
    return f"{file} on PostgreSQL" if "postgresql" in name.partition("[")[2] else file


class ByHouse(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return house(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByHouse:
    return ByHouse(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffled", action="store_true", help="files, and tests in each, in an order drawn by the seed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where their number does not say how long they take, those that stand by few go first: they are whole stories."""
    if config.getoption("shuffled"):
        chance = sampling.chance("order")
        places = {path: chance.random() for path in sorted({item.path for item in items})}
        items.sort(key=lambda item: (places[item.path], chance.random()))
    if not config.getoption("loadscopereorder"):
        members = Counter(house(item.nodeid) for item in items)
        items.sort(key=lambda item: members[house(item.nodeid)])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    if error is not None:
        node.config.stash[WORKER_DIED] = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash.get(WORKER_DIED, False):
        session.exitstatus = CRASHED


WORKER_DIED = pytest.StashKey[bool]()
