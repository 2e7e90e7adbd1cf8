from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout
from silkcast.domains.studio.errors import NameTaken, RoomFull, SceneIncomplete
from silkcast.domains.studio.events import SceneAdded, SceneRemoved
from silkcast.kernel.errors import Invalid, Missing

if TYPE_CHECKING:
    from uuid import UUID

    from tests.domains.studio.conftest import Stage


def add(stage: Stage, name: str, *cameras: UUID, layout: Layout = Layout.FULL) -> UUID:
    asked = studio.AddScene(room_id=stage.room_id, name=name, layout=layout, camera_ids=cameras)
    added: UUID = stage.does(asked).scene_id
    return added


def test_scenes_sit_on_the_keys_of_the_console(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    first = add(east, "Front", front)
    second = add(east, "Both", front, table, layout=Layout.SIDE_BY_SIDE)
    assert [(s.id, s.position) for s in studio.list_scenes(east.ctx, east.room_id)] == [(first, 1), (second, 2)]
    east.does(studio.RemoveScene(room_id=east.room_id, scene_id=first))
    third = add(east, "Table", table)
    assert [(s.id, s.position) for s in studio.list_scenes(east.ctx, east.room_id)] == [(third, 1), (second, 2)]
    assert [type(fact) for fact in east.facts(SceneAdded, SceneRemoved)] == [
        SceneAdded,
        SceneAdded,
        SceneRemoved,
        SceneAdded,
    ]


def test_a_scene_that_makes_no_sense_is_refused(east: Stage) -> None:
    front = east.camera()
    elsewhere = east.camera("Elsewhere", room_id=east.room())
    add(east, "Front", front)
    before = east.marks()
    with pytest.raises(NameTaken):
        add(east, "Front", front)
    with pytest.raises(Invalid):
        add(east, " ", front)
    with pytest.raises(SceneIncomplete):
        add(east, "Both", front, layout=Layout.SIDE_BY_SIDE)
    with pytest.raises(Missing):
        add(east, "Elsewhere", elsewhere)
    assert [s.name for s in studio.list_scenes(east.ctx, east.room_id)] == ["Front"]
    assert east.marks() == before


def test_a_room_has_a_key_for_nine_scenes(east: Stage) -> None:
    front = east.camera()
    for number in range(9):
        add(east, f"Scene {number}", front)
    before = east.marks()
    with pytest.raises(RoomFull):
        add(east, "One too many", front)
    assert east.marks() == before


def test_a_scene_is_removed_once_and_what_is_on_air_stays(east: Stage) -> None:
    front = east.camera()
    scene_id = add(east, "Front", front)
    show_id = east.live()
    east.does(studio.RemoveScene(room_id=east.room_id, scene_id=scene_id))
    before = east.marks()
    with pytest.raises(Missing):
        east.does(studio.RemoveScene(room_id=east.room_id, scene_id=scene_id))
    assert studio.get_programme(east.ctx, show_id).camera_ids == (front,)
    assert east.marks() == before
