from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Platform
from silkcast.domains.studio.errors import (
    DestinationNotPublic,
    DestinationsFull,
    DestinationTaken,
    DestinationUrlInvalid,
    DestinationUrlNamesUser,
    NameTaken,
    OwnShopFixed,
    StreamKeyInvalid,
    StreamKeyWanted,
)
from silkcast.domains.studio.events import DestinationRemoved, DestinationSet
from silkcast.domains.studio.models import Destination
from silkcast.domains.studio.stream_keys import subject_of_key
from silkcast.kernel.errors import Invalid, Missing
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import AuditEntry, OutboxEvent
from silkcast.kernel.storage.keys import keyring

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage

TODAY = date(2026, 11, 22)  # noon UTC is evening of the same day in the base's zone


def wanted(**change: Any) -> studio.SetDestination:
    return studio.SetDestination(
        **{
            "name": "TikTok",
            "platform": Platform.TIKTOK,
            "url": "rtmp://push.example/live",
            "stream_key": "live-key-0123456789",
            "fee_bp": 500,
            **change,
        }
    )


def unsealed(stage: Stage, destination_id: UUID) -> bytes | None:
    sealed = Destination.objects.scoped(stage.ctx).one(id=destination_id).sealed_key
    assert sealed is not None
    return keyring().unseal(subject_of_key(destination_id), bytes(sealed))


def test_a_destination_is_kept_with_its_stream_key_sealed(east: Stage) -> None:
    added = east.does(wanted()).destination_id
    view = studio.get_destination(east.ctx, added, TODAY)
    assert (view.name, view.platform, view.url) == ("TikTok", Platform.TIKTOK, "rtmp://push.example/live")
    assert (view.key_ending, view.fee_bp, view.fee_from) == ("6789", 500, TODAY)
    assert unsealed(east, added) == b"live-key-0123456789"
    row = Destination.objects.scoped(east.ctx).one(id=added)
    assert b"live-key" not in bytes(row.sealed_key or b"")
    assert east.facts(DestinationSet) == [
        DestinationSet(destination_id=added, platform="tiktok", fee_bp=500, fee_from=TODAY)
    ]


def test_the_stream_key_is_in_no_audit_row_and_no_event(east: Stage) -> None:
    east.does(wanted(), key="k")
    written = [row.request for row in AuditEntry.objects.of(east.ctx.base_id)]
    written += [row.body for row in OutboxEvent.objects.of(east.ctx.base_id)]
    assert not [text for text in written if "0123456789" in text]


def test_an_empty_stream_key_keeps_the_one_that_is_sealed(east: Stage) -> None:
    added = east.does(wanted()).destination_id
    east.does(wanted(destination_id=added, name="TikTok US", stream_key=""))
    assert studio.get_destination(east.ctx, added, TODAY).name == "TikTok US"
    assert unsealed(east, added) == b"live-key-0123456789"
    east.does(wanted(destination_id=added, stream_key="another-key-abcdef"))
    assert unsealed(east, added) == b"another-key-abcdef"
    assert studio.get_destination(east.ctx, added, TODAY).key_ending == "cdef"


@pytest.mark.parametrize(
    "url",
    [
        "rtmp://elsewhere.example/live",
        "rtmps://push.example/live",
        "rtmp://push.example:1936/live",
        "rtmp://push.example.elsewhere.example/live",
    ],
)
def test_a_sealed_key_goes_to_no_other_server_than_its_own(east: Stage, url: str) -> None:
    added = east.does(wanted()).destination_id
    with pytest.raises(StreamKeyWanted) as refused:
        east.does(wanted(destination_id=added, url=url, stream_key=""))
    assert refused.value.facts["field"] == "stream_key"
    assert studio.get_destination(east.ctx, added, TODAY).url == "rtmp://push.example/live"
    east.does(wanted(destination_id=added, url=url, stream_key="typed-again-1234"))
    assert unsealed(east, added) == b"typed-again-1234"


@pytest.mark.parametrize(
    "url", ["rtmp://push.example/app2", "RTMP://PUSH.EXAMPLE:1935/live/", "rtmp://push.example/a?b=1"]
)
def test_a_sealed_key_stays_while_the_server_does(east: Stage, url: str) -> None:
    added = east.does(wanted()).destination_id
    east.does(wanted(destination_id=added, url=url, stream_key=""))
    assert unsealed(east, added) == b"live-key-0123456789"
    assert studio.get_destination(east.ctx, added, TODAY).url == url


