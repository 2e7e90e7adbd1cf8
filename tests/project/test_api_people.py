"""People by the API: what a screen does to them a program can do, within its own rights."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role
from silkcast.kernel.ids import PersonId
from tests.project.stage import Program, Stage

SCOPES = ("people.read", "people.write", "shows.read", "shows.write")
PASSWORD = {"password": "seventeen quiet herons", "password_again": "seventeen quiet herons"}


@pytest.fixture
def program(stage: Stage) -> Program:
    return Program(stage.key(*SCOPES))


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def invites(program: Program, **changed: Any) -> Any:
    return program.asks("post", "/people", {"name": "Host", "email": "host@east.test", "role": "host", **changed})


def path_of(link: str) -> str:
    return "/invitation/" + link.rpartition("/")[2]


def test_a_program_lets_somebody_in_who_then_sets_a_password(program: Program) -> None:
    made = invites(program)
    assert made.status_code == 201
    browser = Client()
    assert browser.post(path_of(made.json()["link"]), PASSWORD).status_code == 303
    assert browser.get("/control/account").status_code == 200
    person = next(each for each in program.reads("/people")["items"] if each["email"] == "host@east.test")
    assert (person["is_active"], person["is_invited"], person["invited_at"]) == (True, False, None)
    told = [(each["outcome"], each["person_id"]) for each in program.reads("/sign-ins")["items"]]
    assert told == [("signed_in", person["id"]), ("password_set", person["id"])]


def test_a_newer_link_replaces_an_older_one(program: Program) -> None:
    made = invites(program).json()
    newer = program.asks("post", f"/people/{made['person_id']}/password-link").json()["link"]
    browser = Client()
    assert browser.get(path_of(made["link"])).status_code == 422
    assert browser.get(path_of(newer)).status_code == 200


def test_a_repeat_shows_no_link_that_was_made_since(stage: Stage) -> None:
    """By then the person may have more rights than whoever repeats could give."""
    program = Program(stage.key(*SCOPES))
    asked = {"name": "Host", "email": "host@east.test", "role": "host"}

    def repeated() -> Any:
        return program.asks("post", "/people", asked, key="once")

    made = repeated().json()
    assert repeated().json() == made
    person_id = PersonId(UUID(made["person_id"]))
    stage.does(base.GrantRole(person_id=person_id, role=Role.OPERATOR))
    stage.does(base.MakePasswordLink(person_id=person_id))
    assert code(repeated()) == (422, "base.invitation_invalid")
    first_link = program.asks("post", f"/people/{person_id}/password-link", {}, key="again")
    assert first_link.status_code == 403


def test_a_program_changes_roles_and_closes_accounts(stage: Stage) -> None:
    program = Program(stage.key(*SCOPES, "orders.read"))
    made = invites(program).json()
    one = f"/people/{made['person_id']}"
    browser = Client()
    browser.post(path_of(made["link"]), PASSWORD)

    def roles() -> dict[str, str]:
        found = next(each for each in program.reads("/people")["items"] if each["id"] == made["person_id"])
        return {grant["role"]: grant["id"] for grant in found["grants"]}

    program.asks("post", f"{one}/roles", {"role": "crew"})
    assert set(roles()) == {"host", "crew"}
    program.asks("post", f"{one}/roles/{roles()['host']}/withdraw")
    program.asks("post", f"{one}/roles/{roles()['crew']}/change", {"role": "host"})
    assert set(roles()) == {"host"}
    assert browser.get("/control/account").status_code == 200
    assert program.asks("post", f"{one}/deactivate").status_code == 200
    assert browser.get("/control/account").status_code == 302
    assert code(program.asks("post", f"{one}/password-link")) == (409, "base.person_inactive")
    assert program.asks("post", f"{one}/reactivate").status_code == 200
    assert program.asks("post", f"{one}/password-link").status_code == 200


def test_no_key_gives_or_takes_what_it_does_not_have(program: Program, stage: Stage) -> None:
    made = invites(program).json()
    one = f"/people/{made['person_id']}"
    operator = stage.base.operator
    for path, body in (
        ("/people", {"name": "X", "email": "x@east.test", "role": "operator"}),
        (f"{one}/roles", {"role": "finance"}),
        (f"{one}/roles/{base.get_person(made['person_id']).grants[0].id}/change", {"role": "operator"}),
        (f"/people/{operator.id}/password-link", None),
        (f"/people/{operator.id}/deactivate", None),
        (f"/people/{operator.id}/roles/{operator.grants[0].id}/withdraw", None),
    ):
        assert code(program.asks("post", path, body)) == (403, "kernel.not_allowed"), path


def test_the_log_is_narrowed_and_cut_and_needs_the_scope(program: Program, stage: Stage) -> None:
    for number in range(3):
        base.note_refusal(stage.base.operator.email, "curl", f"192.0.{number}.0/24", stage.ctx.at)
    found = program.reads("/sign-ins", outcome="refused", limit=2)
    assert (len(found["items"]), found["total"], found["next"]) == (2, 3, 2)
    assert found["items"][0]["person_id"] == str(stage.base.operator.id)
    assert program.reads("/sign-ins", person_id=stage.base.sellers[0].id)["total"] == 0
    assert code(program.asks("get", "/sign-ins", outcome="everything"))[0] == 422
    assert code(Program(stage.key("shows.read")).asks("get", "/sign-ins")) == (403, "kernel.not_allowed")
