"""The page of people: links made again, roles changed, accounts closed and opened."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.cast import PASSWORD
from tests.domains.control_room.floor import Browser, Enter, Floor

from silkcast.domains.base import api as base
from silkcast.domains.base.api import VERBS
from silkcast.domains.base.contracts import PersonView, Role
from silkcast.domains.base.people import set_password
from silkcast.kernel.actions import run


def link_in(answer: Any) -> str:
    assert answer["Cache-Control"] == "no-store"
    found = re.search(r'<code id="invite-link">[^<]*(/invitation/[^<]+)</code>', answer.content.decode())
    assert found is not None
    return found[1]


def row_of(browser: Browser, person: PersonView) -> dict[str, Any]:
    people = browser.get("/control/people").context_data["people"]
    return next(row for row in people if row["id"] == person.id)


class Choices(HTMLParser):
    """The radio buttons of a page in their order, and which are chosen beforehand."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "input" and said.get("type") == "radio":
            self.found.append((str(said["value"]), "checked" in said))


def test_the_role_that_is_chosen_beforehand_may_do_least(operator: Browser) -> None:
    choices = Choices(operator.get("/control/people").content.decode()).found
    assert {role for role, _ in choices} == set(Role)
    chosen = {Role(role) for role, is_chosen in choices if is_chosen}
    assert chosen == {min(Role, key=lambda role: len(VERBS[role]))} == {Role.HOST}


def test_an_invitation_is_made_again_and_the_first_one_is_void(
    east: Floor, operator: Browser, stranger: Browser
) -> None:
    crew = east.people[Role.CREW]
    first = link_in(operator.post("/control/people/link", hx=True, person_id=crew.id))
    second = link_in(operator.post("/control/people/link", person_id=crew.id))
    assert second not in operator.get("/control/people").content.decode()
    refused = stranger.get(first)
    assert (refused.status_code, "used up or too old" in refused.content.decode()) == (422, True)
    assert "You are invited" in stranger.get(second).content.decode()


def test_the_same_form_sent_again_shows_the_same_link(east: Floor, operator: Browser) -> None:
    sent = {"person_id": east.people[Role.CREW].id, "request_id": "once"}
    assert len({link_in(operator.post("/control/people/link", hx=True, **sent)) for _ in range(2)}) == 1


def test_somebody_who_forgot_their_password_sets_a_new_one_through_a_link(
    east: Floor, operator: Browser, enter: Enter, stranger: Browser
) -> None:
    seller = east.people[Role.MERCHANT]
    signed_in = enter(seller)
    link = link_in(operator.post("/control/people/link", hx=True, person_id=seller.id))
    assert stranger.post("/login", email=seller.email, password=PASSWORD).status_code == 303  # still
    stranger.post("/logout")
    assert "Choose a new password" in stranger.get(link).content.decode()
    good = {"password": "seventeen quiet herons", "password_again": "seventeen quiet herons"}
    assert stranger.post(link, **good).status_code == 303
    assert stranger.get("/control/account").status_code == 200
    assert signed_in.get("/control/account").status_code == 302


def test_a_closed_account_says_so_and_is_opened_again(east: Floor, operator: Browser, stranger: Browser) -> None:
    seller = east.people[Role.MERCHANT]
    operator.post("/control/people/deactivate", hx=True, person_id=seller.id)
    assert row_of(operator, seller)["active"] is False
    page = operator.get("/control/people").content.decode()
    assert "Deactivated" in page
    assert "Reactivate" in page
    assert stranger.post("/login", email=seller.email, password=PASSWORD).status_code == 401
    link = operator.post("/control/people/link", hx=True, person_id=seller.id)
    assert 'data-code="base.person_inactive"' in link.content.decode()
    operator.post("/control/people/reactivate", hx=True, person_id=seller.id)
    assert stranger.post("/login", email=seller.email, password=PASSWORD).status_code == 303


def test_a_role_is_changed_in_one_step(east: Floor, operator: Browser) -> None:
    crew = east.people[Role.CREW]
    sent = {"person_id": crew.id, "grant_id": crew.grants[0].id}
    refused = operator.post("/control/people/change", hx=True, **sent, role="merchant")
    assert 'data-field="merchant_id"' in refused.content.decode()
    operator.post("/control/people/change", hx=True, **sent, role="merchant", merchant_id=east.base.merchants[1])
    (grant,) = base.get_person(crew.id).grants
    assert (grant.role, grant.merchant_id) == (Role.MERCHANT, east.base.merchants[1])


@pytest.mark.parametrize("path", ["deactivate", "withdraw"])
def test_the_last_operator_cannot_lock_everybody_out(east: Floor, operator: Browser, path: str) -> None:
    own = east.people[Role.OPERATOR]
    answer = operator.post(f"/control/people/{path}", hx=True, person_id=own.id, grant_id=own.grants[0].id)
    assert 'data-code="base.last_operator"' in answer.content.decode()
    assert operator.get("/control/people").status_code == 200


def test_keys_say_who_made_them_and_are_taken_over(east: Floor, operator: Browser, enter: Enter) -> None:
    invited = east.does(base.Invite(name="Second", email="second@east.test", role=Role.OPERATOR))
    set_password(invited.person_id, PASSWORD)
    second = base.get_person(invited.person_id)
    key = base.fresh_key()
    made = base.MakeApiKey(name="ERP", scopes=("orders.read",), digest=base.digest_of_key(key), prefix=key[:8])
    run(base.context_of_person(second, east.ctx.at), made)
    assert row_of(operator, second)["keys"] == 1
    assert "1 API key that they made ends" in operator.get("/control/people").content.decode()
    page = operator.get("/control/keys").content.decode()
    assert "Second" in page
    assert "Take over" in page
    operator.post("/control/keys/take-over", hx=True, key_id=base.known_key(key)[1].id)
    operator.post("/control/people/deactivate", hx=True, person_id=second.id)
    assert base.known_key(key)[1].name == "ERP"
    assert "Take over" not in operator.get("/control/keys").content.decode()
