from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, OverlayKind
from silkcast.domains.studio.errors import OverlayLocked, SceneIncomplete, ShowOver
from silkcast.domains.studio.events import OverlayChanged, SceneSwitched
from silkcast.kernel.errors import Missing

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def test_a_switch_is_on_air_at_once_and_stamped_in_programme_time(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    show_id = east.live()
    version = east.version(show_id)
    east.does(
        studio.SwitchScene(show_id=show_id, layout=Layout.PICTURE_IN_PICTURE, camera_ids=(table, front)), seconds=12.5
    )
    programme = studio.get_programme(east.ctx, show_id)
    assert (programme.layout, programme.camera_ids) == (Layout.PICTURE_IN_PICTURE, (table, front))
    assert programme.version == version + 1
    assert east.facts(SceneSwitched) == [
        SceneSwitched(show_id=show_id, layout="picture_in_picture", camera_ids=(table, front), programme_ms=12_500)
    ]


def test_the_same_scene_again_changes_nothing(east: Stage) -> None:
    front = east.camera()
    show_id = east.live()
    version = east.version(show_id)
    east.does(studio.SwitchScene(show_id=show_id, layout=Layout.FULL, camera_ids=(front,)))
    assert east.version(show_id) == version
    assert east.facts(SceneSwitched) == []


def test_a_scene_that_cannot_be_filled_is_refused(east: Stage) -> None:
    front = east.camera()
    elsewhere = east.camera("Elsewhere", room_id=east.room())
    show_id = east.live()
    before, version = east.marks(), east.version(show_id)
    with pytest.raises(SceneIncomplete) as refusal:
        east.does(studio.SwitchScene(show_id=show_id, layout=Layout.SIDE_BY_SIDE, camera_ids=(front, front)))
    assert refusal.value.facts == {"layout": "side_by_side", "cameras": 1, "cameras_least": 2}
    with pytest.raises(Missing):
        east.does(studio.SwitchScene(show_id=show_id, layout=Layout.SIDE_BY_SIDE, camera_ids=(front, elsewhere)))
    assert studio.get_programme(east.ctx, show_id).camera_ids == (front,)
    assert (east.marks(), east.version(show_id)) == (before, version)


def test_an_ended_show_keeps_its_last_scene(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    show_id = east.live()
    east.does(studio.EndShow(show_id=show_id), seconds=1)
    before = east.marks()
    with pytest.raises(ShowOver):
        east.does(studio.SwitchScene(show_id=show_id, layout=Layout.FULL, camera_ids=(table,)), seconds=2)
    assert studio.get_programme(east.ctx, show_id).camera_ids == (front,)
    assert east.marks() == before


def test_the_price_card_is_hidden_and_shown_again(east: Stage) -> None:
    show_id = east.live()
    version = east.version(show_id)

    def card_is_visible() -> bool:
        return studio.list_overlays(east.ctx, show_id)[0].is_visible

    assert card_is_visible()
    for seconds, visible in ((1, False), (2, False), (3, True), (4, True)):
        east.does(studio.SetOverlay(show_id=show_id, kind=OverlayKind.PRICE_CARD, visible=visible), seconds=seconds)
        assert card_is_visible() is visible
    assert east.version(show_id) == version + 2
    assert east.facts(OverlayChanged) == [
        OverlayChanged(show_id=show_id, kind="price_card", visible=False, programme_ms=1000),
        OverlayChanged(show_id=show_id, kind="price_card", visible=True, programme_ms=3000),
    ]


def test_nobody_takes_the_simulated_label_off(east: Stage) -> None:
    show_id = east.live()
    before = east.marks()
    with pytest.raises(OverlayLocked):
        east.does(studio.SetOverlay(show_id=show_id, kind=OverlayKind.LABEL, visible=False))
    assert east.marks() == before
    label = studio.list_overlays(east.ctx, show_id)[1]
    assert (label.kind, label.is_visible, label.is_locked, label.text) == (
        OverlayKind.LABEL,
        True,
        True,
        "SIMULATED 模拟",
    )


def test_a_real_base_has_no_simulated_label(west: Stage) -> None:
    show_id = west.live()
    assert [overlay.kind for overlay in studio.list_overlays(west.ctx, show_id)] == [OverlayKind.PRICE_CARD]
    with pytest.raises(Missing):
        west.does(studio.SetOverlay(show_id=show_id, kind=OverlayKind.LABEL, visible=True))
