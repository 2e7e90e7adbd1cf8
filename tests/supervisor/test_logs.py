"""Log files: read once, kept small, summed up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from silkcast.supervisor import logs
from silkcast.supervisor.logs import ErrorSummary, LogFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "web.log"


def write(path: Path, text: str) -> None:
    with path.open("a") as handle:
        handle.write(text)


def test_only_what_is_new_is_read_and_only_whole_lines(path: Path) -> None:
    write(path, "old\n")
    log = LogFile(path)
    write(path, "one\ntwo\nthr")
    assert list(log.new_lines()) == ["one", "two"]
    write(path, "ee\n\n")
    assert list(log.new_lines()) == ["three"]
    assert log.last_line == "three"


def test_a_file_that_is_not_there_yet_has_no_lines(path: Path) -> None:
    assert list(LogFile(path).new_lines()) == []


def test_a_flood_is_read_from_its_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "READ_BYTES_MAX", 20)
    log = LogFile(path)
    write(path, "x" * 1000 + "\nlast line\n")
    assert list(log.new_lines())[-1] == "last line"


def test_a_long_file_is_moved_aside_and_its_writer_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES_MAX", 10)
    log = LogFile(path)
    with path.open("a", buffering=1) as writer:
        for number in range(5):
            writer.write(f"{number}" * 12 + "\n")
            log.rotate()
        writer.write("after\n")
    assert path.read_text() == "after\n"
    assert list(log.new_lines()) == ["after"]
    copies = [path.with_name(f"web.log.{number}").read_text().strip() for number in (1, 2, 3)]
    assert copies == ["4" * 12, "3" * 12, "2" * 12]
    assert not path.with_name("web.log.4").exists()


def test_an_error_is_said_once_and_its_repetitions_counted() -> None:
    said: list[str] = []
    summary = ErrorSummary(said.append)
    line = json.dumps({"level": "error", "event": "room.lost", "error": "Traceback …\nOSError: gone"})
    for now_s in (0.0, 1.0, 2.0, 31.0):
        summary.look("worker", line, now_s)
    assert said == ["worker: room.lost: OSError: gone", "worker: room.lost: OSError: gone (2 more in between)"]


def test_what_is_no_error_is_not_said() -> None:
    said: list[str] = []
    summary = ErrorSummary(said.append)
    for line in ('{"level": "info", "event": "x"}', "plain text", "[1, 2]", '{"level": "warning"}'):
        summary.look("web", line, 0.0)
    assert said == []
