"""The table of this machine's programs."""

from __future__ import annotations

from pathlib import Path

from silkcast.kernel.settings import Settings
from silkcast.supervisor.table import DEMO, PREPARED, READY, Ending, Table, standard

SETTINGS = Settings(data=Path("/srv/silkcast"))


def table(*, viewers: int = 12, with_demo: bool = True, is_prepared: bool = False) -> Table:
    return standard(SETTINGS, listening=(7, 8), viewers=viewers, with_demo=with_demo, is_prepared=is_prepared)


def test_every_role_is_there_once() -> None:
    roles = [program.name for program in table().programs if program.is_role]
    assert sorted(roles) == ["edge", "ingest", "intake", "signals", "web", "worker"]


def test_needs_are_names_of_others_or_milestones() -> None:
    known = {program.name for program in table().programs} | {PREPARED, DEMO, READY}
    assert all(program.needs <= known - {program.name} for program in table().programs)


def test_the_door_ends_first_and_the_log_last() -> None:
    by_ending = {ending: {p.name for p in table().programs if p.ending is ending} for ending in Ending}
    assert by_ending == {
        Ending.DOOR: {"edge"},
        Ending.DEMO: {"demo-platforms", "demo-cameras", "demo-crowd"},
        Ending.ROOMS: {"ingest"},
        Ending.WORK: {"web", "worker", "intake"},
        Ending.LOG: {"signals"},
    }


def test_the_edge_alone_is_handed_the_public_port() -> None:
    assert {program.name: program.inherits for program in table().programs if program.inherits} == {"edge": (7, 8)}


def test_the_demo_can_be_left_out_wholly_or_without_its_crowd() -> None:
    assert not [program for program in table(with_demo=False).programs if program.ending is Ending.DEMO]
    without_crowd = [program.name for program in table(viewers=0).programs if program.ending is Ending.DEMO]
    assert without_crowd == ["demo-platforms", "demo-cameras"]


def test_a_folder_that_is_up_to_date_is_not_prepared_again() -> None:
    assert table().prepare[-1] == "prepare"
    assert table(is_prepared=True).prepare == ()
