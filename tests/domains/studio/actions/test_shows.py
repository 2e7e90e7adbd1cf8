from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from silkcast.domains.base import api as base
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, LineState, Picture, Platform, ShowState
from silkcast.domains.studio.errors import RoomOnAir, RoomWithoutCamera, ShowNotLive, ShowOver
from silkcast.domains.studio.events import PitchEnded, ShowDestinationSet, ShowEnded, ShowPlanned, ShowWentLive
from silkcast.domains.studio.models import Show
from silkcast.kernel.errors import Invalid, Missing
from silkcast.kernel.ids import PersonId, RoomId, ShowId, new_id
from silkcast.kernel.money import CurrencyUnknown

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def test_planning_numbers_shows_and_prepares_the_first_scene(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    east.does(studio.AddScene(room_id=east.room_id, name="Both", layout=Layout.SIDE_BY_SIDE, camera_ids=(front, table)))
    first, second = east.planned("First"), east.planned("Second")
    assert [show.number for show in studio.list_shows(east.ctx).items] == [2, 1]
    assert [show.id for show in studio.list_shows(east.ctx).items] == [second, first]
    programme = studio.get_programme(east.ctx, first)
    assert (programme.layout, programme.camera_ids) == (Layout.SIDE_BY_SIDE, (front, table))
    assert east.facts(ShowPlanned) == [
        ShowPlanned(show_id=first, room_id=east.room_id, number=1, planned_at=None),
        ShowPlanned(show_id=second, room_id=east.room_id, number=2, planned_at=None),
    ]


def test_a_show_goes_to_the_usual_destinations_unless_told_otherwise(east: Stage) -> None:
    tiktok, youtube = east.destination("TikTok"), east.destination("YouTube")
    every = east.planned()
    only = east.does(
        studio.PlanShow(room_id=east.room_id, title="One", language="en", currency="USD", destination_ids=(youtube,))
    ).show_id

    def enabled(show_id: ShowId) -> dict[object, bool]:
        return {d.id: d.is_enabled for d in studio.list_show_destinations(east.ctx, show_id)}

    assert enabled(every) == {tiktok: True, youtube: True}
    assert enabled(only) == {tiktok: False, youtube: True}


def test_a_new_show_goes_to_the_destinations_that_are_on_for_new_shows(east: Stage) -> None:
    def enabled(show_id: ShowId) -> dict[object, bool]:
        return {d.id: d.is_enabled for d in studio.list_show_destinations(east.ctx, show_id)}

    tiktok, youtube = east.destination("TikTok"), east.destination("YouTube", in_new_shows=False)
    assert enabled(east.planned()) == {tiktok: True, youtube: False}
    change = studio.SetDestination(
        destination_id=tiktok,
        name="TikTok",
        platform=Platform.TIKTOK,
        url="rtmp://push.example/live",
        fee_bp=500,
    )
    east.does(change)  # what is not said stays as it is
    before = east.planned()
    assert enabled(before) == {tiktok: True, youtube: False}
    east.does(replace(change, in_new_shows=False))
    assert enabled(east.planned()) == {tiktok: False, youtube: False}
    assert enabled(before) == {tiktok: True, youtube: False}


def test_an_added_destination_joins_planned_shows_by_the_same_rule_and_never_one_on_air(east: Stage) -> None:
    def enabled(show_id: ShowId) -> list[str]:
        return [d.name for d in studio.list_show_destinations(east.ctx, show_id) if d.is_enabled]

    east.camera()
    live, planned = east.planned(), east.planned()
    east.does(studio.GoLive(show_id=live))
    added = east.destination("TikTok")
    east.destination("YouTube", in_new_shows=False)
    assert (enabled(live), enabled(planned), enabled(east.planned())) == ([], ["TikTok"], ["TikTok"])
    assert east.facts(ShowDestinationSet) == [
        ShowDestinationSet(show_id=planned, destination_id=added, enabled=True, attempt=0)
    ]


def test_planning_opens_the_own_shop_of_a_base_once(east: Stage) -> None:
    east.planned()
    east.planned()
    assert [d.platform for d in studio.list_destinations(east.ctx, east.ctx.at.date())] == ["own_shop"]


def test_the_host_is_named_on_air_as_wished_and_the_audit_keeps_the_id_alone(east: Stage) -> None:
    person = base.list_people(east.ctx)[0]
    plan = studio.PlanShow(
        room_id=east.room_id, title="T", language="en", currency="USD", host_id=person.id, host_name="Auntie Lin"
    )
    named = studio.get_show(east.ctx, east.does(plan).show_id)
    assert (named.host_id, named.host_name) == (person.id, "Auntie Lin")
    from silkcast.kernel.models import AuditEntry

    written = AuditEntry.objects.of(east.ctx.base_id).filter(action="studio.plan_show").one()
    assert "Auntie" not in written.request
    assert str(person.id) in written.request


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"title": "  "}, Invalid),
        ({"title": "x" * 121}, Invalid),
        ({"language": "English"}, Invalid),
        ({"currency": "XXX"}, CurrencyUnknown),
        ({"room_id": RoomId(new_id())}, Missing),
        ({"host_id": PersonId(new_id())}, Missing),
        ({"destination_ids": (new_id(),)}, Missing),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    east: Stage, change: dict[str, object], refusal: type[Exception]
) -> None:
    before = east.marks()
    plan = {"room_id": east.room_id, "title": "T", "language": "en", "currency": "USD", **change}
    with pytest.raises(refusal):
        east.does(studio.PlanShow(**plan))  # type: ignore[arg-type]
    assert studio.list_shows(east.ctx).total == 0
    assert east.marks() == before


