"""What was opened with a right is closed when the right goes: every page, file and fragment, and its keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.cast import PASSWORD
from tests.domains.control_room.floor import Browser, Enter, Floor
from tests.domains.control_room.pages.test_every_page import PAGES, address
from tests.domains.control_room.test_isolation import ids_of, paths_with_ids

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role
from silkcast.domains.base.people import set_password
from silkcast.kernel.actions import run
from silkcast.kernel.ids import PersonId

pytestmark = pytest.mark.slow

STRANGER = {302, 401, 405}
WAYS: dict[str, Callable[[Floor, PersonId, Browser], object]] = {
    "signing out": lambda floor, person_id, browser: browser.post("/logout"),
    "deactivation": lambda floor, person_id, browser: floor.does(base.DeactivatePerson(person_id=person_id)),
    "the last role": lambda floor, person_id, browser: floor.does(
        base.WithdrawRole(person_id=person_id, grant_id=base.get_person(person_id).grants[0].id)
    ),
}


def doors(floor: Floor) -> list[str]:
    """Every address that answers a GET for somebody of the base."""
    found = [path.format(**ids_of(floor)) for path in paths_with_ids()]
    found += [address(floor, page) for page in PAGES]
    return sorted({*found, "/control/sign-ins", "/control/account", "/ui-book/", "/admin/", "/admin/base/person/"})


@pytest.fixture
def second(east: Floor) -> PersonId:
    """One more operator, so that the first can stay."""
    invited = east.does(base.Invite(name="Second", email="second@east.test", role=Role.OPERATOR))
    set_password(invited.person_id, PASSWORD)
    person_id: PersonId = invited.person_id
    return person_id


@pytest.mark.parametrize("way", WAYS)
def test_every_door_is_closed_to_the_cookie_that_opened_it(
    east: Floor, enter: Enter, second: PersonId, way: str
) -> None:
    browser = enter(base.get_person(second))
    key = base.fresh_key()
    made = base.MakeApiKey(name="x", scopes=tuple(base.SCOPES), digest=base.digest_of_key(key), prefix=key[:8])
    run(base.context_of_person(base.get_person(second), east.ctx.at), made)
    program = Client(headers={"Authorization": f"Bearer {key}"})
    opened = [path for path in doors(east) if browser.get(path).status_code in {200, 204}]
    assert len(opened) >= 20
    assert program.get("/api/v1/me").status_code == 200
    cookie = browser.client.cookies["sessionid"].value
    WAYS[way](east, second, browser)
    for path in opened:
        browser.client.cookies["sessionid"] = cookie
        for hx in (False, True):
            assert browser.get(path, hx=hx).status_code in STRANGER, path
    assert program.get("/api/v1/me").status_code == (200 if way == "signing out" else 401)


def test_a_smaller_role_opens_at_once_what_it_opens_for_others(east: Floor, enter: Enter, second: PersonId) -> None:
    browser, host = enter(base.get_person(second)), enter(east.people[Role.HOST])
    grant_id = base.get_person(second).grants[0].id
    east.does(base.ChangeRole(person_id=second, grant_id=grant_id, role=Role.HOST))
    paths = [path for path in doors(east) if not path.startswith("/admin/")]
    assert [browser.get(path).status_code for path in paths] == [host.get(path).status_code for path in paths]
    assert browser.get("/admin/").status_code == 302
