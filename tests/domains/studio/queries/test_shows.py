from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import ShowState
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def test_shows_are_paged_newest_first(east: Stage) -> None:
    for number in range(1, 6):
        east.planned(f"Show {number}")

    def numbers(**how: int) -> list[int]:
        return [show.number for show in studio.list_shows(east.ctx, **how).items]  # type: ignore[arg-type]

    assert numbers() == [5, 4, 3, 2, 1]
    assert numbers(limit=2) == [5, 4]
    assert numbers(limit=2, before=4) == [3, 2]
    assert numbers(limit=2, offset=4) == [1]
    assert studio.list_shows(east.ctx, limit=2, before=4).total == 5


def test_shows_are_found_by_title_host_number_state_and_room(east: Stage) -> None:
    other_room = east.room()
    silk = east.live("Autumn silk")
    tea = east.does(
        studio.PlanShow(room_id=other_room, title="Téa 茶夜", language="en", currency="USD", host_name="Auntie Лин")
    ).show_id

    def found(**how: object) -> list[object]:
        return [show.id for show in studio.list_shows(east.ctx, **how).items]  # type: ignore[arg-type]

    assert found(search="SILK") == [silk]
    assert found(search="auntie") == found(search="лин tea") == found(search="茶") == found(search="TÉA") == [tea]
    assert found(search="autumn tea") == []
    assert found(search=" #2 ") == found(search="2") == found(search="＃２") == [tea]
    assert found(search="9" * 40) == found(search="²") == found(search="%") == []
    assert found(state=ShowState.LIVE) == [silk]
    assert found(state=ShowState.ENDED) == []
    assert found(room_id=other_room) == [tea]


def test_upcoming_shows_come_in_the_order_of_their_times(east: Stage) -> None:
    east.live("On air")
    open_ended = east.planned("Some day")

    def plan(title: str, hours: int) -> object:
        return east.does(
            studio.PlanShow(
                room_id=east.room_id,
                title=title,
                language="en",
                currency="USD",
                planned_at=east.ctx.at + timedelta(hours=hours),
            )
        ).show_id

    late, soon = plan("Late", 9), plan("Soon", 2)
    assert [show.id for show in studio.list_upcoming_shows(east.ctx)] == [soon, late, open_ended]
    assert [show.id for show in studio.list_upcoming_shows(east.ctx, limit=1)] == [soon]
    assert studio.list_upcoming_shows(east.ctx, room_id=east.room()) == []


def test_an_unknown_show_is_missing(east: Stage) -> None:
    for read in (studio.get_show, studio.get_programme, studio.get_console, studio.list_overlays):
        with pytest.raises(Missing):
            read(east.ctx, new_id())
    assert studio.find_live_show(east.ctx, east.room_id) is None
    assert studio.list_pitches(east.ctx, new_id()) == []
    assert studio.show_names(east.ctx, {new_id()}) == {}
    assert studio.base_of_show(new_id()) is None


def test_a_public_link_finds_the_base_of_its_show(east: Stage, west: Stage) -> None:
    for stage in (east, west):
        assert studio.base_of_show(stage.planned()) == stage.ctx.base_id
