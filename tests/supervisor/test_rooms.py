"""Rooms: started and ended as the worker says, known by their socket, never taken for something else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.supervisor.conftest import House

pytestmark = pytest.mark.slow

IsRunning = Callable[[int], bool]


def test_a_room_runs_while_it_is_wanted(house: House, is_running: IsRunning) -> None:
    house.starts()
    house.wants_rooms("r1")
    room = house.comes_up("room-r1", 1)
    assert (house.settings.run / "room-r1.pid").read_text() == f"{room}\n"
    house.wants_rooms()
    house.eventually(lambda: not is_running(room))
    assert [line for line in house.journal() if "room-r1" in line][-2:] == ["asked room-r1", "stop room-r1"]
    house.eventually(lambda: not (house.settings.run / "room-r1.pid").exists())


def test_a_room_leads_a_session_of_its_own(house: House) -> None:
    house.wants_rooms("r1")
    supervisor = house.starts()
    assert os.getsid(house.pid("room-r1")) == house.pid("room-r1")
    assert os.getsid(supervisor.pid) != house.pid("room-r1")


def test_a_room_begins_with_the_newest_document(house: House) -> None:
    house.wants_rooms("r1", version=3)
    house.starts()
    path = house.settings.run / "room-r1.json"
    assert json.loads(path.read_text())["version"] == 3
    path.write_text("{}")
    os.kill(house.pid("room-r1"), signal.SIGKILL)
    house.comes_up("room-r1", 2)
    assert json.loads(path.read_text())["version"] == 3


def test_rooms_stay_while_the_worker_is_away(house: House, is_running: IsRunning) -> None:
    house.wants_rooms("r1")
    house.starts()
    room = house.pid("room-r1")
    (house.folder / "rooms.json").write_text("no JSON at all")
    os.kill(house.pid("worker"), signal.SIGKILL)
    house.comes_up("worker", 2)
    os.kill(house.pid("worker"), signal.SIGKILL)
    house.comes_up("worker", 3)
    assert is_running(room)
    assert house.pids("room-r1") == [room]


def test_a_room_that_was_on_air_at_the_end_starts_again_without_being_asked_for(
    house: House, is_running: IsRunning
) -> None:
    house.wants_rooms("r1", "r2")
    first = house.starts()
    assert house.ends(first) == 0
    house.wants_rooms("r1")  # so that nobody asks for the other, which comes up by its own document
    house.supervise()
    house.eventually(lambda: len(house.pids("room-r1")) == 2 and len(house.pids("room-r2")) == 2)
    house.eventually(lambda: not is_running(house.pids("room-r2")[-1]))
    house.eventually(lambda: not (house.settings.run / "room-r2.pid").exists())
    assert is_running(house.pids("room-r1")[-1])


def test_a_room_wanted_again_while_it_ends_does_not_run_twice(house: House, is_running: IsRunning) -> None:
    house.wants_rooms("r1")
    house.starts()
    first = house.pid("room-r1")
    os.kill(first, signal.SIGSTOP)  # it takes its time to end
    house.wants_rooms()
    house.eventually(lambda: house.journal()[-1] == "told ")
    house.wants_rooms("r1")
    house.eventually(lambda: house.journal()[-1] == "told r1")
    assert house.pids("room-r1") == [first]
    os.kill(first, signal.SIGCONT)
    house.comes_up("room-r1", 2)
    assert not is_running(first)


def test_a_pid_on_file_that_now_is_another_program_is_not_adopted(house: House, is_running: IsRunning) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"]) as other:
        (house.settings.run / "room-r1.pid").write_text(f"{other.pid}\n")
        house.wants_rooms("r1")
        supervisor = house.starts()
        assert house.pid("room-r1") != other.pid
        assert house.ends(supervisor) == 0
        assert is_running(other.pid)
        other.kill()


def test_an_id_that_would_be_a_path_is_not_started(house: House) -> None:
    house.wants_rooms("../r1", hls="hls/x")
    house.starts()
    assert not [line for line in house.journal() if "room" in line]
