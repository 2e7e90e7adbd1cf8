"""What a new base may be called, where it may lie, and who runs it: refused before anything is written."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from tests.cast import PASSWORD, Cast
from tests.project.world import rows_of

from silkcast.domains.base import api as base
from silkcast.domains.base.actions.rooms import RoomNameTaken
from silkcast.domains.base.contracts import BaseKind, RoomKind
from silkcast.domains.base.errors import EmailTaken
from silkcast.domains.base.models import Base, Person, Room
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.storage.turns import in_transaction

GOOD = base.Founding(
    slug="harbour-2",
    name="Harbour 港",
    kind=BaseKind.REAL,
    currency="USD",
    time_zone="Europe/Berlin",
    operator_email="Somebody@Example.test",
    operator_name="Somebody",
    password=PASSWORD,
)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"time_zone": "Asia/Beijing"}, "kernel.zone_unknown"),
        ({"time_zone": ""}, "kernel.zone_unknown"),
        ({"time_zone": "asia/shanghai"}, "kernel.zone_unknown"),
        ({"time_zone": "../etc/passwd"}, "kernel.zone_unknown"),
        ({"time_zone": "localtime"}, "kernel.zone_unknown"),
        ({"slug": "My Shop/1"}, "base.slug_invalid"),
        ({"slug": ""}, "base.slug_invalid"),
        ({"slug": "a--b"}, "base.slug_invalid"),
        ({"slug": "harbour\n"}, "base.slug_invalid"),
        ({"slug": "x" * 41}, "base.slug_invalid"),
        ({"slug": "east"}, "base.slug_taken"),
        ({"name": "  "}, "kernel.name_invalid"),
        ({"name": "x" * 81}, "kernel.name_invalid"),
        ({"name": "two\nlines"}, "kernel.name_invalid"),
        ({"operator_name": ""}, "kernel.name_invalid"),
        ({"currency": "usd"}, "money.currency_unknown"),
        ({"currency": "BTC"}, "money.currency_unknown"),
        ({"operator_email": "not an email"}, "kernel.email_invalid"),
        ({"operator_email": "@"}, "kernel.email_invalid"),
        ({"operator_email": "a b@c.de"}, "kernel.email_invalid"),
        ({"operator_email": "OPERATOR@WEST.test"}, "base.email_taken"),
        ({"password": "short"}, "base.password_weak"),
        ({"password": "somebody@example"}, "base.password_weak"),
    ],
)
def test_a_base_that_could_not_live_is_refused_and_nothing_is_written(
    cast: Cast, changed: dict[str, Any], code: str
) -> None:
    before = Base.objects.count(), Person.objects.count()
    with pytest.raises(SilkcastError) as refused:
        base.found_base(replace(GOOD, **changed))
    assert refused.value.code == code
    assert (Base.objects.count(), Person.objects.count()) == before


def test_a_good_one_is_kept_as_it_is_meant(cast: Cast) -> None:
    made = base.found_base(replace(GOOD, name=" Harbour 港 "))
    assert (made.slug, made.name, made.time_zone, made.unknown_zone) == ("harbour-2", "Harbour 港", "Europe/Berlin", "")
    person = base.find_person("somebody@EXAMPLE.test")
    assert person is not None
    assert (person.email, person.base_id) == ("somebody@example.test", made.id)


def broken(own: Any, zone: str) -> None:
    """As a base was stored before anybody looked."""
    with in_transaction(own.ctx.base_id):
        Base.objects.filter(id=own.ctx.base_id).update(time_zone=zone)


@pytest.mark.parametrize(("stored", "told"), [("Asia/Beijing", "Asia/Beijing"), ("", "-")])
def test_a_zone_that_is_none_is_read_as_utc_and_named(cast: Cast, stored: str, told: str) -> None:
    broken(cast.east, stored)
    for found in (base.get_base(cast.east.ctx.base_id), base.find_base("east")):
        assert found is not None
        assert (found.time_zone, found.unknown_zone) == ("UTC", told)


def test_rooms_follow_their_base_to_another_zone_and_none_of_another_base(cast: Cast) -> None:
    for own in (cast.east, cast.west):
        own.does(base.AddRoom(name="Hall", kind=RoomKind.HALL))
    own_zone = cast.east.does(base.AddRoom(name="Far away", kind=RoomKind.STANDARD)).added_room_id
    Room.objects.of(cast.east.ctx.base_id).filter(id=own_zone).update(time_zone="America/New_York")
    cast.east.does(base.SetBase(time_zone="Europe/Berlin"))
    assert [room.time_zone for room in base.list_rooms(cast.east.ctx)] == ["Europe/Berlin", "America/New_York"]
    assert [room.time_zone for room in base.list_rooms(cast.west.ctx)] == ["Asia/Shanghai"]
    assert base.get_base(cast.east.ctx.base_id).name == "Base east"


@pytest.mark.parametrize("wanted", [base.SetBase(time_zone="Asia/Beijing"), base.SetBase(name=" ")])
def test_a_base_is_not_set_to_what_it_could_not_be_founded_with(cast: Cast, wanted: base.SetBase) -> None:
    before = rows_of(cast.east.ctx.base_id)
    with pytest.raises(SilkcastError):
        cast.east.does(wanted)
    assert rows_of(cast.east.ctx.base_id) == before


def test_an_encoded_domain_is_the_account_of_the_readable_one(cast: Cast) -> None:
    made = base.found_base(replace(GOOD, slug="shop-cn", operator_email="Ops@商店.example"))
    for written in ("ops@商店.example", "OPS@xn--czrs0t.example"):
        person = base.find_person(written)
        assert person is not None
        assert (person.base_id, person.email) == (made.id, "ops@商店.example")
        with pytest.raises(EmailTaken):
            base.found_base(replace(GOOD, slug="again", operator_email=written))


def test_accounts_of_encoded_domains_that_were_there_are_found(cast: Cast) -> None:
    made = base.found_base(replace(GOOD, slug="shop-cn", operator_email="ops@商店.example"))
    Person.objects.filter(base_id=made.id).update(email="ops@xn--czrs0t.example")
    import_module("silkcast.domains.base.migrations.0004_one_account_per_mailbox").fill(apps, None)
    assert set(Person.objects.filter(base_id=made.id).values_list("email", flat=True)) == {"ops@商店.example"}


def test_rooms_have_names_that_differ_as_they_look(cast: Cast) -> None:
    cast.east.does(base.AddRoom(name="Hall 2", kind=RoomKind.HALL))
    for alike in ("Hall 2", "HALL 2 ", "Ｈａｌｌ ２"):
        with pytest.raises(RoomNameTaken):
            cast.east.does(base.AddRoom(name=alike, kind=RoomKind.HALL))
    cast.west.does(base.AddRoom(name="Hall 2", kind=RoomKind.HALL))
