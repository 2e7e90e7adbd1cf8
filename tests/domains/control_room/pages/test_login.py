"""Signing in and out, and the language of the pages."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from django.test import Client
from tests.cast import PASSWORD
from tests.domains.control_room.floor import Browser, Floor

from silkcast.domains.base.contracts import Role
from silkcast.domains.base.models import Base, Person
from silkcast.domains.control_room import attempts
from silkcast.domains.control_room.attempts import Attempts
from silkcast.domains.control_room.errors import LoginTooOften
from silkcast.kernel.errors import Overloaded


def email(floor: Floor) -> str:
    return floor.people[Role.OPERATOR].email


def test_a_person_enters_and_leaves(east: Floor, stranger: Browser) -> None:
    entered = stranger.post("/login", email=email(east).upper(), password=PASSWORD, next="/control/orders")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/control/orders")
    assert stranger.get("/control/orders").status_code == 200
    assert stranger.get("/login").headers["Location"] == "/control/"
    assert stranger.post("/logout").headers["Location"] == "/login"
    assert stranger.get("/control/orders").status_code == 302


def test_the_session_of_before_does_not_live_on(east: Floor, stranger: Browser) -> None:
    session = stranger.client.session
    session["planted"] = "by somebody else"
    session.save()
    before = stranger.client.cookies["sessionid"].value
    stranger.post("/login", email=email(east), password=PASSWORD)
    assert "planted" not in stranger.client.session
    assert stranger.client.cookies["sessionid"].value != before


@pytest.mark.parametrize("wrong", ["password", "person", "invited", "closed"])
def test_every_refusal_looks_the_same(east: Floor, stranger: Browser, wrong: str) -> None:
    sent = {"email": email(east), "password": PASSWORD}
    if wrong == "password":
        sent["password"] = "something else"
    elif wrong == "person":
        sent["email"] = "nobody@east.test"
    elif wrong == "invited":
        sent["email"] = east.people[Role.CREW].email
    else:
        Person.objects.filter(email=email(east)).update(is_active=False)
    answer = stranger.post("/login", **sent)
    assert answer.status_code == 401
    assert answer.context_data["refusal"]["code"] == "control_room.login_refused"
    assert answer.context_data["values"]["email"] == sent["email"]
    assert sent["password"] not in answer.content.decode()


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "javascript:alert(1)",
        "control",
        "/control/\r\nX: y",
    ],
)
def test_the_login_leads_nowhere_else(east: Floor, stranger: Browser, wanted: str) -> None:
    answer = stranger.post("/login", email=email(east), password=PASSWORD, next=wanted)
    assert answer.headers["Location"] == "/control/"
    chosen = stranger.post("/language", language="en", next=wanted)
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/control/")


def test_guessing_is_stopped_for_that_person_and_address(east: Floor, stranger: Browser) -> None:
    for _ in range(attempts.OF_PERSON.tries_at_once):
        assert stranger.post("/login", email=email(east), password="guess").status_code == 401
    stopped = stranger.post("/login", email=email(east), password=PASSWORD)
    assert stopped.status_code == 429
    assert stopped.context_data["refusal"]["code"] == "control_room.login_too_often"
    elsewhere = stranger.client.post(
        "/login", {"email": email(east), "password": PASSWORD}, headers={"X-Forwarded-For": "198.51.100.7"}
    )
    assert elsewhere.status_code == 303


def test_tries_come_back_with_time() -> None:
    tries = Attempts()
    for _ in range(5):
        tries.take("a", "x@y", 100.0)
    with pytest.raises(LoginTooOften) as refused:
        tries.take("a", "X@Y", 106.0)
    assert refused.value.facts == {"wait_s": 6}
    tries.take("a", "x@y", 112.0)


def test_an_address_has_a_bound_of_its_own() -> None:
    tries = Attempts()
    for number in range(5):
        tries.take("a", f"{number}@y", 0.0)
    with pytest.raises(LoginTooOften):
        tries.take("a", "another@y", 0.0)
    tries.take("b", "another@y", 0.0)


def test_who_came_in_takes_no_try_from_the_others_at_the_address() -> None:
    tries = Attempts()
    for number in range(20):
        tries.take("a", f"{number}@y", 0.0)
        tries.give_back("a")
    tries.give_back("never seen")


def test_an_office_behind_one_address_comes_to_work(east: Floor, stranger: Browser) -> None:
    for number in range(attempts.OF_ADDRESS.tries_at_once - 1):
        assert stranger.post("/login", email=f"{number}@east.test", password="wrong").status_code == 401
    for role in (Role.OPERATOR, Role.FINANCE, Role.HOST):
        person = Person.objects.get(id=east.people[role].id)
        person.set_password(PASSWORD)
        person.save()
        entered = Browser(Client()).post("/login", email=person.email, password=PASSWORD)
        assert (role, entered.status_code) == (role, 303)


def test_only_so_many_passwords_are_hashed_at_once(east: Floor, stranger: Browser) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(attempts.HASHES_AT_ONCE + attempts.HASHES_WAITING_MAX):
            assert attempts._places.acquire(blocking=False)
            held.callback(attempts._places.release)
        busy = stranger.post("/login", email=email(east), password=PASSWORD)
        assert (busy.status_code, busy.context_data["refusal"]["code"]) == (503, "kernel.overloaded")
        assert stranger.get("/login").status_code == 200
    assert stranger.post("/login", email=email(east), password=PASSWORD).status_code == 303


def test_a_hash_waits_only_so_long_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "HASH_WAIT_S", 0.01)
    with attempts.hashing(), attempts.hashing(), pytest.raises(Overloaded), attempts.hashing():
        pytest.fail("a third one has begun")
    with attempts.hashing(), attempts.hashing():
        pass


@pytest.mark.parametrize("typed", ["x" * 100_000 + "@east.test", "\ud800@east.test", "%" * 60_000])
def test_what_is_no_address_is_refused_like_any_wrong_one(east: Floor, stranger: Browser, typed: str) -> None:
    answer = stranger.post("/login", email=typed.encode(errors="replace").decode(), password=PASSWORD)
    assert (answer.status_code, answer.context_data["refusal"]["code"]) == (401, "control_room.login_refused")


def test_a_long_address_is_remembered_as_shortly_as_any() -> None:
    tries = Attempts()
    tries.take("a", "x" * 1_000_000, 0.0)
    assert {len(name) for name in tries._buckets} == {16}


def test_letters_that_look_alike_sign_nobody_in(east: Floor, stranger: Browser) -> None:
    Person.objects.filter(email=email(east)).update(email="kate.s@east.test")
    for typed in ("\u212aate.s@east.test", "kate.\u017f@east.test"):
        assert stranger.post("/login", email=typed, password=PASSWORD).status_code == 401
    assert stranger.post("/login", email="KATE.S@east.test", password=PASSWORD).status_code == 303


def test_what_is_remembered_of_attempts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "BUCKETS_MAX", 10)
    tries = Attempts()
    for number in range(50):
        tries.take(str(number), "x@y", 0.0)
    assert len(tries._buckets) == 10


@pytest.fixture
def note(data: Path, east: Floor) -> object:
    path = data / "demo.json"
    login = {"email": "operator@east.test", "password": "printed for all", "role": "operator"}
    path.write_text(json.dumps({"base": {"id": str(east.base.ctx.base_id)}, "logins": [login]}))
    yield path
    path.unlink()


def only_simulated(*real: Floor) -> None:
    """Nothing but simulated bases is left in the installation."""
    for floor in real:
        Base.objects.filter(id=floor.base.ctx.base_id).update(kind="demo")


def is_printed(host: str = "127.0.0.1:8000", address: str = "127.0.0.1") -> bool:
    answer = Client(headers={"Host": host, "X-Forwarded-For": address}).get("/login")
    assert answer.status_code == 200
    return "printed for all" in answer.content.decode()


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "192.168.1.4:8000"])
def test_logins_are_printed_for_whoever_tries_it_nearby(note: object, west: Floor, host: str) -> None:
    only_simulated(west)
    assert is_printed(host)
    assert is_printed(host, "192.168.1.9")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1:8000", "203.0.113.9"),  # from elsewhere, whatever name they ask by
        ("192.168.1.4:8000", "2001:db8::9"),
        ("shop.example.test", "127.0.0.1"),  # through a proxy that nobody named
        ("203.0.113.4", "127.0.0.1"),
        ("localhost.example.test", "127.0.0.1"),
        ("127.0.0.1:8000", "unknown"),
    ],
)
def test_logins_are_printed_for_nobody_from_elsewhere(note: object, west: Floor, host: str, address: str) -> None:
    only_simulated(west)
    assert not is_printed(host, address)


def test_logins_are_printed_for_nobody_once_there_is_a_real_base(note: object, east: Floor) -> None:
    assert not is_printed()


def test_where_all_bases_are_real_the_demos_people_are_nobody(note: Path, east: Floor, stranger: Browser) -> None:
    for login in json.loads(note.read_text())["logins"]:
        assert stranger.post("/login", email=login["email"], password=login["password"]).status_code == 401
    Base.objects.update(kind="real")
    assert not is_printed()


def test_a_note_of_a_base_that_went_prints_nothing(note: Path, west: Floor, stranger: Browser) -> None:
    only_simulated(west)
    note.write_text(json.dumps({"base": {"id": str(west.base.ctx.base_id)}, "logins": []}))
    assert stranger.get("/login").context_data["demo_logins"] == []
    note.write_text("not json")
    assert stranger.get("/login").status_code == 200


def test_the_language_is_chosen_and_kept(stranger: Browser) -> None:
    answer = stranger.post("/language", language="zh-hans", next="/login?next=/control/orders")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/control/orders")
    assert 'lang="zh-hans"' in stranger.get("/login").content.decode()
    stranger.post("/language", language="klingon", next="/login")
    assert 'lang="zh-hans"' in stranger.get("/login").content.decode()
    for tag, shown in (("EN-us", "en"), ("zh-Hant-TW", "zh-hans"), ("en", "en"), ("zh-Hans", "zh-hans")):
        stranger.post("/language", language=tag, next="/login")
        assert f'<html lang="{shown}"' in stranger.get("/login").content.decode()


@pytest.mark.parametrize("path", ["/logout", "/language"])
def test_leaving_and_language_change_only_by_post(stranger: Browser, path: str) -> None:
    assert stranger.get(path).status_code == 405


def test_a_form_without_its_token_is_refused(east: Floor) -> None:
    answer = Client(enforce_csrf_checks=True).post("/login", {"email": email(east), "password": PASSWORD})
    assert answer.status_code == 403
