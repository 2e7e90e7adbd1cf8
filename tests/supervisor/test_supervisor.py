"""The supervisor as a process over real processes: starting, ready, ending, and dying."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.supervisor.conftest import HANG_GUARD_S, ROLES, House

pytestmark = pytest.mark.slow

IsRunning = Callable[[int], bool]


def test_ready_is_said_last_once_every_role_is_well(house: House) -> None:
    (house.folder / "unwell-web").touch()
    house.supervise()
    house.eventually(lambda: len(house.everyone()) == len(ROLES))
    assert house.said() == []
    (house.folder / "unwell-web").unlink()
    house.eventually(lambda: house.said() == ["ready"])


def test_a_program_waits_for_what_it_needs(house: House) -> None:
    house.has({**ROLES, "edge": {"ending": "DOOR", "needs": ["web"]}})
    house.starts()
    started = [line.split()[1] for line in house.journal() if line.startswith("start")]
    assert started.index("web") < started.index("edge")
    assert started.index("ingest") < started.index("demo-cameras")


def test_a_killed_role_comes_back_alone(house: House) -> None:
    house.starts()
    others = {name: house.pid(name) for name in ROLES if name != "signals"}
    os.kill(house.pid("signals"), signal.SIGKILL)
    house.comes_up("signals", 2)
    assert {name: house.pid(name) for name in others} == others
    assert "signals: killed by SIGKILL; started again in 0.1 s" in house.said()


def test_no_dead_child_is_left_unburied(house: House) -> None:
    supervisor = house.starts()
    os.kill(house.pid("web"), signal.SIGKILL)
    house.comes_up("web", 2)
    children = Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text().split()
    assert {int(child) for child in children} == {house.pid(name) for name in ROLES}


def test_a_program_that_cannot_run_is_tried_ever_more_seldom_and_says_why(house: House) -> None:
    house.has({**ROLES, "web": {"ending": "WORK", "behaviour": "fails"}})
    supervisor = house.supervise()
    house.comes_up("web", 3)
    assert [line for line in house.said() if line.startswith("web:")][:2] == [
        "web: ended with exit code 1 (cannot run: no such thing); started again in 0.1 s",
        "web: ended with exit code 1 (cannot run: no such thing); started again in 0.3 s",
    ]
    assert "ready" not in house.said()
    assert house.ends(supervisor) == 0


def test_what_is_missing_is_said_from_time_to_time(house: House) -> None:
    (house.folder / "unwell-web").touch()
    house.has(constants=[["supervisor", "SAY_WAITING_EVERY_S", 0.2]])
    house.supervise()
    house.eventually(lambda: "still waiting for: web" in house.said())


def test_a_wedged_role_is_killed_and_started_again(house: House, is_running: IsRunning) -> None:
    house.has(constants=[["keeper", "UNWELL_S_MAX", 0.6], ["keeper", "ASK_S_MAX", 0.2], ["keeper", "END_S_MAX", 0.2]])
    house.starts()
    wedged = house.pid("web")
    (house.folder / "wedge-web").touch()
    house.eventually(lambda: "wedged web" in house.journal())
    (house.folder / "wedge-web").unlink()
    house.comes_up("web", 2)
    assert not is_running(wedged)
    assert "web: not well for 0.6 s; started again in 0.1 s" in house.said()


def test_a_role_that_says_for_long_that_it_is_unwell_is_started_again(house: House) -> None:
    house.has(constants=[["keeper", "UNWELL_S_MAX", 0.6]])
    house.starts()
    (house.folder / "unwell-worker").touch()
    house.eventually(lambda: "stop worker" in house.journal())
    (house.folder / "unwell-worker").unlink()
    house.comes_up("worker", 2)


def test_an_ending_goes_from_the_door_to_the_log(house: House, is_running: IsRunning) -> None:
    house.wants_rooms("r1")
    supervisor = house.starts()
    assert house.ends(supervisor) == 0
    stops = [line.split()[1] for line in house.journal() if line.startswith("stop")]
    assert (stops[:2], stops[-1]) == (["edge", "demo-cameras"], "signals")
    assert set(stops[2:4]) == {"ingest", "room-r1"}
    assert set(stops[4:6]) == {"web", "worker"}
    assert not any(map(is_running, house.everyone()))


def test_ctrl_c_at_the_terminal_ends_in_the_same_order(house: House) -> None:
    supervisor = house.starts()
    assert house.ends(supervisor, signal.SIGINT) == 0
    stops = [line.split()[1] for line in house.journal() if line.startswith("stop")]
    assert (stops[0], stops[-1], len(stops)) == ("edge", "signals", len(ROLES))


def test_one_that_does_not_listen_is_killed_when_its_time_is_over(house: House, is_running: IsRunning) -> None:
    programs = {**ROLES, "web": {"ending": "WORK", "behaviour": "deaf"}}
    house.has(programs, constants=[["supervisor", "STAGE_S_MAX", 0.5]])
    supervisor = house.starts()
    assert house.ends(supervisor) == 0
    assert "ignored web" in house.journal()
    assert house.journal()[-1] == "stop signals"
    assert not any(map(is_running, house.everyone()))


def test_asking_twice_needs_no_patience(house: House, is_running: IsRunning) -> None:
    programs = {**ROLES, "edge": {"ending": "DOOR", "behaviour": "deaf"}}
    house.has(programs, constants=[["supervisor", "STAGE_S_MAX", 3600.0], ["supervisor", "STOP_S_MAX", 3600.0]])
    supervisor = house.starts()
    supervisor.send_signal(signal.SIGTERM)
    house.eventually(lambda: "ignored edge" in house.journal())
    assert house.ends(supervisor) == 0
    assert not any(map(is_running, house.everyone()))


def test_when_the_supervisor_is_killed_the_roles_die_and_the_rooms_live(house: House, is_running: IsRunning) -> None:
    house.wants_rooms("r1", "r2")
    supervisor = house.starts()
    rooms = {house.pid("room-r1"), house.pid("room-r2")}
    supervisor.kill()
    supervisor.wait()
    house.eventually(lambda: not any(map(is_running, house.everyone() - rooms)))
    assert all(map(is_running, rooms))


def test_everything_ends_once_the_folder_is_gone(house: House, is_running: IsRunning) -> None:
    house.wants_rooms("r1")
    supervisor = house.starts()
    everyone = house.everyone()
    gone = house.folder.with_name(f"{house.folder.name}.gone")
    house.folder.rename(gone)
    try:
        assert supervisor.wait(HANG_GUARD_S) != 0
        house.eventually(lambda: not any(map(is_running, everyone)))
    finally:
        gone.rename(house.folder)
    assert any(line.startswith("silkcast.supervisor.errors.FolderGone") for line in house.said())


def test_the_next_supervisor_adopts_the_rooms_it_finds(house: House, is_running: IsRunning) -> None:
    house.wants_rooms("r1", "r2")
    first = house.starts()
    rooms = {name: house.pid(name) for name in ("room-r1", "room-r2")}
    first.kill()
    first.wait()
    house.wants_rooms("r1")  # the other one's show has ended meanwhile
    second = house.starts()
    assert f"room-r1: found running (process {rooms['room-r1']}), kept on air" in house.said()
    house.eventually(lambda: not is_running(rooms["room-r2"]))
    assert house.pids("room-r1") == [rooms["room-r1"]]
    os.kill(rooms["room-r1"], signal.SIGKILL)
    again = house.comes_up("room-r1", 2)
    assert house.ends(second) == 0
    assert not is_running(again)


def test_an_upgrade_ends_everything_but_the_rooms(house: House, is_running: IsRunning) -> None:
    house.wants_rooms("r1")
    supervisor = house.starts()
    room = house.pid("room-r1")
    assert house.ends(supervisor, signal.SIGUSR1) == 0
    assert {pid for pid in house.everyone() if is_running(pid)} == {room}
    house.starts()
    assert house.pids("room-r1") == [room]


def test_preparing_comes_before_what_needs_it(house: House) -> None:
    journal = house.folder / "journal"
    prepare = [sys.executable, "-c", f"open({str(journal)!r}, 'a').write('prepared\\n')"]
    programs = {**ROLES, "web": {"ending": "WORK", "needs": ["prepared"]}}
    house.has(programs, prepare=prepare)
    house.starts()
    lines = [" ".join(line.split()[:2]) for line in house.journal()]
    assert lines.index("prepared") < lines.index("start web")


def test_a_folder_that_cannot_be_prepared_ends_the_start(house: House, is_running: IsRunning) -> None:
    house.has(prepare=[sys.executable, "-c", "raise SystemExit('table shows is missing')"])
    supervisor = house.supervise()
    assert supervisor.wait(60) == 2
    reason = "{'reason': 'table shows is missing', 'log': '" + str(house.folder / "logs" / "prepare.log") + "'}"
    assert house.said()[-1] == f"supervisor.not_prepared {reason}"
    assert not any(map(is_running, house.everyone()))


def test_a_start_can_be_given_up_while_it_is_still_preparing(house: House) -> None:
    house.has(prepare=[sys.executable, "-c", "import time; time.sleep(3600)"])
    supervisor = house.supervise()
    house.eventually(lambda: "edge" in str(house.journal()))
    assert house.ends(supervisor) == 0


def test_ready_waits_for_the_first_segment_of_a_live_show(house: House) -> None:
    house.shows_picture("hls/b/s", at_s=time.time() - 60)  # left by yesterday's run
    house.wants_rooms("r1", hls="hls/b/s")
    house.has(constants=[["supervisor", "SAY_WAITING_EVERY_S", 0.2]])
    house.supervise()
    house.eventually(lambda: "still waiting for: picture of hls/b/s" in house.said())
    assert "ready" not in house.said()
    house.shows_picture("hls/b/s")
    house.eventually(lambda: house.said()[-1] == "ready")


def test_errors_in_the_logs_are_summed_up(house: House) -> None:
    house.has({**ROLES, "web": {"ending": "WORK", "behaviour": "complains"}})
    house.starts()
    house.eventually(lambda: "web: disk.full: OSError: no space" in house.said())


def test_a_supervisor_that_stands_still_does_not_make_the_roles_stand(house: House) -> None:
    supervisor = house.starts()
    supervisor.send_signal(signal.SIGSTOP)
    answer: Any = None
    try:
        from silkcast.kernel.wire import call_blocking

        answer = call_blocking(house.settings.socket("web"), "health")
    finally:
        supervisor.send_signal(signal.SIGCONT)
    assert answer["ok"] is True
