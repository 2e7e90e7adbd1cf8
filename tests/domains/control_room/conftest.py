from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.cast import Cast
from tests.domains.control_room.floor import Browser, Enter, Floor, furnish

from silkcast.domains.base.contracts import PersonView, Role
from silkcast.domains.base.models import Person
from silkcast.domains.control_room.pages import login


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Addresses of static files without their hashes: nothing was collected here."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def fresh_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_attempts", login.Attempts())


@pytest.fixture
def enter(cast: Cast) -> Enter:
    def entered(person: PersonView) -> Browser:
        client = Client()
        client.force_login(Person.objects.get(id=person.id))
        return Browser(client)

    return entered


@pytest.fixture
def stranger(cast: Cast) -> Browser:
    return Browser(Client())


@pytest.fixture
def east(cast: Cast) -> Floor:
    return furnish(cast.east)


@pytest.fixture
def west(cast: Cast) -> Floor:
    return furnish(cast.west)


@pytest.fixture
def operator(east: Floor, enter: Enter) -> Browser:
    return enter(east.people[Role.OPERATOR])


@pytest.fixture
def seller(east: Floor, enter: Enter) -> Browser:
    return enter(east.people[Role.MERCHANT])