def test_planning_twice_under_one_key_plans_one_show(east: Stage) -> None:
    plan = studio.PlanShow(room_id=east.room_id, title="T", language="en", currency="USD")
    first, again = east.does(plan, key="k1"), east.does(plan, key="k1")
    assert str(first.show_id) == again["show_id"]
    assert studio.list_shows(east.ctx).total == 1


def test_programme_time_starts_when_a_show_goes_live(east: Stage) -> None:
    east.camera()
    show_id = east.planned()
    east.does(studio.GoLive(show_id=show_id), seconds=90)
    show = studio.get_show(east.ctx, show_id)
    assert (show.state, show.started_at) == (ShowState.LIVE, east.at(90).at)
    assert studio.programme_ms(show, east.at(100).at) == 10_000
    assert east.facts(ShowWentLive) == [ShowWentLive(show_id=show_id, room_id=east.room_id, started_at=east.at(90).at)]


def test_going_live_again_changes_nothing(east: Stage) -> None:
    show_id = east.live()
    east.does(studio.GoLive(show_id=show_id), seconds=60)
    assert studio.get_show(east.ctx, show_id).started_at == east.ctx.at
    assert len(east.facts(ShowWentLive)) == 1


def test_a_room_has_one_show_on_air(east: Stage) -> None:
    first, second = east.live("First"), east.planned("Second")
    before = east.marks()
    with pytest.raises(RoomOnAir) as refusal:
        east.does(studio.GoLive(show_id=second))
    assert refusal.value.facts == {"number": 1, "title": "First"}
    assert studio.get_show(east.ctx, second).state is ShowState.PLANNED
    assert east.marks() == before
    east.does(studio.EndShow(show_id=first), seconds=10)
    east.does(studio.GoLive(show_id=second), seconds=11)
    assert [show.id for show in studio.list_live_shows(east.ctx)] == [second]


def test_the_database_itself_holds_one_live_show_per_room(east: Stage) -> None:
    east.live("First")
    second = east.planned("Second")
    with pytest.raises(IntegrityError, match=r"room_id|one_live_show"), transaction.atomic():
        Show.objects.scoped(east.ctx).filter(id=second).update(state="live", started_at=east.ctx.at)


def test_two_rooms_are_on_air_at_once(east: Stage) -> None:
    one, two = east.live("One"), east.live("Two", room_id=east.room())
    assert {show.id for show in studio.list_live_shows(east.ctx)} == {one, two}
    show = studio.find_live_show(east.ctx, east.room_id)
    assert show is not None
    assert show.id == one


