from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, LineState, Presence, RoomState
from silkcast.kernel.ids import ShowId

if TYPE_CHECKING:
    from tests.domains.studio.conftest import Stage


def said(stage: Stage, show_id: ShowId, **change: Any) -> RoomState:
    """What the room of the stage publishes, read as a screen reads it."""
    state = studio.room_state_from({"room_id": str(stage.room_id), "show_id": str(show_id), "encoder": {}, **change})
    assert state is not None
    return state


def test_the_console_shows_the_whole_show(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    both = east.does(
        studio.AddScene(room_id=east.room_id, name="Both", layout=Layout.SIDE_BY_SIDE, camera_ids=(front, table))
    ).scene_id
    tiktok, scarf = east.destination(), east.product()
    show_id = east.live()
    line_id = east.line(show_id, scarf)
    east.does(studio.StartPitch(show_id=show_id, line_id=line_id), seconds=5)
    console = studio.get_console(east.at(20), show_id)
    assert (console.show.id, console.room_name, console.programme_ms) == (show_id, "Room 1", 20_000)
    assert [(c.name, c.is_on_air, c.presence) for c in console.cameras] == [
        ("Presenter", True, Presence.ABSENT),
        ("Table", True, Presence.ABSENT),
    ]
    assert [(s.id, s.is_active) for s in console.scenes] == [(both, True)]
    assert [(line.product_id, line.state, line.pitched_ms) for line in console.rundown] == [
        (scarf, LineState.ON_PITCH, 15_000)
    ]
    assert [(d.id, d.is_enabled, d.phase) for d in console.destinations] == [(tiktok, True, "off")]


def test_what_the_room_says_of_itself_is_shown(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    tiktok = east.destination()
    show_id = east.live()
    state = said(
        east,
        show_id,
        cameras=[{"id": str(front), "state": "holding"}, {"id": str(table), "state": "live", "frames": 9}],
        destinations=[
            {
                "id": str(tiktok),
                "phase": "waiting",
                "reason": "refused",
                "bytes_acked": 12,
                "tags_dropped": 3,
                "attempts": 4,
                "live_since_ms": None,
                "retry_at_ms": 1_795_348_805_000,
            }
        ],
    )
    console = studio.get_console(east.ctx, show_id, state=state)
    assert [(c.presence, c.is_on_air) for c in console.cameras] == [(Presence.HOLDING, True), (Presence.LIVE, False)]
    shown = console.destinations[0]
    assert (shown.phase, shown.reason, shown.bytes_acked, shown.tags_dropped, shown.attempts) == (
        "waiting",
        "refused",
        12,
        3,
        4,
    )
    assert (shown.live_since, shown.retry_at) == (None, datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC))


def test_the_tally_leaves_a_dead_camera_for_the_one_that_viewers_see(east: Stage) -> None:
    front, table = east.camera("Presenter"), east.camera("Table")
    show_id = east.live()
    cameras = [{"id": str(front), "state": "absent"}, {"id": str(table), "state": "live"}]
    state = said(east, show_id, cameras=cameras, scene={"layout": "full", "shown": [str(table)]})
    console = studio.get_console(east.ctx, show_id, state=state)
    assert [(c.name, c.is_on_air) for c in console.cameras] == [("Presenter", False), ("Table", True)]
    dark = said(east, show_id, cameras=[], scene={"layout": "full", "shown": ["slate", None]})
    assert [c.is_on_air for c in studio.get_console(east.ctx, show_id, state=dark).cameras] == [False, False]


def test_a_room_that_shows_something_else_says_nothing_of_this_show(east: Stage) -> None:
    front, tiktok = east.camera(), east.destination()
    live, planned = east.live(), east.planned("Later")
    state = said(
        east,
        live,
        cameras=[{"id": str(front), "state": "live"}],
        destinations=[{"id": str(tiktok), "phase": "live"}],
    )
    later = studio.get_console(east.ctx, planned, state=state)
    assert [c.presence for c in later.cameras] == [Presence.LIVE]  # the same room, so its cameras are seen
    assert [d.phase for d in later.destinations] == ["off"]
    other_room = east.room()
    east.camera(room_id=other_room)
    elsewhere = east.live("Elsewhere", room_id=other_room)
    assert [c.presence for c in studio.get_console(east.ctx, elsewhere, state=state).cameras] == [Presence.ABSENT]


def test_a_destination_that_is_off_shows_no_phase(east: Stage) -> None:
    tiktok = east.destination()
    show_id = east.live()
    east.does(studio.SetShowDestination(show_id=show_id, destination_id=tiktok, enabled=False))
    state = said(east, show_id, destinations=[{"id": str(tiktok), "phase": "live", "bytes_acked": 5}])
    shown = studio.list_show_destinations(east.ctx, show_id, state=state)[0]
    assert (shown.phase, shown.bytes_acked) == ("off", 0)


def test_nonsense_from_a_room_is_no_state() -> None:
    assert studio.room_state_from(None) is None
    assert studio.room_state_from({"room_id": "r", "cameras": [{"id": "c", "state": "dancing"}]}) is None


def test_a_room_that_does_not_run_has_no_state(east: Stage, tmp_path: Any) -> None:
    from silkcast.kernel.settings import Settings

    assert studio.find_room_state(Settings(data=tmp_path), east.room_id) is None
