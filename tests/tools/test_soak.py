"""A lane runs whole rounds, each with the next seed, and writes how it ended."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tools.soak import LANES, Ended, Lane, step

from tools import soak

ROOT = Path(__file__).resolve().parents[2]
TELLING = """
import os, pathlib

def test_telling():
    told = [os.environ[name] for name in ("SILKCAST_TEST_SEED", "SILKCAST_TEST_SOAK", "SILKCAST_TEST_DATABASE")]
    with pathlib.Path("told").open("a") as lines:
        lines.write(" ".join(told) + "\\n")
    assert told[0] != "9"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("SILKCAST_TEST_DATABASE", "sqlite")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -q -p xdist -p _hypothesis_pytestplugin\n")
    (tmp_path / "test_telling.py").write_text(TELLING)
    return tmp_path


def told(project: Path) -> list[str]:
    return (project / "told").read_text().splitlines()


BOTH = Lane("", (step("test_telling.py"), step("test_telling.py", SILKCAST_TEST_DATABASE="postgresql")))


def test_a_round_is_every_step_at_full_size_however_few_the_minutes(project: Path) -> None:
    ended = soak.through(BOTH, 0, 7, project)
    assert (ended.rounds, ended.wrong, str(ended)) == (1, "", "green: 1 round from seed 7")
    assert told(project) == ["7 1 sqlite", "7 1 postgresql"]


def test_while_another_round_fits_it_is_run_with_the_next_seed_until_one_is_red(project: Path) -> None:
    ended = soak.through(BOTH, 60, 7, project)
    assert told(project) == ["7 1 sqlite", "7 1 postgresql", "8 1 sqlite", "8 1 postgresql", "9 1 sqlite"]
    assert str(ended) == "RED in round 3, seed 9: test_telling.py::test_telling"


def test_what_finds_no_test_is_red(project: Path) -> None:
    assert soak.through(Lane("", (step("-k", "nothing"),)), 0, 7, project).wrong == "pytest ended with 5"


def test_a_lane_that_does_not_end_is_red(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "MINUTES_MAX", 0.0)
    assert soak.through(BOTH, 0, 7, project).wrong == "not over after 0 minutes"


def test_each_lane_writes_its_row(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.test")
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init")
    page = tmp_path / "docs" / "soak.md"
    page.parent.mkdir()
    page.write_text("before\n")
    git("add", "-A")
    git("commit", "-m", "first")
    short = git("rev-parse", "--short", "HEAD")
    soak.note("orders", Ended(14, 7, 890.0), page, tmp_path)
    (tmp_path / "changed").write_text("")
    soak.note("kills", Ended(1, 7, 31.0, "test_a.py::test_b[1|2]"), page, tmp_path)
    before, first, second = page.read_text().splitlines()
    assert before == "before"
    assert first.partition(" | ")[2] == f"{short} | orders | 15 | green: 14 rounds from seed 7 |"
    assert (
        second.partition(" | ")[2]
        == f"{short} and changes | kills | 1 | RED in round 1, seed 7: test_a.py::test_b[1/2] |"
    )


def test_every_lane_names_tests_that_are_there() -> None:
    named = {part for lane in LANES.values() for each in lane.steps for part in each.which if part.startswith("tests/")}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("wrong", [["nothing"], ["orders", "--minutes", "61"], ["--minutes", "-1"]])
def test_an_unknown_lane_and_more_than_an_hour_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        soak.main(wrong)
    assert refused.value.code == 2