def test_a_room_without_a_camera_does_not_go_live(east: Stage) -> None:
    show_id = east.planned()
    before = east.marks()
    with pytest.raises(RoomWithoutCamera):
        east.does(studio.GoLive(show_id=show_id))
    assert studio.get_show(east.ctx, show_id).state is ShowState.PLANNED
    assert east.marks() == before


def test_a_show_takes_the_room_as_it_is_when_it_goes_live(east: Stage) -> None:
    gone, kept = east.camera("Old"), east.camera("New")
    show_id = east.planned()
    east.does(studio.SwitchScene(show_id=show_id, layout=Layout.PICTURE_IN_PICTURE, camera_ids=(gone, kept)))
    east.does(studio.RemoveCamera(room_id=east.room_id, camera_id=gone))
    picture = Picture(width=640, height=360, fps=25, video_kbps=900, preset="ultrafast", delay_ms=4000)
    east.does(studio.SetRoomPicture(room_id=east.room_id, picture=picture))
    east.does(studio.GoLive(show_id=show_id))
    programme = studio.get_programme(east.ctx, show_id)
    assert (programme.layout, programme.camera_ids, programme.picture) == (Layout.FULL, (kept,), picture)


def test_versions_rise_from_show_to_show_of_a_room(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    first, second = east.live("First"), east.planned("Second")
    for layout in (Layout.SIDE_BY_SIDE, Layout.FULL, Layout.PICTURE_IN_PICTURE):
        east.does(studio.SwitchScene(show_id=first, layout=layout, camera_ids=(front, table)))
    last = east.version(first)
    east.does(studio.EndShow(show_id=first), seconds=5)
    east.does(studio.GoLive(show_id=second), seconds=6)
    assert east.version(second) > last


def test_ending_a_show_ends_its_pitch(east: Stage) -> None:
    show_id = east.live()
    line_id = east.line(show_id, east.product())
    east.does(studio.StartPitch(show_id=show_id, line_id=line_id), seconds=10)
    east.does(studio.EndShow(show_id=show_id), seconds=40)
    show = studio.get_show(east.ctx, show_id)
    assert (show.state, show.ended_at) == (ShowState.ENDED, east.at(40).at)
    assert [(p.started_ms, p.ended_ms) for p in studio.list_pitches(east.ctx, show_id)] == [(10_000, 40_000)]
    assert [line.state for line in studio.list_rundown(east.ctx, show, east.at(99).at)] == [LineState.PITCHED]
    kinds = [type(fact) for fact in east.facts(PitchEnded, ShowEnded)]
    assert kinds == [PitchEnded, ShowEnded]


def test_ending_again_changes_nothing_and_a_planned_show_cannot_end(east: Stage) -> None:
    show_id = east.live()
    planned = east.planned("Later")
    before = east.marks()
    with pytest.raises(ShowNotLive):
        east.does(studio.EndShow(show_id=planned))
    assert east.marks() == before
    east.does(studio.EndShow(show_id=show_id), seconds=5)
    east.does(studio.EndShow(show_id=show_id), seconds=50)
    assert studio.get_show(east.ctx, show_id).ended_at == east.at(5).at
    assert len(east.facts(ShowEnded)) == 1


def test_a_show_never_ends_before_its_start(east: Stage) -> None:
    show_id = east.live()
    east.does(studio.EndShow(show_id=show_id), seconds=-30)
    show = studio.get_show(east.ctx, show_id)
    assert show.ended_at == show.started_at == east.ctx.at
    assert studio.programme_ms(show, east.ctx.at + timedelta(hours=1)) == 0


def test_an_ended_show_does_not_go_live_again(east: Stage) -> None:
    show_id = east.live()
    east.does(studio.EndShow(show_id=show_id), seconds=5)
    before = east.marks()
    with pytest.raises(ShowOver):
        east.does(studio.GoLive(show_id=show_id), seconds=6)
    assert east.marks() == before
