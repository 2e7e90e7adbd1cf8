from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import LineState
from silkcast.domains.studio.errors import ShowNotLive
from silkcast.domains.studio.events import PitchEnded, PitchStarted
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import ShowId, new_id

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def states(east: Stage, show_id: ShowId) -> list[LineState]:
    return [line.state for line in studio.list_rundown(east.ctx, studio.get_show(east.ctx, show_id), east.ctx.at)]


def test_starting_a_pitch_ends_the_one_before_it(east: Stage) -> None:
    show_id = east.live()
    scarf, fan = east.product("Scarf"), east.product("Fan")
    lines = [east.line(show_id, scarf), east.line(show_id, fan)]
    version = east.version(show_id)
    east.does(studio.StartPitch(show_id=show_id, line_id=lines[0]), seconds=10)
    assert states(east, show_id) == [LineState.ON_PITCH, LineState.WAITING]
    east.does(studio.StartPitch(show_id=show_id, line_id=lines[1]), seconds=30)
    assert states(east, show_id) == [LineState.PITCHED, LineState.ON_PITCH]
    first, second = studio.list_pitches(east.ctx, show_id)
    assert (first.product_id, first.started_ms, first.ended_ms) == (scarf, 10_000, 30_000)
    assert (second.product_id, second.started_ms, second.ended_ms) == (fan, 30_000, None)
    assert east.version(show_id) == version + 2
    assert [type(fact) for fact in east.facts(PitchStarted, PitchEnded)] == [PitchStarted, PitchEnded, PitchStarted]


def test_starting_again_changes_nothing(east: Stage) -> None:
    show_id = east.live()
    line_id = east.line(show_id, east.product())
    for seconds in (10, 20):
        east.does(studio.StartPitch(show_id=show_id, line_id=line_id), seconds=seconds)
    assert [p.started_ms for p in studio.list_pitches(east.ctx, show_id)] == [10_000]
    assert len(east.facts(PitchStarted)) == 1


def test_a_product_comes_back_for_a_second_pitch(east: Stage) -> None:
    show_id = east.live()
    line_id = east.line(show_id, east.product())
    for start, end in ((10, 20), (60, 65)):
        east.does(studio.StartPitch(show_id=show_id, line_id=line_id), seconds=start)
        east.does(studio.EndPitch(show_id=show_id, line_id=line_id), seconds=end)
    show = studio.get_show(east.ctx, show_id)
    line = studio.get_line(east.ctx, show, line_id, east.at(100).at)
    assert (line.state, line.pitched_ms, line.pitch_started_at) == (LineState.PITCHED, 15_000, None)
    east.does(studio.StartPitch(show_id=show_id, line_id=line_id), seconds=90)
    line = studio.get_line(east.ctx, show, line_id, east.at(100).at)
    assert (line.state, line.pitched_ms, line.pitch_started_at) == (LineState.ON_PITCH, 25_000, east.at(90).at)


def test_ending_what_is_not_on_pitch_leaves_the_other_one_on(east: Stage) -> None:
    show_id = east.live()
    lines = [east.line(show_id, east.product("Scarf")), east.line(show_id, east.product("Fan"))]
    east.does(studio.StartPitch(show_id=show_id, line_id=lines[0]), seconds=1)
    east.does(studio.EndPitch(show_id=show_id, line_id=lines[1]), seconds=2)
    assert states(east, show_id) == [LineState.ON_PITCH, LineState.WAITING]
    assert east.facts(PitchEnded) == []


def test_nothing_is_pitched_off_air(east: Stage) -> None:
    show_id = east.planned()
    line_id = east.line(show_id, east.product())
    before = east.marks()
    with pytest.raises(ShowNotLive):
        east.does(studio.StartPitch(show_id=show_id, line_id=line_id))
    assert states(east, show_id) == [LineState.WAITING]
    assert east.marks() == before


def test_an_unknown_line_ends_nothing(east: Stage) -> None:
    show_id = east.live()
    line_id = east.line(show_id, east.product())
    east.does(studio.StartPitch(show_id=show_id, line_id=line_id), seconds=1)
    before = east.marks()
    with pytest.raises(Missing):
        east.does(studio.StartPitch(show_id=show_id, line_id=new_id()), seconds=2)
    assert states(east, show_id) == [LineState.ON_PITCH]
    assert east.marks() == before


def test_a_pitch_never_lasts_less_than_nothing(east: Stage) -> None:
    show_id = east.live()
    line_id = east.line(show_id, east.product())
    east.does(studio.StartPitch(show_id=show_id, line_id=line_id), seconds=10)
    east.does(studio.EndPitch(show_id=show_id, line_id=line_id), seconds=5)
    assert [(p.started_ms, p.ended_ms) for p in studio.list_pitches(east.ctx, show_id)] == [(10_000, 10_000)]


def test_an_order_finds_its_pitch_within_ten_minutes(east: Stage) -> None:
    show_id = east.live()
    scarf, fan = east.product("Scarf"), east.product("Fan")
    lines = [east.line(show_id, scarf), east.line(show_id, fan)]
    east.does(studio.StartPitch(show_id=show_id, line_id=lines[0]), seconds=0)
    east.does(studio.StartPitch(show_id=show_id, line_id=lines[1]), seconds=100)
    east.does(studio.StartPitch(show_id=show_id, line_id=lines[0]), seconds=200)
    first, other, second = studio.list_pitches(east.ctx, show_id)
    assert studio.pitch_at(east.ctx, show_id, scarf, 199_999) == first
    assert studio.pitch_at(east.ctx, show_id, scarf, 200_000) == second
    assert studio.pitch_at(east.ctx, show_id, scarf, 800_000) == second
    assert studio.pitch_at(east.ctx, show_id, scarf, 800_001) is None
    assert studio.pitch_at(east.ctx, show_id, fan, 99_999) is None
    assert studio.pitch_at(east.ctx, show_id, fan, 100_000) == other
