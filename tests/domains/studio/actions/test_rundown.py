from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.actions import rundown
from silkcast.domains.studio.errors import LineOnPitch, RundownFull, ShowOver
from silkcast.domains.studio.events import RundownArranged
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def test_products_are_added_at_the_end_or_where_wished(east: Stage) -> None:
    show_id = east.planned()
    scarf, fan, tea = east.product("Scarf"), east.product("Fan"), east.product("Tea")
    first = east.line(show_id, scarf)
    east.line(show_id, fan)
    third = east.does(studio.AddToRundown(show_id=show_id, product_id=tea, position=2)).line_id
    assert east.order(show_id) == [scarf, tea, fan]
    said = east.facts(RundownArranged)
    assert said[0] == RundownArranged(show_id=show_id, change="added", line_id=first, product_id=scarf, position=1)
    assert said[2] == RundownArranged(show_id=show_id, change="added", line_id=third, product_id=tea, position=2)


def test_a_product_stands_once_in_a_rundown(east: Stage) -> None:
    show_id, scarf = east.planned(), east.product()
    first = east.line(show_id, scarf)
    assert east.line(show_id, scarf) == first
    assert east.order(show_id) == [scarf]
    assert len(east.facts(RundownArranged)) == 1


def test_a_line_moves_and_the_others_close_up(east: Stage) -> None:
    show_id = east.live()
    scarf, fan, tea = east.product("Scarf"), east.product("Fan"), east.product("Tea")
    lines = [east.line(show_id, product) for product in (scarf, fan, tea)]
    east.does(studio.MoveInRundown(show_id=show_id, line_id=lines[2], position=1))
    assert east.order(show_id) == [tea, scarf, fan]
    east.does(studio.MoveInRundown(show_id=show_id, line_id=lines[2], position=99))
    assert east.order(show_id) == [scarf, fan, tea]
    before = len(east.facts(RundownArranged))
    east.does(studio.MoveInRundown(show_id=show_id, line_id=lines[2], position=3))
    assert len(east.facts(RundownArranged)) == before


def test_a_removed_line_leaves_no_gap(east: Stage) -> None:
    show_id = east.live()
    scarf, fan, tea = east.product("Scarf"), east.product("Fan"), east.product("Tea")
    lines = [east.line(show_id, product) for product in (scarf, fan, tea)]
    east.does(studio.RemoveFromRundown(show_id=show_id, line_id=lines[1]))
    assert east.order(show_id) == [scarf, tea]
    assert east.facts(RundownArranged)[-1] == RundownArranged(
        show_id=show_id, change="removed", line_id=lines[1], product_id=fan, position=None
    )


def test_what_is_on_pitch_is_not_removed_and_its_past_pitches_outlive_the_line(east: Stage) -> None:
    show_id, scarf = east.live(), east.product()
    line_id = east.line(show_id, scarf)
    east.does(studio.StartPitch(show_id=show_id, line_id=line_id), seconds=1)
    before = east.marks()
    with pytest.raises(LineOnPitch):
        east.does(studio.RemoveFromRundown(show_id=show_id, line_id=line_id), seconds=2)
    assert east.order(show_id) == [scarf]
    assert east.marks() == before
    east.does(studio.EndPitch(show_id=show_id, line_id=line_id), seconds=3)
    east.does(studio.RemoveFromRundown(show_id=show_id, line_id=line_id), seconds=4)
    assert east.order(show_id) == []
    assert [(p.product_id, p.started_ms, p.ended_ms) for p in studio.list_pitches(east.ctx, show_id)] == [
        (scarf, 1000, 3000)
    ]


def test_unknown_products_and_lines_are_missing(east: Stage) -> None:
    show_id = east.planned()
    other = east.planned("Other")
    line_of_other = east.line(other, east.product())
    before = east.marks()
    for request in (
        studio.AddToRundown(show_id=show_id, product_id=new_id()),  # type: ignore[arg-type]
        studio.MoveInRundown(show_id=show_id, line_id=line_of_other, position=1),
        studio.RemoveFromRundown(show_id=show_id, line_id=line_of_other),
    ):
        with pytest.raises(Missing):
            east.does(request)
    assert east.order(show_id) == []
    assert len(east.order(other)) == 1
    assert east.marks() == before


def test_a_rundown_has_an_end(east: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rundown, "LINES_MAX", 2)
    show_id = east.planned()
    for title in ("Scarf", "Fan"):
        east.line(show_id, east.product(title))
    third = east.product("Tea")
    before = east.marks()
    with pytest.raises(RundownFull):
        east.line(show_id, third)
    assert len(east.order(show_id)) == 2
    assert east.marks() == before


def test_the_rundown_of_an_ended_show_is_history(east: Stage) -> None:
    show_id, scarf = east.live(), east.product()
    east.line(show_id, scarf)
    east.does(studio.EndShow(show_id=show_id), seconds=1)
    fan = east.product("Fan")
    with pytest.raises(ShowOver):
        east.line(show_id, fan)
    assert east.order(show_id) == [scarf]