def test_a_short_stream_key_tells_nothing_of_itself(east: Stage) -> None:
    added = east.does(wanted(stream_key="secret")).destination_id
    assert studio.get_destination(east.ctx, added, TODAY).key_ending == ""


def test_a_fee_holds_from_its_day_on(east: Stage) -> None:
    added = east.does(wanted(fee_bp=500, fee_from=date(2026, 11, 1))).destination_id
    east.does(wanted(destination_id=added, fee_bp=650, fee_from=date(2026, 12, 1)))
    days = {
        date(2026, 10, 31): 0,
        date(2026, 11, 1): 500,
        date(2026, 11, 30): 500,
        date(2026, 12, 1): 650,
        date(2027, 6, 1): 650,
    }
    assert {day: studio.fee_at(east.ctx, added, day) for day in days} == days
    assert studio.get_destination(east.ctx, added, date(2026, 12, 5)).fee_from == date(2026, 12, 1)


def test_a_fee_entered_twice_for_one_day_is_corrected(east: Stage) -> None:
    added = east.does(wanted(fee_bp=500)).destination_id
    east.does(wanted(destination_id=added, fee_bp=550))
    assert studio.fee_at(east.ctx, added, TODAY) == 550
    east.does(wanted(destination_id=added, fee_bp=550, fee_from=date(2026, 12, 1)))
    assert studio.get_destination(east.ctx, added, date(2026, 12, 5)).fee_from == TODAY


@pytest.mark.parametrize(
    "url",
    [
        "",
        "push.example/live",
        "http://push.example/live",
        "rtmp://",
        "rtmp:///live",
        "rtmp://push.example:port/live",
        "rtmp://push.example",
        "rtmp://push.example?vhost=x",
        "rtmp://push.example/live\r\nx",
        "rtmp://push example/live",
        "rtmp://push.example/" + "x" * 300,
    ],
)
def test_an_address_that_cannot_be_pushed_to_is_refused(east: Stage, url: str) -> None:
    before = east.marks()
    with pytest.raises(DestinationUrlInvalid):
        east.does(wanted(url=url))
    assert studio.list_destinations(east.ctx, TODAY) == []
    assert east.marks() == before


@pytest.mark.parametrize("key", ["live key", "live\nkey", "live-key\u200b", "k" * 501, "\ud800"])
def test_a_key_that_was_copied_with_more_than_itself_is_refused(east: Stage, key: str) -> None:
    before = east.marks()
    with pytest.raises(StreamKeyInvalid) as refused:
        east.does(wanted(stream_key=key))
    assert refused.value.facts == {"field": "stream_key", "most": 500}
    assert east.marks() == before


@pytest.mark.parametrize("key", ["ab12/CD34", "ab12#CD34", "ab12?x=1&s=a/b#z", "50%25&", "键-κλειδί-0123456789"])
def test_the_room_is_told_the_address_and_the_key_as_they_were_typed(east: Stage, key: str) -> None:
    east.does(wanted(url=" rtmp://push.example/live/main?vhost=x/ \n", stream_key=f"\t{key}\r\n"))
    show_id = east.live()
    document = next(d for d in studio.room_documents(east.ctx.at) if d["show_id"] == str(show_id))
    assert [(d["server"], d["key"]) for d in document["destinations"]] == [
        ("rtmp://push.example/live/main?vhost=x/", key)
    ]


PRIVATE = ["10.1.2.3", "169.254.169.254", "[fd00:1::7]", "[::ffff:10.1.2.3]", "167837955", "0x0a010203", "10.66051"]
OWN = ["127.0.0.1", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]


@pytest.mark.parametrize("host", [*PRIVATE, *OWN])
def test_a_real_base_pushes_into_no_private_network(west: Stage, host: str) -> None:
    before = west.marks()
    with pytest.raises(DestinationNotPublic) as refused:
        west.does(wanted(url=f"rtmp://{host}/live"))
    assert refused.value.facts == {"field": "url"}
    assert west.marks() == before


