from __future__ import annotations

from pathlib import Path

import pytest

from silkcast.media.room.spool import EVENTS_MAX, EventSpool, RoomEvent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.events"


def add(spool: EventSpool, kind: str = "camera_lost") -> RoomEvent:
    return spool.add(
        kind, show_id="show", subject="cam", programme_ms=33, at_ms=1_800_000_000_000, reason="closed", facts={"n": 1}
    )


def sequences(spool: EventSpool) -> list[int]:
    return [event.sequence for event in spool.after(0, EVENTS_MAX)]


def test_events_are_numbered_from_one_and_kept_until_acknowledged(path: Path) -> None:
    spool = EventSpool(path, began_ms=0)
    added = [add(spool) for _ in range(3)]
    assert spool.after(0, 10) == added
    assert [event.sequence for event in added] == [1, 2, 3]
    assert [event.sequence for event in spool.after(1, 1)] == [2]
    assert spool.acknowledge(spool.spool, 2) == 2
    assert sequences(spool) == [3]


def test_another_process_finds_what_was_not_acknowledged(path: Path) -> None:
    before = EventSpool(path, began_ms=0)
    for _ in range(5):
        add(before)
    before.acknowledge(before.spool, 2)
    after = EventSpool(path, began_ms=0)
    assert after.spool == before.spool
    assert after.after(0, 10) == before.after(0, 10)
    assert add(after).sequence == 6


def test_numbers_go_on_after_everything_was_acknowledged(path: Path) -> None:
    before = EventSpool(path, began_ms=0)
    add(before)
    before.acknowledge(before.spool, 1)
    assert add(EventSpool(path, began_ms=0)).sequence == 2


def test_word_about_another_spool_forgets_nothing(path: Path) -> None:
    spool = EventSpool(path, began_ms=0)
    add(spool)
    assert spool.acknowledge("another", 99) == 0
    assert sequences(spool) == [1]


def test_a_line_cut_off_by_a_crash_costs_only_itself(path: Path) -> None:
    spool = EventSpool(path, began_ms=0)
    add(spool)
    add(spool)
    path.write_bytes(path.read_bytes()[:-20])
    assert sequences(EventSpool(path, began_ms=0)) == [1]


def test_past_its_bound_the_oldest_go_and_are_counted(path: Path) -> None:
    spool = EventSpool(path, began_ms=0)
    for _ in range(EVENTS_MAX + 1):
        add(spool)
    assert spool.lost == EVENTS_MAX // 10
    assert sequences(spool)[0] == EVENTS_MAX // 10 + 1
    assert EventSpool(path, began_ms=0).lost == EVENTS_MAX // 10


def test_a_disk_that_cannot_be_written_keeps_events_in_memory(path: Path) -> None:
    spool = EventSpool(path, began_ms=0)
    path.unlink()
    path.mkdir()
    add(spool)
    assert sequences(spool) == [1]


def test_what_a_full_disk_kept_in_memory_is_written_with_the_next(path: Path) -> None:
    spool = EventSpool(path, began_ms=0)
    add(spool)
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()
    add(spool)
    path.rmdir()
    path.write_bytes(kept + b'{"sequence":2,"ki')  # as far as there was space
    add(spool)
    assert sequences(EventSpool(path, began_ms=0)) == [1, 2, 3]


def test_a_file_older_than_what_was_told_takes_no_number_twice(path: Path) -> None:
    before = EventSpool(path, began_ms=1_000)
    add(before)
    kept = path.read_bytes()
    told = [add(before).sequence for _ in range(5)]
    path.write_bytes(kept)  # the disk was full
    after = EventSpool(path, began_ms=9_000)
    assert after.spool == before.spool
    assert add(after).sequence > max(told)
