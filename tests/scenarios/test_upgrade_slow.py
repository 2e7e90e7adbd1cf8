"""What an operator restarts while a show is on air: the supervisor with all roles, and the database's server."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgresql
from tests.scenarios.conftest import NEEDS_POSTGRESQL, Silkcast, answered, eventually, installation
from tests.scenarios.encoders import counters
from tests.scenarios.proofs import PATIENCE_S, everything_is_there_once
from tests.scenarios.steady import Crowd

pytestmark = pytest.mark.slow
LOOK_EVERY_S = 0.2
STRETCH_SEGMENTS = 3  # before and after the upgrade
RESTARTS = 3
ROLES = ("edge", "web", "intake", "signals", "worker", "ingest", "room")


class Recorder(threading.Thread):
    """Keeps each HLS segment of a show that it sees, under its name; what is written whole has its name at once."""

    def __init__(self, playlist: Path, into: Path) -> None:
        super().__init__(name="recorder")
        self._folder = playlist.parent
        self._into = into
        self._leaving = threading.Event()

    def run(self) -> None:
        while not self._leaving.wait(LOOK_EVERY_S):
            for segment in self._folder.glob("*.ts"):
                with contextlib.suppress(FileExistsError, FileNotFoundError):
                    (self._into / segment.name).hardlink_to(segment)

    def stop(self) -> list[Path]:
        """What it kept, in the order of the programme."""
        self._leaving.set()
        self.join()
        return sorted(self._into.glob("*.ts"), key=_number)


def _number(segment: Path) -> int:
    return int("".join(filter(str.isdigit, segment.stem)))


def test_an_upgrade_on_air_interrupts_neither_the_picture_nor_the_books(on_air: Silkcast, tmp_path: Path) -> None:
    room_id = on_air.note["rooms"][0]["id"]
    crowd = Crowd(on_air, _show_with_counters(on_air, room_id))
    encoded = on_air.folder / "run" / f"room-{room_id}.counters"
    eventually(lambda: encoded.exists() and encoded.read_text(), PATIENCE_S, on_air.said)
    eventually(lambda: list((on_air.folder / "hls").glob(f"**/{crowd.show_id}/index.m3u8")), PATIENCE_S, on_air.said)
    (playlist,) = (on_air.folder / "hls").glob(f"**/{crowd.show_id}/index.m3u8")
    eventually(lambda: on_air.is_well("room"), PATIENCE_S, on_air.said)
    recorder = Recorder(playlist, tmp_path)
    recorder.start()
    before = on_air.pids()
    try:
        with crowd.at_work():
            crowd.gets_on(PATIENCE_S)
            _let_run(tmp_path)
            assert on_air.stop(signal.SIGUSR1) == 0
            assert on_air.pids() == {"room": before["room"]}
            _let_run(tmp_path)
            on_air.start("--no-demo")
            crowd.gets_on(PATIENCE_S)
            _let_run(tmp_path)
    finally:
        segments = recorder.stop()
    after = on_air.pids()
    assert after["room"] == before["room"]
    assert all(after[role].isdisjoint(before[role]) for role in ROLES if role != "room")
    numbers = [_number(segment) for segment in segments]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert "EXT-X-DISCONTINUITY\n" not in playlist.read_text()
    everything_is_there_once(on_air, crowd)
    _holds_every_frame(segments, [int(line) for line in encoded.read_text().split()])


def _show_with_counters(silkcast: Silkcast, room_id: str) -> str:
    """In place of the demo's show another one, whose pictures are numbered.

    At the cheapest preset: a room that is short of machine changes to a cheaper one, which its playlist has to mark.
    """
    wanted = {"room_id": room_id, "title": "Upgraded", "language": "en", "currency": "USD", "destination_ids": []}
    with silkcast.api() as api:
        answered(api.post(f"/shows/{silkcast.note['live_show_id']}/end"))
        eventually(lambda: "room" not in silkcast.pids(), PATIENCE_S, silkcast.said)
        answered(api.patch(f"/rooms/{room_id}/picture", json={"burn_counter": True, "preset": "ultrafast"}))
        show_id = str(answered(api.post("/shows", json=wanted))["show_id"])
        product_id = answered(api.get("/products"))["items"][0]["id"]
        answered(api.post(f"/shows/{show_id}/rundown", json={"product_id": product_id}))
        answered(api.post(f"/shows/{show_id}/start"))
        return show_id


def _let_run(folder: Path) -> None:
    """Wait for the programme itself, not for a clock."""
    goal = len(list(folder.iterdir())) + STRETCH_SEGMENTS
    eventually(lambda: len(list(folder.iterdir())) >= goal, PATIENCE_S)


def _holds_every_frame(segments: list[Path], encoded: list[int]) -> None:
    """From the first whole segment that has counters to the last one, none missing and none twice."""
    seen = [number for segment in segments[2:] for number in counters(segment)]
    begin = encoded.index(seen[0])
    assert seen == encoded[begin : begin + len(seen)]


@pytest.fixture
def server() -> postgresql.Server:
    return postgresql.Server(is_mortal=True)


@pytest.fixture
def on_server(server: postgresql.Server) -> Iterator[Silkcast]:
    with installation(server.url) as started:
        yield started


@pytest.mark.real_server
@NEEDS_POSTGRESQL[1]
def test_a_database_server_that_is_restarted_on_air_costs_patience_and_nothing_else(
    on_server: Silkcast, server: postgresql.Server
) -> None:
    crowd = Crowd(on_server)
    room = on_server.pids()["room"]
    with crowd.at_work():
        for _ in range(RESTARTS):
            crowd.gets_on(PATIENCE_S)
            server.restart()
        crowd.gets_on(PATIENCE_S)
        eventually(lambda: all(map(on_server.is_well, ROLES)), PATIENCE_S, on_server.said)
    assert on_server.pids()["room"] == room
    everything_is_there_once(on_server, crowd)
