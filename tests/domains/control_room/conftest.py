from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pysqlite3 import dbapi2
from tests.cast import make_base
from tests.domains.control_room.floor import Browser, Enter, Floor, furnish

from silkcast.domains.base.contracts import BaseKind, PersonView, Role
from silkcast.domains.base.models import Person
from silkcast.domains.control_room.attempts import Attempts
from silkcast.domains.control_room.pages import login


@pytest.fixture(scope="session")
def furnished(pristine: Any, _declarations: None, django_db_blocker: Any) -> Iterator[tuple[Any, Floor, Floor]]:
    """Both bases at work, made once; each test gets a copy of the tables as they were then."""
    with django_db_blocker.unblock():
        east = furnish(make_base("east", kind=BaseKind.DEMO, currency="USD"))
        west = furnish(make_base("west", kind=BaseKind.REAL, currency="JPY"))
        copy = dbapi2.connect(":memory:")
        connection.connection.backup(copy)
        pristine.backup(connection.connection)
    yield copy, east, west
    copy.close()


@pytest.fixture
def floors(furnished: tuple[Any, Floor, Floor], tables: None) -> tuple[Floor, Floor]:
    copy, east, west = furnished
    copy.backup(connection.connection)
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
    def entered(person: PersonView) -> Browser:
        client = Client()
        client.force_login(Person.objects.get(id=person.id))
        return Browser(client)

    return entered


@pytest.fixture
def stranger(floors: tuple[Floor, Floor]) -> Browser:
    return Browser(Client())


@pytest.fixture
def operator(east: Floor, enter: Enter) -> Browser:
    return enter(east.people[Role.OPERATOR])


@pytest.fixture
def seller(east: Floor, enter: Enter) -> Browser:
    return enter(east.people[Role.MERCHANT])
