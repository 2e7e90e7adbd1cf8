"""The base's own settings, and pages of a base whose stored time zone is none."""

from __future__ import annotations

import pytest
from tests.domains.control_room.floor import Browser, Enter, Floor
from tests.domains.control_room.pages.test_every_page import PAGES, address

from silkcast.domains.base.api import get_base
from silkcast.domains.base.contracts import Role
from silkcast.domains.base.models import Base, Room


def test_name_and_zone_are_set(east: Floor, operator: Browser) -> None:
    answer = operator.post("/control/base", name="Harbour", time_zone="Europe/Berlin")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/control/base")
    found = get_base(east.base.ctx.base_id)
    assert (found.name, found.time_zone) == ("Harbour", "Europe/Berlin")


def test_what_cannot_be_comes_back_beside_its_field(east: Floor, operator: Browser) -> None:
    answer = operator.post("/control/base", name="", time_zone="Asia/Beijing")
    assert answer.status_code == 422
    assert set(answer.context_data["refusal"]["fields"]) == {"name", "time_zone"}
    assert get_base(east.base.ctx.base_id).name == "Base east"


@pytest.mark.parametrize("zone", ["Asia/Beijing", ""])
def test_a_stored_zone_that_is_none_breaks_no_page_and_is_said(
    east: Floor, operator: Browser, enter: Enter, stranger: Browser, zone: str
) -> None:
    Base.objects.filter(id=east.base.ctx.base_id).update(time_zone=zone)
    Room.objects.of(east.base.ctx.base_id).update(time_zone=zone)
    for page in [*PAGES, "/control/base"]:
        answer = operator.get(address(east, page))
        assert answer.status_code == 200, page
        if "events" not in page:  # that one is a fragment
            assert "Set the time zone" in answer.content.decode(), page
    told = enter(east.people[Role.CREW]).get("/control/shows").content.decode()
    assert "An operator can set it." in told
    assert "Set the time zone" not in told
    assert stranger.get("/?base=east").status_code in {200, 302}
    operator.post("/control/base", name="Base east", time_zone="Asia/Shanghai")
    assert "Set the time zone" not in operator.get("/control/shows").content.decode()


def test_a_base_by_the_api_keeps_to_the_same_rules(east: Floor) -> None:
    from django.test import Client

    from silkcast.domains.base import api as base

    key = base.fresh_key()
    scopes = ("base.write",)
    east.does(base.MakeApiKey(name="x", scopes=scopes, digest=base.digest_of_key(key), prefix=key[:8]))
    program = Client(headers={"Authorization": f"Bearer {key}"})
    for sent, status in (({"time_zone": "Asia/Beijing"}, 422), ({"name": ""}, 422), ({"time_zone": "Asia/Tokyo"}, 200)):
        assert program.post("/api/v1/base", sent, content_type="application/json").status_code == status, sent
    assert program.get("/api/v1/me").json()["base"]["time_zone"] == "Asia/Tokyo"