def test_a_real_base_pushes_into_a_network_that_was_named(west: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SILKCAST_PRIVATE_DESTINATIONS", "10.1.0.0/16, fd00:1::/48")
    for number, host in enumerate(["10.1.2.3", "[fd00:1::7]", "167837955"]):
        west.does(wanted(name=f"Ours {number}", url=f"rtmp://{host}/live"))
    with pytest.raises(DestinationNotPublic):
        west.does(wanted(url="rtmp://10.2.0.1/live"))


def test_a_simulated_base_pushes_to_this_machine_and_into_no_other_private_network(east: Stage) -> None:
    for number, host in enumerate(OWN):
        east.does(wanted(name=f"Ours {number}", url=f"rtmp://{host}/live"))
    for host in PRIVATE:
        with pytest.raises(DestinationNotPublic):
            east.does(wanted(url=f"rtmp://{host}/live"))


def test_a_name_is_looked_up_before_it_is_kept_and_one_that_nobody_knows_is_kept(east: Stage, west: Stage) -> None:
    studio.require_reachable(east.ctx, "rtmp://localhost/live")
    with pytest.raises(DestinationNotPublic):
        studio.require_reachable(west.ctx, "rtmp://localhost/live")
    studio.require_reachable(west.ctx, f"rtmp://{'x' * 63}.{'y' * 63}.invalid/live")
    studio.require_reachable(west.ctx, "no address at all")


def test_an_address_that_ends_with_its_key_is_taken_apart_and_the_key_sealed(east: Stage) -> None:
    added = east.does(wanted(url="rtmp://push.example/live/s3cret-key-4567?t=1/2", stream_key="")).destination_id
    view = studio.get_destination(east.ctx, added, TODAY)
    assert (view.url, view.key_ending) == ("rtmp://push.example/live", "=1/2")
    assert unsealed(east, added) == b"s3cret-key-4567?t=1/2"
    east.does(wanted(destination_id=added, url="rtmp://push.example/live/main", stream_key=""))
    assert studio.get_destination(east.ctx, added, TODAY).url == "rtmp://push.example/live/main"
    assert unsealed(east, added) == b"s3cret-key-4567?t=1/2"


def test_a_user_name_and_password_are_refused_and_where_they_were_kept_never_shown(east: Stage) -> None:
    before = east.marks()
    with pytest.raises(DestinationUrlNamesUser) as refused:
        east.does(wanted(url="rtmp://ann:pa55@push.example/live"))
    assert "pa55" not in str(refused.value.facts)
    assert east.marks() == before
    added = east.destination()
    Destination.objects.scoped(east.ctx).filter(id=added).update(url="rtmp://ann:pa55@push.example/live")
    assert studio.get_destination(east.ctx, added, TODAY).url == "rtmp://•••@push.example/live"


@pytest.mark.parametrize("change", [{"name": " "}, {"fee_bp": -1}, {"fee_bp": 10_001}, {"stream_key": "two words"}])
def test_a_destination_that_makes_no_sense_is_refused(east: Stage, change: dict[str, Any]) -> None:
    before = east.marks()
    with pytest.raises(Invalid):
        east.does(wanted(**change))
    assert studio.list_destinations(east.ctx, TODAY) == []
    assert east.marks() == before


def test_a_name_stands_once_in_a_base_and_is_free_again_after_removal(east: Stage, west: Stage) -> None:
    added = east.does(wanted()).destination_id
    before = east.marks()
    with pytest.raises(NameTaken):
        east.does(wanted(url="rtmps://other.example/live"))
    assert east.marks() == before
    west.does(wanted())
    east.does(studio.RemoveDestination(destination_id=added))
    assert east.does(wanted()).destination_id != added


def test_a_removed_destination_loses_its_key_and_stays_on_the_shows_that_named_it(east: Stage) -> None:
    tiktok = east.destination()
    show_id = east.live()
    version = east.version(show_id)
    for _ in range(2):
        east.does(studio.RemoveDestination(destination_id=tiktok))
    row = Destination.objects.scoped(east.ctx).one(id=tiktok)
    assert (row.sealed_key, row.key_ending, row.removed_at) == (None, "", east.ctx.at)
    assert [(d.id, d.is_enabled) for d in studio.list_show_destinations(east.ctx, show_id)] == [(tiktok, False)]
    assert [d.platform for d in studio.list_destinations(east.ctx, TODAY)] == [Platform.OWN_SHOP]
    assert east.version(show_id) == version + 1
    assert east.facts(DestinationRemoved) == [DestinationRemoved(destination_id=tiktok)]
    with pytest.raises(Missing):
        east.does(wanted(destination_id=tiktok))


def test_shows_on_air_hear_of_a_changed_address(east: Stage) -> None:
    tiktok = east.destination()
    on_air, later = east.live(), east.planned("Later")
    versions = east.version(on_air), east.version(later)
    east.does(wanted(destination_id=tiktok, url="rtmps://push.example/live"))
    assert (east.version(on_air), east.version(later)) == (versions[0] + 1, versions[1])


def test_the_own_shop_opens_once_and_only_its_fee_changes(east: Stage) -> None:
    opened = east.does(studio.OpenOwnShop(fee_bp=200, fee_from=date(2026, 1, 1))).destination_id
    assert east.does(studio.OpenOwnShop(fee_bp=300, fee_from=date(2026, 11, 20))).destination_id == opened
    assert studio.own_shop_destination(east.ctx, date(2026, 5, 1)).fee_bp == 200
    assert studio.own_shop_destination(east.ctx, TODAY).fee_bp == 300
    before = east.marks()
    for request in (
        studio.RemoveDestination(destination_id=opened),
        wanted(platform=Platform.OWN_SHOP, url="", stream_key=""),
        wanted(destination_id=opened),
        wanted(destination_id=opened, platform=Platform.OWN_SHOP),
    ):
        with pytest.raises(OwnShopFixed):
            east.does(request)
    assert east.marks() == before
    east.does(
        wanted(
            destination_id=opened,
            name="Our shop",
            platform=Platform.OWN_SHOP,
            url="",
            stream_key="",
            fee_bp=250,
            fee_from=date(2026, 12, 1),
        )
    )
    own = studio.own_shop_destination(east.ctx, date(2026, 12, 1))
    assert (own.id, own.name, own.fee_bp) == (opened, "Our shop", 250)


def test_a_base_without_own_shop_says_so(east: Stage) -> None:
    with pytest.raises(Missing):
        studio.own_shop_destination(east.ctx, TODAY)
    with pytest.raises(Missing):
        studio.fee_at(east.ctx, new_id(), TODAY)
    with pytest.raises(Invalid):
        east.does(studio.OpenOwnShop(fee_bp=10_001))


def test_the_database_itself_keeps_one_own_shop_that_is_pushed_to_nowhere(east: Stage) -> None:
    east.does(studio.OpenOwnShop(fee_bp=0))
    second = Destination(base_id=east.ctx.base_id, name="Second", platform=Platform.OWN_SHOP.value)
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(force_insert=True)
    pushed = Destination(base_id=east.ctx.base_id, name="Nowhere", platform=Platform.TIKTOK.value, url="")
    with pytest.raises(IntegrityError, match="only_the_own_shop"), transaction.atomic():
        pushed.save(force_insert=True)


def test_a_base_pushes_to_sixteen_destinations(east: Stage) -> None:
    east.does(studio.OpenOwnShop(fee_bp=0))
    added = [east.destination(f"Destination {number}") for number in range(16)]
    before = east.marks()
    with pytest.raises(DestinationsFull):
        east.destination("One too many")
    assert east.marks() == before
    east.does(studio.RemoveDestination(destination_id=added[0]))
    east.destination("Another")
    assert len(studio.list_destinations(east.ctx, TODAY)) == 17


def test_no_two_destinations_push_to_one_place_with_one_key(east: Stage, west: Stage) -> None:
    first = east.does(wanted()).destination_id
    for same in (
        wanted(name="Again"),
        wanted(name="Again", url="rtmp://PUSH.example:1935/live"),
        wanted(name="Again", url="rtmp://push.example/live/live-key-0123456789", stream_key=""),
    ):
        with pytest.raises(DestinationTaken) as refused:
            east.does(same)
        assert refused.value.facts == {"field": "stream_key", "name": "TikTok"}
    for other in (
        wanted(name="Other key", stream_key="live-key-9"),
        wanted(name="Other app", url="rtmp://push.example/other"),
        wanted(name="Over TLS", url="rtmps://push.example/live"),
    ):
        added = east.does(other).destination_id
    with pytest.raises(DestinationTaken):
        east.does(wanted(name="Over TLS", destination_id=added))
    east.does(wanted(fee_bp=600, destination_id=first))  # itself is no other
    east.does(studio.RemoveDestination(destination_id=first))
    east.does(wanted(name="Anew"))
    west.does(wanted())
