"""What other processes say reaches the pages over real sockets; one that is down, hangs or lies never breaks a page."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest
from tests.domains.control_room.floor import Browser, Enter, Floor

from silkcast.domains.base.contracts import Role
from silkcast.domains.control_room import live
from silkcast.domains.studio import api as studio
from silkcast.kernel.errors import Missing
from silkcast.kernel.settings import load
from silkcast.kernel.wire import serve

Method = Callable[[Any], Awaitable[Any]]
JPEG = b"\xff\xd8 a picture \xff\xd9"
HANG_S = 60.0


class Roles:
    """Other roles' sockets, served from a thread as their processes would."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[Any] = []

    def serve(self, name: str, methods: Mapping[str, Method]) -> None:
        settings = load()
        settings.prepare()
        started = asyncio.run_coroutine_threadsafe(serve(settings.socket(name), methods), self._loop)
        self._servers.append(started.result(HANG_S))

    def stop(self) -> None:
        async def ended() -> None:
            for server in self._servers:
                await server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(ended(), self._loop).result(HANG_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(HANG_S)
        self._loop.close()


@pytest.fixture
def roles() -> Iterator[Roles]:
    running = Roles()
    yield running
    running.stop()


def says(answer: Any) -> Method:
    async def method(_: Any) -> Any:
        return answer

    return method


async def hangs(_: Any) -> Any:
    await asyncio.sleep(HANG_S)


METRICS = {
    "online": 41,
    "viewers": 97,
    "stay_s_average": 63.5,
    "interaction_rate": 0.25,
    "conversion": 0.02,
    "likes": 7,
    "series": [],
}


def room_state(floor: Floor) -> dict[str, Any]:
    return {
        "room_id": str(floor.room_id),
        "show_id": str(floor.show_id),
        "programme_ms": 61_000,
        "fps": 29.97,
        "ticks": 1_800,
        "skipped": 2,
        "cameras": [{"id": str(floor.cameras[0]), "state": "live"}, {"id": str(floor.cameras[1]), "state": "holding"}],
        "destinations": [
            {"id": str(floor.destination_id), "phase": "waiting", "reason": "connect_refused", "attempts": 3}
        ],
    }


def test_the_console_shows_what_room_and_signals_say(east: Floor, operator: Browser, roles: Roles) -> None:
    roles.serve(f"room-{east.room_id}", {"room.state": says(room_state(east))})
    curve = {line: [1, 2] for line in live.CURVE_LINES}
    comment = {"id": "c", "viewer": "Guest 4F2A", "text": "how long is it?", "at_ms": 1_800_000_000_000}
    roles.serve(
        "signals",
        {
            "signals.metrics": says(METRICS),
            "signals.curve": says(curve),
            "signals.comments": says([comment]),
        },
    )
    page = operator.get(f"/control/shows/{east.show_id}").context_data
    assert [camera.state for camera in page["cameras"]] == ["live", "holding"]
    assert (page["programme"]["elapsed_s"], page["programme"]["fps"], page["programme"]["skipped"]) == (61, 30, 2)
    (destination,) = page["destinations"]
    assert (destination.phase, destination.reason_words) == ("waiting", "The server refuses connections.")
    assert (page["metrics"]["online"], page["metrics"]["stay_s"]) == (41, 63.5)
    assert page["curves"]["online"] == [1, 2]
    assert [(c.name, c.text) for c in page["comments"]] == [("Guest 4F2A", "how long is it?")]


def seen_on_air(page: dict[str, Any]) -> list[bool]:
    return [camera.on_air for camera in page["cameras"]]


@pytest.mark.parametrize(
    ("states", "shown", "tally", "alarms"),
    [
        (("live", "live"), ["0"], [True, False], []),
        (("absent", "live"), ["1"], [False, True], ["{0} has no picture. {1} is on air in its place."]),
        (("absent", "absent"), ["slate"], [False, False], ["{0} has no picture. Viewers see the slate."]),
        (("slate", "live"), ["slate"], [False, False], ["{0} has no picture. Viewers see the slate."]),
    ],
)
def test_a_camera_that_dies_on_air_loses_its_tally_and_raises_an_alarm(
    states: tuple[str, str],
    shown: list[str],
    tally: list[bool],
    alarms: list[str],
    east: Floor,
    operator: Browser,
    roles: Roles,
) -> None:
    cameras = [str(camera) for camera in east.cameras]
    places = [cameras[int(place)] if place.isdigit() else place for place in shown]
    said = [{"id": camera, "state": state} for camera, state in zip(cameras, states, strict=True)]
    state = {**room_state(east), "cameras": said, "scene": {"layout": "full", "shown": places}}
    roles.serve(f"room-{east.room_id}", {"room.state": says(state)})
    answer = operator.get(f"/control/shows/{east.show_id}")
    names = [camera.name for camera in answer.context_data["cameras"]]
    assert seen_on_air(answer.context_data) == tally
    assert answer.context_data["alarms"] == [alarm.format(*names) for alarm in alarms]
    assert answer.content.decode().count('role="alert"') == len(alarms)


def test_the_wall_adds_up_who_watches(east: Floor, operator: Browser, roles: Roles) -> None:
    roles.serve(f"room-{east.room_id}", {"room.state": says(room_state(east))})
    roles.serve("signals", {"signals.metrics": says(METRICS)})
    page = operator.get("/control/").context_data
    (room,) = page["rooms"]
    assert (room["state"], room["cameras_live"], room["cameras_total"]) == ("on_air", 1, 2)
    assert (room["show"]["online"], page["totals"]["online"]) == (41, 41)


def test_without_the_others_a_page_says_that_it_does_not_know(east: Floor, operator: Browser) -> None:
    wall = operator.get("/control/")
    assert wall.status_code == 200
    assert wall.context_data["totals"]["online"] is None
    page = operator.get(f"/control/shows/{east.show_id}")
    assert {camera.state_words for camera in page.context_data["cameras"]} == {"Not connected"}
    assert page.context_data["metrics"]["viewers"] is None
    assert page.context_data["curves"]["at_ms"] == []


def test_a_role_that_hangs_holds_a_page_up_no_longer_than_its_deadline(
    east: Floor, operator: Browser, roles: Roles
) -> None:
    methods = ("signals.metrics", "signals.curve", "signals.comments")
    roles.serve("signals", dict.fromkeys(methods, hangs))
    roles.serve(f"room-{east.room_id}", {"room.state": hangs})
    started = time.monotonic()
    assert operator.get(f"/control/shows/{east.show_id}").status_code == 200
    assert time.monotonic() - started < HANG_S


@pytest.mark.parametrize("answer", [None, "nonsense", {"online": "many"}, [1]])
def test_an_answer_that_nobody_of_ours_would_give_is_taken_for_none(
    east: Floor, operator: Browser, roles: Roles, answer: object
) -> None:
    methods = ("signals.metrics", "signals.curve", "signals.comments")
    roles.serve("signals", {method: says(answer) for method in methods})
    roles.serve(f"room-{east.room_id}", {"room.state": says(answer)})
    page = operator.get(f"/control/shows/{east.show_id}")
    assert page.status_code == 200
    assert page.context_data["metrics"]["online"] is None


def test_ad_spend_is_spread_by_the_viewers_of_each_minute(east: Floor, operator: Browser, roles: Roles) -> None:
    from silkcast.domains.payments.api import ledger_lines
    from silkcast.domains.payments.contracts import PostingKind
    from silkcast.domains.studio.api import get_show

    started = get_show(east.ctx, east.show_id).started_at
    assert started is not None
    first_ms = int(started.timestamp() * 1000) // 60_000 * 60_000
    series = [{"minute_ms": first_ms + minute * 60_000, "viewers": viewers} for minute, viewers in ((2, 30), (4, 10))]
    roles.serve("signals", {"signals.metrics": says({**METRICS, "series": series})})
    answer = operator.post(f"/control/shows/{east.show_id}/ad-spend", hx=True, amount="100")
    assert answer.status_code == 204
    spread = [row.base_minor for row in ledger_lines(east.ctx, east.show_id) if row.kind is PostingKind.AD_SPEND]
    assert sorted(spread) == [2500, 7500]


def test_ad_spend_waits_for_the_show_to_begin(east: Floor, operator: Browser, roles: Roles) -> None:
    roles.serve("signals", {"signals.metrics": says(METRICS)})
    answer = operator.post(f"/control/shows/{east.planned_id}/ad-spend", hx=True, amount="100")
    assert answer.status_code == 409


def test_pictures_are_what_the_room_shows_and_no_cache_keeps_them(east: Floor, operator: Browser, roles: Roles) -> None:
    asked: list[Any] = []

    async def preview(body: Any) -> bytes:
        asked.append(body)
        return JPEG

    roles.serve(f"room-{east.room_id}", {"room.preview": preview})
    for path in (f"/control/rooms/{east.room_id}/picture.jpg", f"/control/cameras/{east.cameras[1]}/picture.jpg"):
        answer = operator.get(path)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/jpeg", "no-store")
        assert answer.content == JPEG
    assert asked == [None, {"camera_id": str(east.cameras[1])}]


def test_a_room_without_a_picture_answers_with_a_bare_status(east: Floor, operator: Browser) -> None:
    answer = operator.get(f"/control/rooms/{east.room_id}/picture.jpg")
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (204, b"", "no-store")


def test_pictures_are_for_those_who_may_see_rooms(east: Floor, enter: Enter, stranger: Browser, roles: Roles) -> None:
    roles.serve(f"room-{east.room_id}", {"room.preview": says(JPEG)})
    path = f"/control/cameras/{east.cameras[0]}/picture.jpg"
    assert enter(east.people[Role.CREW]).get(path).status_code == 200
    assert enter(east.people[Role.MERCHANT]).get(path).status_code == 404
    assert stranger.get(path).status_code == 401


def test_something_that_is_no_picture_is_none(roles: Roles, east: Floor) -> None:
    roles.serve(f"room-{east.room_id}", {"room.preview": says({"not": "bytes"})})
    with pytest.raises(Missing):
        live.picture(east.room_id)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Set its encoder to AAC."), ("zh", "请将编码器设为 AAC。")],
)
def test_what_is_odd_about_a_camera_stands_at_it(
    east: Floor, operator: Browser, roles: Roles, language: str, words: str
) -> None:
    state = room_state(east)
    state["cameras"][0]["warnings"] = ["camera.sound_unsupported"]
    roles.serve(f"room-{east.room_id}", {"room.state": says(state)})
    reader = operator.in_chinese() if language == "zh" else operator
    for path in (f"/control/shows/{east.show_id}", f"/control/rooms/{east.room_id}"):
        page = reader.get(path).content.decode()
        assert page.count('data-warning="camera.sound_unsupported"') == 1
        assert words in page
    (camera, other) = studio.list_cameras(east.ctx, east.room_id, state=studio.room_state_from(state))
    assert (camera.warnings, other.warnings) == (("camera.sound_unsupported",), ())


def test_all_pictures_of_a_page_come_in_one_answer_and_what_is_not_there_is_left_out(
    east: Floor, west: Floor, operator: Browser, stranger: Browser, enter: Enter, roles: Roles
) -> None:
    first, second = east.cameras[:2]

    async def preview(body: Any) -> bytes:
        return b"" if body == {"camera_id": str(second)} else JPEG

    for room_id in (east.room_id, west.room_id):
        roles.serve(f"room-{room_id}", {"room.preview": preview})
    wanted = [f"rooms/{east.room_id}", f"cameras/{first}", f"cameras/{second}", f"cameras/{west.cameras[0]}"]
    path = "/control/pictures?" + "&".join(f"of={name}" for name in [*wanted, f"rooms/{west.room_id}", "rooms/x", "x"])
    answer = operator.get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    picture = f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    assert answer.json() == {wanted[0]: picture, wanted[1]: picture}
    assert enter(east.people[Role.MERCHANT]).get(path).status_code == 404
    assert stranger.get(path).status_code == 401
