"""One supervisor for one data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from silkcast.kernel.words import sentence
from silkcast.supervisor import lock, up
from silkcast.supervisor.errors import AlreadyRunning, FolderUnusable
from tests.supervisor.conftest import House


def test_a_second_supervisor_is_refused_and_told_who_was_first(house: House) -> None:
    first = house.starts()
    with pytest.raises(AlreadyRunning) as refused:
        up(house.settings, [], is_prepared=False)
    assert refused.value.facts == {"folder": str(house.folder), "pid": str(first.pid)}
    assert str(first.pid) in sentence(refused.value.code, refused.value.facts, "zh")


def test_the_lock_of_a_killed_holder_is_free(house: House) -> None:
    first = house.starts()
    first.kill()
    first.wait()
    with lock.hold(house.folder):
        assert (house.folder / lock.NAME).read_text() == f"{os.getpid()}\n"


def test_children_do_not_hold_the_lock(house: House) -> None:
    house.wants_rooms("r1")
    first = house.starts()
    first.kill()
    first.wait()
    with lock.hold(house.folder):
        pass


def test_a_folder_that_is_none_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FolderUnusable), lock.hold(tmp_path / "absent"):
        pass
