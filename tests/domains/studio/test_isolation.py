from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import IntegrityError

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, OverlayKind, Picture, Platform
from silkcast.domains.studio.models import RundownLine, Show, ShowDestination
from silkcast.kernel.errors import Missing, Unscoped

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


@pytest.fixture
def equipped(east: Stage) -> dict[str, Any]:
    """Everything of one base that the other could try to reach."""
    camera, destination, product = east.camera(), east.destination(), east.product()
    scene = east.does(
        studio.AddScene(room_id=east.room_id, name="Front", layout=Layout.FULL, camera_ids=(camera,))
    ).scene_id
    show = east.live()
    return {
        "camera": camera,
        "destination": destination,
        "product": product,
        "scene": scene,
        "show": show,
        "line": east.line(show, product),
        "room": east.room_id,
    }


def requests_of(e: dict[str, Any]) -> list[Any]:
    digest = "ab" * 32
    return [
        studio.PlanShow(room_id=e["room"], title="T", language="en", currency="USD"),
        studio.GoLive(show_id=e["show"]),
        studio.EndShow(show_id=e["show"]),
        studio.SwitchScene(show_id=e["show"], layout=Layout.FULL, camera_ids=(e["camera"],)),
        studio.SetOverlay(show_id=e["show"], kind=OverlayKind.PRICE_CARD, visible=False),
        studio.AddToRundown(show_id=e["show"], product_id=e["product"]),
        studio.MoveInRundown(show_id=e["show"], line_id=e["line"], position=1),
        studio.RemoveFromRundown(show_id=e["show"], line_id=e["line"]),
        studio.StartPitch(show_id=e["show"], line_id=e["line"]),
        studio.EndPitch(show_id=e["show"], line_id=e["line"]),
        studio.SetShowDestination(show_id=e["show"], destination_id=e["destination"], enabled=False),
        studio.RetryDestination(show_id=e["show"], destination_id=e["destination"]),
        studio.AddCamera(room_id=e["room"], name="Mine", key_digest=digest, key_ending=""),
        studio.RotateCamera(room_id=e["room"], camera_id=e["camera"], key_digest=digest, key_ending=""),
        studio.RemoveCamera(room_id=e["room"], camera_id=e["camera"]),
        studio.AddScene(room_id=e["room"], name="Mine", layout=Layout.FULL, camera_ids=(e["camera"],)),
        studio.RemoveScene(room_id=e["room"], scene_id=e["scene"]),
        studio.SetDestination(
            destination_id=e["destination"], name="Mine", platform=Platform.TIKTOK, url="rtmp://x.example/y", fee_bp=0
        ),
        studio.RemoveDestination(destination_id=e["destination"]),
        studio.SetRoomPicture(room_id=e["room"], picture=Picture()),
        studio.RecordRoomEvents(room_id=e["room"], spool="s", events=()),
    ]


def test_no_action_reaches_into_another_base(east: Stage, west: Stage, equipped: dict[str, Any]) -> None:
    before = east.marks()
    console = studio.get_console(east.ctx, equipped["show"])
    requests = requests_of(equipped)
    for request in requests:
        with pytest.raises(Missing):
            west.does(request)
    assert studio.get_console(east.ctx, equipped["show"]) == console
    assert east.marks() == before
    declared = {type(request) for request in requests} | {studio.OpenOwnShop}
    from silkcast.kernel.actions import ACTIONS

    of_studio = {action.request for action in ACTIONS.values() if action.name.startswith("studio.")}
    assert of_studio == declared, "an action is missing from this test"


def test_nothing_of_another_base_is_named_in_ones_own_show(east: Stage, west: Stage, equipped: dict[str, Any]) -> None:
    mine = west.live()
    for request in (
        studio.AddToRundown(show_id=mine, product_id=equipped["product"]),
        studio.SwitchScene(show_id=mine, layout=Layout.FULL, camera_ids=(equipped["camera"],)),
        studio.SetShowDestination(show_id=mine, destination_id=equipped["destination"], enabled=True),
        studio.PlanShow(
            room_id=west.room_id,
            title="T",
            language="en",
            currency="JPY",
            destination_ids=(equipped["destination"],),
        ),
    ):
        with pytest.raises(Missing):
            west.does(request)


@pytest.mark.parametrize(
    "row",
    [
        lambda w, e: Show(number=99, room_id=e["room"], title="T", language="en", currency="JPY"),
        lambda w, e: RundownLine(show_id=w, product_id=e["product"], position=1),
        lambda w, e: ShowDestination(show_id=w, destination_id=e["destination"], enabled=True),
    ],
)
def test_the_database_itself_refuses_a_key_into_another_base(
    west: Stage, equipped: dict[str, Any], row: Callable[[Any, dict[str, Any]], Any]
) -> None:
    written = row(west.planned(), equipped)
    written.base_id = west.ctx.base_id
    with pytest.raises(IntegrityError, match=r"is not of this base|violates foreign key constraint \"guard_"):
        written.save(force_insert=True)


def test_reads_show_ones_own_base_only(east: Stage, west: Stage, equipped: dict[str, Any]) -> None:
    today = west.ctx.at.date()
    assert studio.list_shows(west.ctx).total == 0
    assert studio.list_live_shows(west.ctx) == []
    assert studio.find_live_show(west.ctx, equipped["room"]) is None
    assert studio.list_cameras(west.ctx, equipped["room"]) == []
    assert studio.list_scenes(west.ctx, equipped["room"]) == []
    assert studio.list_destinations(west.ctx, today) == []
    assert studio.list_show_destinations(west.ctx, equipped["show"]) == []
    assert studio.list_pitches(west.ctx, equipped["show"]) == []
    assert studio.show_names(west.ctx, {equipped["show"]}) == {}
    assert studio.get_room_picture(west.ctx, equipped["room"]) == Picture()
    for read in (
        lambda: studio.get_show(west.ctx, equipped["show"]),
        lambda: studio.get_console(west.ctx, equipped["show"]),
        lambda: studio.get_destination(west.ctx, equipped["destination"], today),
        lambda: studio.fee_at(west.ctx, equipped["destination"], today),
        lambda: studio.get_scene(west.ctx, equipped["room"], equipped["scene"]),
    ):
        with pytest.raises(Missing):
            read()


def test_every_table_refuses_a_read_without_a_scope(east: Stage) -> None:
    models = list(apps.get_app_config("studio").get_models())
    assert len(models) == 11
    for model in models:
        with pytest.raises(Unscoped):
            list(model._default_manager.all())


def test_both_bases_number_their_shows_from_one(east: Stage, west: Stage) -> None:
    for stage in (east, west):
        stage.planned()
        assert [show.number for show in studio.list_shows(stage.ctx).items] == [1]
