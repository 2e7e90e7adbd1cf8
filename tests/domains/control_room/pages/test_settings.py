"""Shows to come, destinations, rooms, people and keys: what operators set up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.domains.control_room.floor import Browser, Enter, Floor

from silkcast.domains.base.api import known_key, list_people
from silkcast.domains.base.contracts import Role
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout
from silkcast.domains.studio.models import Camera
from silkcast.kernel.errors import Unauthenticated
from silkcast.kernel.ids import new_id


def test_a_show_is_planned_in_the_bases_own_time(east: Floor, operator: Browser) -> None:
    sent = {
        "title": "Evening tea",
        "room_id": east.room_id,
        "host_id": east.people[Role.HOST].id,
        "planned_at": "2030-01-02T20:00",
        "language": "ja",
        "currency": "JPY",
    }
    answer = operator.post("/control/shows", **sent)
    assert answer.status_code == 303
    show = studio.get_show(east.ctx, UUID(answer.headers["Location"].rsplit("/", 1)[1]))
    assert (show.title, show.host_name, show.language, show.currency) == ("Evening tea", "host of east", "ja", "JPY")
    assert show.planned_at == datetime(2030, 1, 2, 12, tzinfo=UTC)


def test_a_show_without_title_or_with_a_strange_date_comes_back_with_what_was_typed(
    east: Floor, operator: Browser
) -> None:
    sent = {"title": "", "room_id": east.room_id, "planned_at": "soon", "language": "xx", "currency": "BTC"}
    answer = operator.post("/control/shows", **sent)
    assert answer.status_code == 422
    assert set(answer.context_data["refusal"]["fields"]) == {"title", "planned_at", "language", "currency"}
    assert answer.context_data["values"]["planned_at"] == "soon"


def test_shows_are_found_by_state(east: Floor, operator: Browser) -> None:
    for state, title in (("on_air", "Show of east"), ("planned", "Show of east to come"), ("ended", None)):
        rows = operator.get("/control/shows", state=state).context_data["page"].object_list
        assert [row["title"] for row in rows] == ([title] if title else [])


DESTINATION = {"name": "Main", "platform": "youtube", "url": "rtmp://a.test/live2", "fee_percent": "2.5"}


def test_a_destination_says_whether_it_is_on_for_new_shows(east: Floor, operator: Browser) -> None:
    def enabled(show_id: UUID) -> list[str]:
        return [d.name for d in studio.list_show_destinations(east.ctx, show_id) if d.is_enabled]

    page = operator.get("/control/destinations").content.decode()
    (box,) = re.findall(r'<input[^>]*name="in_new_shows"[^>]*aria-describedby="new-[^>]*>', page)
    assert " checked" in box
    assert "Shows that are planned take it up as well. A show on air does not" in page
    joins = {**DESTINATION, "stream_key": "secret-key-0123", "in_new_shows": "1"}
    operator.post("/control/destinations", hx=True, **joins)
    left_out = {**DESTINATION, "stream_key": "secret-key-4567", "name": "Aside"}
    listed = operator.post("/control/destinations", hx=True, **left_out).content.decode()
    assert [name for name in enabled(east.planned_id) if name in {"Main", "Aside"}] == ["Main"]
    assert [name for name in enabled(east.show_id) if name in {"Main", "Aside"}] == []
    assert re.findall(r"<dt>New shows</dt><dd>(\w+)</dd>", listed) == ["Off", "On", "On"]  # Aside, east's own, Main
    row = next(d for d in studio.list_destinations(east.ctx, studio.today(east.ctx)) if d.name == "Main")
    operator.post(f"/control/destinations/{row.id}", hx=True, **DESTINATION, stream_key="")
    assert studio.get_destination(east.ctx, row.id, studio.today(east.ctx)).in_new_shows is False


def test_a_destination_is_added_changed_and_removed(east: Floor, operator: Browser) -> None:
    added = operator.post("/control/destinations", hx=True, **DESTINATION, stream_key="secret-key-0123")
    assert added.status_code == 200
    assert "secret-key" not in added.content.decode()
    row = next(d for d in studio.list_destinations(east.ctx, studio.today(east.ctx)) if d.name == "Main")
    assert (row.fee_bp, row.key_ending) == (250, "0123")
    operator.post(f"/control/destinations/{row.id}", hx=True, **{**DESTINATION, "fee_percent": "3"}, stream_key="")
    changed = studio.get_destination(east.ctx, row.id, studio.today(east.ctx))
    assert (changed.fee_bp, changed.key_ending) == (300, "0123")
    operator.post(f"/control/destinations/{row.id}/remove", hx=True)
    assert all(d.id != row.id for d in studio.list_destinations(east.ctx, studio.today(east.ctx)))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"url": "https://a.test"}, "studio.destination_url_invalid"),
        ({"url": "rtmp://a.test"}, "studio.destination_url_invalid"),
        ({"url": "rtmp://ann:pa55@a.test/live"}, "studio.destination_url_names_user"),
        ({"stream_key": "two words"}, "studio.stream_key_invalid"),
        ({"fee_percent": "101"}, "control_room.form_refused"),
        ({"fee_percent": "1.234"}, "control_room.form_refused"),
        ({"name": ""}, "control_room.form_refused"),
    ],
)
def test_a_destination_that_cannot_be_is_refused(
    east: Floor, operator: Browser, changed: dict[str, str], code: str
) -> None:
    answer = operator.post("/control/destinations", hx=True, **{**DESTINATION, "stream_key": "k", **changed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'data-code="{code}"' in page
    assert f'data-field="{next(iter(changed))}"' in page
    assert "pa55" not in page


def test_a_name_that_leads_to_this_machine_is_refused_at_its_field(west: Floor, enter: Enter) -> None:
    operator = enter(west.people[Role.OPERATOR])
    near = {**DESTINATION, "url": "rtmp://localhost/live", "stream_key": "k"}
    page = operator.post("/control/destinations", hx=True, **near).content.decode()
    assert 'data-code="studio.destination_not_public"' in page
    assert 'data-field="url"' in page


def key_in(answer: Any, name: str) -> str:
    found = re.search(rf'<code id="{name}[^"]*">([^<]+)</code>', answer.content.decode())
    assert found is not None
    return found[1]


def test_a_new_camera_shows_its_key_once(east: Floor, operator: Browser) -> None:
    answer = operator.post(f"/control/rooms/{east.room_id}/cameras", hx=True, name="Handheld")
    key = key_in(answer, "key-")
    assert answer["Cache-Control"] == "no-store"
    camera = Camera.objects.of(east.base.ctx.base_id).one(name="Handheld")
    assert camera.key_digest == studio.digest_of_stream_key(key)
    assert key not in operator.get(f"/control/rooms/{east.room_id}").content.decode()


def test_a_form_sent_again_shows_the_same_key_again(east: Floor, operator: Browser) -> None:
    sent = {"name": "Handheld", "request_id": str(new_id())}
    keys = {key_in(operator.post(f"/control/rooms/{east.room_id}/cameras", **sent), "key-") for _ in range(2)}
    assert len(keys) == 1


def test_a_rotated_key_replaces_the_old_one(east: Floor, operator: Browser) -> None:
    before = Camera.objects.of(east.base.ctx.base_id).one(id=east.cameras[0]).key_digest
    answer = operator.post(f"/control/rooms/{east.room_id}/cameras/rotate", hx=True, camera_id=east.cameras[0])
    after = Camera.objects.of(east.base.ctx.base_id).one(id=east.cameras[0]).key_digest
    assert after == studio.digest_of_stream_key(key_in(answer, "key-")) != before


def test_a_camera_in_use_stays_and_an_idle_one_goes(east: Floor, operator: Browser) -> None:
    path = f"/control/rooms/{east.room_id}/cameras/remove"
    assert operator.post(path, hx=True, camera_id=east.cameras[0]).status_code == 409
    assert operator.post(path, hx=True, camera_id=east.cameras[1]).status_code == 200
    assert [camera.id for camera in studio.list_cameras(east.ctx, east.room_id)] == [east.cameras[0]]


def test_scenes_are_kept_and_removed(east: Floor, operator: Browser) -> None:
    path = f"/control/rooms/{east.room_id}/scenes"
    both = [str(camera) for camera in east.cameras]
    assert operator.post(path, hx=True, name="Both", layout="side_by_side", cameras=both).status_code == 200
    single = operator.post(path, hx=True, name="One", layout="side_by_side", cameras=[both[0], ""])
    assert 'data-code="studio.scene_incomplete"' in single.content.decode()
    made = next(scene for scene in studio.list_scenes(east.ctx, east.room_id) if scene.name == "Both")
    assert (made.layout, made.camera_ids) == (Layout.SIDE_BY_SIDE, east.cameras)
    assert operator.post(f"{path}/remove", hx=True, scene_id=made.id).status_code == 200
    assert [scene.name for scene in studio.list_scenes(east.ctx, east.room_id)] == ["east scene"]


@pytest.mark.parametrize("email", ["@", "a b@c.de", "not an email", "a@b.de\nb@b.de"])
def test_nobody_is_invited_under_an_address_that_no_mail_reaches(east: Floor, operator: Browser, email: str) -> None:
    before = len(list_people(east.ctx))
    answer = operator.post("/control/people", name="New Crew", email=email, role="crew")
    assert answer.status_code == 422
    assert set(answer.context_data["refusal"]["fields"]) == {"email"}
    assert len(list_people(east.ctx)) == before


def test_an_invited_person_sets_a_password_and_is_in(east: Floor, operator: Browser, stranger: Browser) -> None:
    sent = {"name": "New Crew", "email": "new@east.test", "role": "crew"}
    answer = operator.post("/control/people", hx=True, **sent)
    link = key_in(answer, "invite-link")
    assert link not in operator.get("/control/people").content.decode()
    path = "/invitation/" + link.rpartition("/")[2]
    assert "New Crew" in stranger.get(path).content.decode()
    weak = stranger.post(path, password="12345", password_again="54321")
    assert set(weak.context_data["refusal"]["fields"]) == {"password", "password_again"}
    good = {"password": "a long new sentence", "password_again": "a long new sentence"}
    entered = stranger.post(path, **good)
    assert (entered.status_code, entered.headers["Location"]) == (303, "/control/")
    assert stranger.get("/control/").status_code == 200
    assert stranger.post(path, **good).status_code == 422  # an invitation works once
    assert stranger.get(path).status_code == 422


def test_a_forged_or_foreign_token_is_no_invitation(east: Floor, stranger: Browser) -> None:
    from silkcast.kernel.http import signed

    for token in ("nonsense", signed("events", base="x", topics=[]), signed("invitation", person=str(new_id()))):
        answer = stranger.get(f"/invitation/{token}")
        assert answer.status_code in {401, 422}
        assert "<form method" not in answer.content.decode().partition("<main")[2]


def test_roles_are_granted_and_withdrawn_but_not_the_last_operators(east: Floor, operator: Browser) -> None:
    host = east.people[Role.HOST]
    operator.post("/control/people/grant", hx=True, person_id=host.id, role="crew")
    assert roles(east, host.email) == {Role.HOST, Role.CREW}
    grant = next(g for p in list_people(east.ctx) if p.id == host.id for g in p.grants if g.role is Role.CREW)
    operator.post("/control/people/withdraw", hx=True, person_id=host.id, grant_id=grant.id)
    assert roles(east, host.email) == {Role.HOST}
    own = east.people[Role.OPERATOR]
    last = operator.post("/control/people/withdraw", hx=True, person_id=own.id, grant_id=own.grants[0].id)
    assert 'data-code="base.last_operator"' in last.content.decode()


def roles(floor: Floor, email: str) -> set[Role]:
    return {grant.role for person in list_people(floor.ctx) if person.email == email for grant in person.grants}


def test_a_merchants_role_names_its_merchant(east: Floor, operator: Browser) -> None:
    sent = {"name": "Seller", "email": "seller@new.test", "role": "merchant"}
    refused = operator.post("/control/people", hx=True, **sent)
    assert 'data-field="merchant_id"' in refused.content.decode()
    assert operator.post("/control/people", hx=True, **sent, merchant_id=east.base.merchants[1]).status_code == 200


def test_a_key_is_shown_once_works_and_is_revoked(east: Floor, operator: Browser) -> None:
    sent = {"name": "ERP", "scopes": ["orders.read", "ledger.read"], "request_id": str(new_id())}
    key = key_in(operator.post("/control/keys", hx=True, **sent), "new-api-key")
    assert key_in(operator.post("/control/keys", hx=True, **sent), "new-api-key") == key
    assert key not in operator.get("/control/keys").content.decode()
    base_id, view = known_key(key)
    assert (base_id, view.scopes, view.prefix) == (east.base.ctx.base_id, ("orders.read", "ledger.read"), key[:8])
    operator.post("/control/keys/revoke", hx=True, key_id=view.id)
    with pytest.raises(Unauthenticated):
        known_key(key)


def test_a_key_may_be_one_merchants_alone(east: Floor, operator: Browser) -> None:
    merchant = east.base.merchants[1]
    sent = {"name": "Seller's ERP", "merchant_id": merchant}
    refused = operator.post("/control/keys", hx=True, **sent, scopes=["orders.read", "people.read"]).content.decode()
    assert 'data-field="scopes"' in refused
    assert "Read people and roles" in refused
    key = key_in(operator.post("/control/keys", hx=True, **sent, scopes=["orders.read"]), "new-api-key")
    assert known_key(key)[1].merchant_id == merchant
    assert "of east merchant 2 alone" in operator.get("/control/keys").content.decode()


def test_a_key_needs_a_scope_that_exists(east: Floor, operator: Browser) -> None:
    for scopes in ([], ["everything"]):
        answer = operator.post("/control/keys", hx=True, name="ERP", scopes=scopes)
        assert answer.status_code == 422
        assert 'data-field="scopes"' in answer.content.decode()


@pytest.mark.parametrize("role", [Role.CREW, Role.HOST, Role.FINANCE, Role.MERCHANT])
def test_only_operators_set_up(east: Floor, enter: Enter, role: Role) -> None:
    browser = enter(east.people[role])
    room = f"/control/rooms/{east.room_id}"
    posts: dict[str, dict[str, Any]] = {
        "/control/destinations": {**DESTINATION, "stream_key": "k"},
        f"/control/destinations/{east.destination_id}/remove": {},
        f"{room}/cameras": {"name": "X"},
        f"{room}/cameras/rotate": {"camera_id": east.cameras[0]},
        f"{room}/scenes": {"name": "X", "layout": "full", "cameras": [str(east.cameras[0])]},
        "/control/people": {"name": "X", "email": "x@x.test", "role": "operator"},
        "/control/people/grant": {"person_id": east.people[role].id, "role": "operator"},
        "/control/keys": {"name": "X", "scopes": ["orders.read"]},
    }
    for path, sent in posts.items():
        assert browser.post(path, hx=True, **sent).status_code == 403, path
