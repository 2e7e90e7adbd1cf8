"""One's own account: sessions that end on the server, and a new password."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from tests.cast import PASSWORD
from tests.domains.control_room.floor import Browser, Enter, Floor

from silkcast.domains.base.api import list_sign_ins
from silkcast.domains.base.contracts import Role, SignInOutcome
from silkcast.domains.base.models import Session

GOOD = "seventeen quiet herons"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


def signed_in(floor: Floor, *, agent: str = FIREFOX, address: str = "203.0.113.7") -> Browser:
    client = Client(headers={"User-Agent": agent, "X-Forwarded-For": address})
    answer = client.post("/login", {"email": floor.people[Role.OPERATOR].email, "password": PASSWORD})
    assert answer.status_code == 303, answer.content.decode()
    return Browser(client)


def is_in(browser: Browser) -> bool:
    return bool(browser.get("/control/account").status_code == 200)


def replayed(browser: Browser) -> Browser:
    """The same cookies in another browser, as they are now."""
    other = Client()
    for name, morsel in browser.client.cookies.items():
        other.cookies[name] = morsel.value
    return Browser(other)


@pytest.mark.parametrize("path", ["/logout", "/admin/logout/"])
def test_a_cookie_from_before_signing_out_opens_nothing(east: Floor, path: str) -> None:
    browser = signed_in(east)
    stolen = replayed(browser)
    assert is_in(stolen)
    assert browser.post(path).headers["Location"] == "/login"
    assert not is_in(stolen)
    for address in ("/control/shows", "/admin/", f"/control/rooms/{east.room_id}/picture.jpg"):
        assert stolen.get(address).status_code in {302, 401}, address
    assert Session.objects.of(east.base.ctx.base_id).count() == 0


@pytest.mark.parametrize("path", ["/logout", "/admin/logout/"])
def test_signing_out_takes_a_form_of_ours(east: Floor, path: str) -> None:
    browser = signed_in(east)
    assert browser.get(path).status_code == 405
    strict = replayed(browser)
    strict.client.handler.enforce_csrf_checks = True
    assert strict.post(path).status_code == 403
    assert is_in(browser)


def rows(browser: Browser) -> list[dict[str, Any]]:
    return list(browser.get("/control/account").context_data["sessions"])


def test_sessions_are_listed_with_their_device_and_network_this_one_first(east: Floor) -> None:
    here = signed_in(east)
    signed_in(east, agent="curl/8", address="2001:db8:7:8::9")
    assert [(row["device"], row["network"], row["is_here"]) for row in rows(here)] == [
        ("Firefox · Linux", "203.0.113.0/24", True),
        ("curl", "2001:db8:7::/48", False),
    ]
    page = here.get("/control/account").content.decode()
    assert page.count("This browser") == 1
    assert "Sign out there" in page
    assert "本浏览器" in here.in_chinese().get("/control/account").content.decode()


def test_another_browser_is_signed_out_from_here(east: Floor) -> None:
    here, there, third = signed_in(east), signed_in(east), signed_in(east)
    other = next(row["id"] for row in rows(there) if row["is_here"])
    part = here.post("/control/account/sessions/end", hx=True, session_id=other)
    assert part.status_code == 200
    assert str(other) not in part.content.decode()
    assert [is_in(each) for each in (here, there, third)] == [True, False, True]
    here.post("/control/account/sessions/end-others", hx=True)
    assert [is_in(each) for each in (here, there, third)] == [True, False, False]


def test_a_session_of_somebody_else_is_not_ended(east: Floor, enter: Enter) -> None:
    crew = enter(east.people[Role.CREW])
    other = rows(crew)[0]["id"]
    signed_in(east).post("/control/account/sessions/end", hx=True, session_id=other)
    assert is_in(crew)


def change(browser: Browser, old: str = PASSWORD, new: str = GOOD, again: str = "") -> Any:
    sent = {"old_password": old, "password": new, "password_again": again or new}
    return browser.post("/control/account/password", **sent)


def test_a_new_password_keeps_this_browser_and_signs_out_the_others(east: Floor, stranger: Browser) -> None:
    here, there = signed_in(east), signed_in(east)
    assert change(here).headers["Location"] == "/control/account"
    assert [is_in(here), is_in(there)] == [True, False]
    email = east.people[Role.OPERATOR].email
    assert stranger.post("/login", email=email, password=PASSWORD).status_code == 401
    assert stranger.post("/login", email=email, password=GOOD).status_code == 303


@pytest.mark.parametrize(
    ("sent", "field", "words", "chinese"),
    [
        ({"old": "wrong"}, "old_password", "This is not your present password.", "当前密码不正确。"),
        ({"new": "short"}, "password", "At least 10 characters.", "至少 10 个字符。"),
        ({"new": "password123"}, "password", "everybody tries first", "最常见"),
        ({"new": "73920184650"}, "password", "Not only digits.", "不能全是数字。"),
        ({"new": "operator@east.test"}, "password", "Too much like", "过于相近"),
        ({"again": "something else"}, "password_again", "The two passwords differ.", "两次输入的密码不一致。"),
    ],
)
def test_a_password_that_will_not_do_says_why_beside_its_field(
    east: Floor, sent: dict[str, str], field: str, words: str, chinese: str
) -> None:
    here, there = signed_in(east), signed_in(east)
    refused = change(here, **sent)
    assert refused.status_code == 422
    assert words in refused.context_data["refusal"]["fields"][field]
    assert chinese in change(here.in_chinese(), **sent).context_data["refusal"]["fields"][field]
    assert [is_in(here), is_in(there)] == [True, True]
    assert GOOD not in refused.content.decode()


def test_guessing_ones_present_password_is_limited_and_told(east: Floor) -> None:
    here = signed_in(east)
    answers = [change(here, old="a guess").status_code for _ in range(5)]  # signing in was the first try of five
    assert answers == [422] * 4 + [429]
    found, _ = list_sign_ins(east.ctx, outcome=SignInOutcome.REFUSED)
    assert [(entry.device, entry.network, entry.times) for entry in found] == [("Firefox · Linux", "203.0.113.0/24", 4)]


def test_wrong_passwords_at_the_door_stand_in_the_log_without_the_address(
    east: Floor, operator: Browser, stranger: Browser
) -> None:
    for _ in range(2):
        stranger.client.post(
            "/login",
            {"email": east.people[Role.OPERATOR].email, "password": "guess"},
            headers={"X-Forwarded-For": "198.51.100.9", "User-Agent": FIREFOX},
        )
    for path in ("/control/account", "/control/sign-ins?outcome=refused"):
        page = operator.get(path).content.decode()
        assert "198.51.100.0/24" in page, path
        assert "×2" in page, path
        assert "198.51.100.9" not in page, path


def test_the_log_of_the_base_is_paged_and_narrowed(east: Floor, operator: Browser, enter: Enter) -> None:
    crew = east.people[Role.CREW]
    for person in [east.people[Role.HOST]] * 6 + [crew] * 20:
        enter(person)
    whole = operator.get("/control/sign-ins").context_data["page"]
    assert (whole.paginator.count, len(whole.object_list)) == (27, 25)
    second = operator.get("/control/sign-ins", page="2").context_data["page"].object_list
    assert [row["name"] for row in second] == ["host of east", "Operator east"]
    own = operator.get("/control/sign-ins", person=str(crew.id), outcome="signed_in").context_data["page"]
    assert own.paginator.count == 20
    part = operator.get("/control/sign-ins", hx=True, part="sign_ins", outcome="refused").content.decode()
    assert "Nothing matches" in part
    assert "<html" not in part
    for nonsense in ({"person": "nobody"}, {"outcome": "everything"}):
        assert operator.get("/control/sign-ins", **nonsense).context_data["page"].paginator.count == 27


@pytest.mark.parametrize("role", [Role.CREW, Role.HOST, Role.FINANCE, Role.MERCHANT])
def test_everybody_has_an_account_and_operators_alone_the_log_of_all(east: Floor, enter: Enter, role: Role) -> None:
    browser = enter(east.people[role])
    page = browser.get("/control/account")
    assert page.status_code == 200
    assert "Operator east" not in page.content.decode()
    assert browser.get("/control/sign-ins").status_code == 403


def test_a_page_view_is_noted_once_in_five_minutes(east: Floor) -> None:
    here = signed_in(east)
    rows_of_base = Session.objects.of(east.base.ctx.base_id)
    began = rows_of_base.values_list("began_at", flat=True)[0]
    long_ago = began.replace(year=began.year - 1)
    for seen_at, moves in ((began, False), (long_ago, True)):
        Session.objects.of(east.base.ctx.base_id).update(seen_at=seen_at)
        is_in(here)
        now = Session.objects.of(east.base.ctx.base_id).values_list("seen_at", flat=True)[0]
        assert (now > seen_at) is moves


def test_who_lost_their_last_role_is_out_and_told_so_at_the_door(east: Floor, enter: Enter) -> None:
    from silkcast.domains.base.models import RoleGrant

    crew = enter(east.people[Role.CREW])
    RoleGrant.objects.of(east.base.ctx.base_id).filter(person_id=east.people[Role.CREW].id).delete()
    assert not is_in(crew)
    seller = east.people[Role.MERCHANT]
    RoleGrant.objects.of(east.base.ctx.base_id).filter(person_id=seller.id).delete()
    answer = Browser(Client()).post("/login", email=seller.email, password=PASSWORD)
    assert (answer.status_code, answer.context_data["refusal"]["code"]) == (403, "base.no_role")


def test_the_stream_of_a_page_names_its_session(east: Floor) -> None:
    from silkcast.kernel.http import opened

    here = signed_in(east)
    page = here.get(f"/control/shows/{east.show_id}").content.decode()
    token = re.search(r'data-events="/events\?token=([^"]+)"', page)
    assert token is not None
    assert opened("events", token[1])["session"] == str(rows(here)[0]["id"])
