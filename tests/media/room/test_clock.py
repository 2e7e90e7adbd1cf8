from __future__ import annotations

from pathlib import Path

import pytest

from silkcast.media.room.clock import Resumed, ShowTime, resume, save

START_MS = 1_800_000_000_000


def resumed(path: Path, now_ms: int, *, show_id: str = "show", started_at_ms: int | None = None) -> Resumed:
    return resume(path, show_id=show_id, started_at_ms=started_at_ms, fps=30, now_ms=now_ms)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.clock"


def test_a_new_show_begins_at_zero_now(path: Path) -> None:
    assert resumed(path, START_MS) == Resumed(ShowTime("show", START_MS, 30), 0, is_new=True)


def test_a_show_that_went_live_before_its_room_was_there_begins_where_it_is(path: Path) -> None:
    found = resumed(path, START_MS + 2500, started_at_ms=START_MS)
    assert (found.show.started_at_ms, found.tick) == (START_MS, 75)


def test_the_time_that_a_room_was_away_passes_in_the_programme(path: Path) -> None:
    save(path, ShowTime("show", START_MS, 30), 900)
    found = resumed(path, START_MS + 40_000)
    assert found == Resumed(ShowTime("show", START_MS, 30), 1200, is_new=False)


def test_no_tick_comes_twice_when_the_wall_clock_was_set_back(path: Path) -> None:
    save(path, ShowTime("show", START_MS, 30), 900)
    assert resumed(path, START_MS - 3_600_000).tick == 931


def test_another_show_starts_over(path: Path) -> None:
    save(path, ShowTime("show", START_MS, 30), 900)
    assert resumed(path, START_MS + 60_000, show_id="next").tick == 0


def test_a_torn_file_is_as_good_as_none(path: Path) -> None:
    path.write_text("{")
    assert resumed(path, START_MS).is_new


def test_ticks_are_stamped_from_the_start_and_never_from_the_wall_clock() -> None:
    show = ShowTime("show", START_MS, 30)
    assert [show.programme_ms(tick) for tick in (0, 1, 30, 107_892)] == [0, 33, 1000, 3_596_400]
    assert show.at_ms(45) == START_MS + 1500
