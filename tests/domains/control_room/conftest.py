from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests import snapshots
from tests.cast import make_base
from tests.domains.control_room.floor import Browser, Enter, Floor, furnish
from tests.entering import entered

from silkcast.domains.base.contracts import BaseKind, Role
from silkcast.domains.control_room.attempts import Attempts
from silkcast.domains.control_room.pages import login


@pytest.fixture(scope="session")
def furnished(
    restore: Callable[[], None], _declarations: None, django_db_blocker: Any
) -> tuple[Callable[[], None], Floor, Floor]:
    """Both bases at work, made once; each test gets a copy of the tables as they were then."""
    with django_db_blocker.unblock():
        east = furnish(make_base("east", kind=BaseKind.DEMO, currency="USD"))
        west = furnish(make_base("west", kind=BaseKind.REAL, currency="JPY"))
        furnish_again = snapshots.take()
        restore()
    return furnish_again, east, west


@pytest.fixture
def floors(furnished: tuple[Callable[[], None], Floor, Floor], tables: None) -> tuple[Floor, Floor]:
    furnish_again, east, west = furnished
    furnish_again()
    return east, west


@pytest.fixture
def east(floors: tuple[Floor, Floor]) -> Floor:
    """Simulated; sells in dollars."""
    return floors[0]


@pytest.fixture
def west(floors: tuple[Floor, Floor]) -> Floor:
    """Real; sells in yen."""
    return floors[1]


@pytest.fixture(autouse=True)
def fresh_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_attempts", Attempts())


@pytest.fixture
def enter(floors: tuple[Floor, Floor]) -> Enter:
    return lambda person: Browser(entered(person.id))


@pytest.fixture
def stranger(floors: tuple[Floor, Floor]) -> Browser:
    return Browser(Client())


@pytest.fixture
def operator(east: Floor, enter: Enter) -> Browser:
    return enter(east.people[Role.OPERATOR])


@pytest.fixture
def seller(east: Floor, enter: Enter) -> Browser:
    return enter(east.people[Role.MERCHANT])
