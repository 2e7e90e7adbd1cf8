"""What failed runs once more with nothing beside it: when it passes then it is named as flaky, else the run is red."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tools.suite import AT_ONCE, Outcome, Part

from tools import dealing, suite

ROOT = Path(__file__).resolve().parents[2]
# Fails unless it was there before; notes each time which worker it ran in.
UNSTEADY = """
import os, pathlib
import pytest

@pytest.mark.parametrize("name", ["one [x] / \\u4e1d", "two"])
def test_unsteady(name):
    ran = pathlib.Path("ran"); before = ran.read_text() if ran.exists() else ""
    ran.write_text(before + f"{name} in {os.environ.get('PYTEST_XDIST_WORKER', 'none')}\\n")
    assert name == "two" or name in before
"""
BROKEN = "def test_broken(): assert False\n"
GOOD = "def test_good(): pass\n"
NEVER_READ = "import no_such_module\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # this test may have one itself
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -q -p xdist\n")
    return tmp_path


def holds(project: Path, **files: str) -> None:
    for name, text in files.items():
        (project / f"test_{name}.py").write_text(text, encoding="utf-8")


def whole(how: tuple[str, ...] = suite.ALONE) -> Part:
    return Part("all of them", (), how)


def ran(part: Part, project: Path) -> tuple[int, list[str], list[str]]:
    outcome = suite.run(part, project)
    return outcome.code, outcome.failed, outcome.flaky


FIRST = r"test_unsteady.py::test_unsteady[one [x] / \u4e1d]"


def test_what_passes_the_second_time_is_green_and_named_as_flaky(project: Path) -> None:
    holds(project, unsteady=UNSTEADY, good=GOOD)
    assert ran(whole(), project) == (0, [], [FIRST])


def test_the_second_time_nothing_runs_beside_it_and_nothing_else_runs(project: Path) -> None:
    holds(project, unsteady=UNSTEADY, good=GOOD)
    assert ran(whole(("-n", "2", "--dist", "loadfile")), project) == (0, [], [FIRST])
    lines = (project / "ran").read_text().splitlines()
    assert [line for line in lines if line.endswith("none")] == ["one [x] / 丝 in none"]
    assert len(lines) == 3


def test_what_fails_twice_is_red_whatever_else_passed_then(project: Path) -> None:
    holds(project, unsteady=UNSTEADY, broken=BROKEN)
    assert ran(whole(), project) == (1, ["test_broken.py::test_broken"], [FIRST])


def test_a_file_that_cannot_be_read_is_red(project: Path) -> None:
    holds(project, good=GOOD, unread=NEVER_READ)
    code, failed, flaky = ran(whole(), project)
    assert code and (failed, flaky) == (["test_unread.py"], [])


def test_a_worker_that_dies_leaves_tests_undone_and_is_red(project: Path) -> None:
    dying = "import os\ndef test_dying():\n    if 'PYTEST_XDIST_WORKER' in os.environ: os._exit(1)\n"
    holds(project, dying=dying, good=GOOD)
    one_worker = (*AT_ONCE[:1], "1", *AT_ONCE[2:])
    assert ran(whole(one_worker), project) == (dealing.CRASHED, ["test_dying.py::test_dying"], [])


def test_so_many_that_fail_at_once_are_not_asked_again(project: Path) -> None:
    many = f"import pytest\n@pytest.mark.parametrize('n', range({suite.AGAIN_MAX + 1}))\ndef test_many(n):\n"
    holds(project, many=many + "    open('ran', 'a').write('x')\n    assert False\n")
    code, failed, flaky = ran(whole(), project)
    assert (code, len(failed), flaky) == (1, suite.AGAIN_MAX + 1, [])
    assert (project / "ran").read_text() == "x" * (suite.AGAIN_MAX + 1)


def test_no_tests_are_green_only_where_there_may_be_none(project: Path) -> None:
    assert ran(Part("of a change", (), may_be_empty=True), project) == (0, [], [])
    assert ran(whole(), project)[0] == suite.NONE_FOUND


def test_the_last_lines_say_how_long_each_part_took_and_which_tests_cannot_be_relied_on() -> None:
    outcomes = [
        Outcome(Part("first", ()), took_s=74.4, flaky=["test_a.py::test_b"]),
        Outcome(Part("second", ()), code=1, took_s=301.0, failed=["test_c.py::test_d"]),
    ]
    assert suite.told(outcomes).splitlines() == [
        "    74 s  first: green",
        "   301 s  second: RED",
        "FAILED test_c.py::test_d",
        "FLAKY test_a.py::test_b (failed, then passed alone)",
    ]


def test_every_part_runs_although_one_is_red(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    holds(project, broken=BROKEN, good=GOOD)
    parts = [Part("red", ("test_broken.py",)), Part("green", ("test_good.py",))]
    assert suite.through(parts, project) == 1
    assert [line.partition(" s  ")[2] for line in capfd.readouterr().out.splitlines()[-3:-1]] == [
        "red: RED",
        "green: green",
    ]


def test_the_run_prints_the_seed_of_its_samples() -> None:
    environment = {**os.environ, "SILKCAST_TEST_SEED": "7"}
    command = [sys.executable, "-m", "tools.suite", "nothing"]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert told.stdout.splitlines() == ["seed 7 (set SILKCAST_TEST_SEED to have the same sample again)"]
    assert told.stderr.strip() == "no such run: nothing"


def test_each_test_belongs_to_one_part_of_the_whole_run() -> None:
    which = [part.which for part in (suite.fast(), *suite.slow())]
    assert which == [
        ("-m", "not slow and not real_server"),
        ("-m", "(slow or real_server) and not alone"),
        ("-m", "(slow or real_server) and alone"),
    ]


def test_what_shares_a_house_runs_in_one_worker() -> None:
    a, b = "tests/scenarios/test_a.py", "tests/scenarios/test_b.py"
    assert dealing.house(f"{a}::test_x[sqlite]") == dealing.house(f"{a}::test_y[1-sqlite]") == a
    assert dealing.house(f"{a}::test_x[silkcast_on_postgresql]") == dealing.house(f"{a}::test_y[postgresql]") != a
    assert dealing.house(f"{b}::test_x[postgresql]") != dealing.house(f"{a}::test_x[postgresql]")
    assert dealing.house("tests/browser/test_a.py::test_x") == dealing.house("tests/browser/test_b.py::test_y")


def test_where_it_is_asked_for_files_with_few_tests_go_first(project: Path) -> None:
    holds(project, a=GOOD + GOOD.replace("good", "better"), b="def test_only(): pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "tools.dealing", "--collect-only"]
    orders = []
    for more in ([], [suite.FEW_FIRST]):
        told = subprocess.run(
            [*command, *more], cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
        )
        orders.append([line.rpartition("::")[2] for line in told.stdout.splitlines() if "::" in line])
    assert orders == [["test_good", "test_better", "test_only"], ["test_only", "test_good", "test_better"]]
