from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Picture
from silkcast.domains.studio.errors import RoomOnAir
from silkcast.domains.studio.events import RoomPictureSet
from silkcast.kernel.errors import Invalid

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage

FULL_HD = Picture(width=1920, height=1080, fps=25, video_kbps=5000, preset="faster", delay_ms=3000)


def test_a_room_makes_720p_until_told_otherwise(east: Stage) -> None:
    assert studio.get_room_picture(east.ctx, east.room_id) == Picture(
        width=1280, height=720, fps=30, video_kbps=3000, preset="veryfast", delay_ms=0, burn_counter=False
    )
    for _ in range(2):
        east.does(studio.SetRoomPicture(room_id=east.room_id, picture=FULL_HD))
    assert studio.get_room_picture(east.ctx, east.room_id) == FULL_HD
    assert east.facts(RoomPictureSet) == [RoomPictureSet(room_id=east.room_id, show_id=None, delay_ms=3000)]


def test_on_air_only_the_delay_changes(east: Stage) -> None:
    show_id = east.live()
    version = east.version(show_id)
    delayed = Picture(delay_ms=5000)
    east.does(studio.SetRoomPicture(room_id=east.room_id, picture=delayed))
    assert studio.get_programme(east.ctx, show_id).picture == delayed
    assert studio.get_room_picture(east.ctx, east.room_id) == delayed
    assert east.version(show_id) == version + 1
    before = east.marks()
    with pytest.raises(RoomOnAir):
        east.does(studio.SetRoomPicture(room_id=east.room_id, picture=FULL_HD))
    assert studio.get_room_picture(east.ctx, east.room_id) == delayed
    assert (east.version(show_id), east.marks()) == (version + 1, before)


@pytest.mark.parametrize(
    "change",
    [
        {"width": 1281},
        {"height": 722},
        {"fps": 0},
        {"fps": 29},
        {"preset": "placebo"},
        {"video_kbps": 299},
        {"video_kbps": 20_001},
        {"delay_ms": -1},
        {"delay_ms": 15_001},
    ],
)
def test_a_picture_that_cannot_be_made_is_refused(east: Stage, change: dict[str, Any]) -> None:
    before = east.marks()
    with pytest.raises(Invalid):
        east.does(studio.SetRoomPicture(room_id=east.room_id, picture=replace(Picture(), **change)))
    assert studio.get_room_picture(east.ctx, east.room_id) == Picture()
    assert east.marks() == before
