from __future__ import annotations

from pathlib import Path

import pytest

from silkcast.kernel.home import LOOK_EVERY_S, LOOKS_MIN, Desertion, Home


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


def looks(home: Home, clock: Clock, times: int) -> list[Desertion | None]:
    found = []
    for _ in range(times):
        clock.now_s += LOOK_EVERY_S
        found.append(home.why_deserted())
    return found


def test_a_folder_that_is_removed_or_made_anew_is_gone(folder: Path) -> None:
    clock = Clock()
    home = Home(folder, clock=clock)
    assert looks(home, clock, 5) == [None] * 5
    folder.rmdir()
    waiting: list[Desertion | None] = [None] * (LOOKS_MIN - 1)
    assert looks(home, clock, LOOKS_MIN) == [*waiting, Desertion.FOLDER_GONE]
    (folder.parent / "another").mkdir()  # takes the number that was free, on some file systems
    folder.mkdir()
    assert looks(home, clock, 1) == [Desertion.FOLDER_GONE]


def test_a_folder_that_is_away_for_a_moment_is_not_gone(folder: Path) -> None:
    clock = Clock()
    home = Home(folder, clock=clock)
    folder.rename(folder.with_name("away"))
    assert looks(home, clock, LOOKS_MIN - 1) == [None] * (LOOKS_MIN - 1)
    folder.with_name("away").rename(folder)
    assert looks(home, clock, 2 * LOOKS_MIN) == [None] * (2 * LOOKS_MIN)


def test_who_is_not_asked_after_for_so_long_is_alone(folder: Path) -> None:
    clock = Clock()
    home = Home(folder, alone_s_max=600, clock=clock)
    clock.now_s = 600
    assert home.why_deserted() is None
    home.asked()
    clock.now_s = 1200
    assert home.why_deserted() is None
    clock.now_s = 1200.1
    assert home.why_deserted() is Desertion.NOBODY_ASKS
