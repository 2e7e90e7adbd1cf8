"""Runs what `make test` only samples: whole, or round after round with another seed until the lane's minutes are over.

    python -m tools.soak [--minutes 15] [lane …]

A lane is begun on a quiet machine. A round is never cut short to keep the minutes; none is begun that would not fit by
the longest one so far. Each lane writes how it ended into docs/soak.md.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests import sampling

from tools import affected, suite

ROOT = Path(__file__).resolve().parent.parent
NOTES = ROOT / "docs" / "soak.md"
MINUTES, MINUTES_MAX = 15.0, 60.0
SEEDS = 2**32
POSTGRESQL = {"SILKCAST_TEST_DATABASE": "postgresql"}
NOT_OVER = 124


@dataclass(frozen=True)
class Step:
    """One run of pytest within a round."""

    which: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Lane:
    about: str
    steps: tuple[Step, ...]


def step(*which: str, **environment: str) -> Step:
    return Step(which, tuple(environment.items()))


SCENARIOS = "tests/scenarios/"
LANES = {
    "orders": Lane(
        "buyers fight over scarce goods by the hundred thousand; refunds meet refunds, lost answers and the release",
        (
            step(SCENARIOS + "test_races_slow.py", SCENARIOS + "test_refund_races.py"),
            step(SCENARIOS + "test_refund_races.py", **POSTGRESQL),
        ),
    ),
    "kills": Lane(
        "each role is killed again and again under a crowd; signals, rooms and supervisors too",
        (
            step(
                SCENARIOS + "test_kills_slow.py", "tests/roles/test_signals.py", "tests/roles/test_signals_on_nats.py"
            ),
            step("tests/media/room/test_restart.py", "tests/supervisor", "tests/test_preparing.py"),
        ),
    ),
    "crash-points": Lane(
        "a death before and after every write of a purchase's life, on SQLite",
        (step(SCENARIOS + "test_crash_points_slow.py", "-k", "sqlite"),),
    ),
    "crash-points-postgresql": Lane(
        "the same on PostgreSQL",
        (step(SCENARIOS + "test_crash_points_slow.py", "-k", "postgresql"),),
    ),
    "bad-input": Lane(
        "rubbish at every door, broken HTTP and thousands of slow connections beside good clients",
        (step(*(f"{SCENARIOS}test_bad_input{part}.py" for part in ("", "_forms", "_http")), "tests/roles/edge/http"),),
    ),
    "requests": Lane(
        "made-up requests to every operation of the API's document, on either database",
        (step("tests/project/test_schemathesis.py"), step("tests/project/test_schemathesis.py", **POSTGRESQL)),
    ),
    "faults": Lane(
        "full disks, clocks that are set, upgrades and database restarts on air, faulty cameras and destinations",
        (
            step(SCENARIOS, "-k", "machine_faults or upgrade or settings"),
            step("tests/roles/test_signals_faults.py", "tests/roles/test_ingest.py", "tests/media"),
        ),
    ),
    "shows": Lane(
        "a whole show from the encoder to the books, on either database",
        (step(SCENARIOS + "test_one_show.py"),),
    ),
    "pages": Lane(
        "every page in a browser, in every size and language; the shop and the console as people use them",
        (step("tests/browser", "tests/domains/control_room/pages"),),
    ),
    "order": Lane(
        "the fast tests in an order drawn by the seed, with other made-up examples each time, on either database",
        (
            step("-m", suite.FAST, "--shuffled", *suite.AT_ONCE),
            step("-m", suite.FAST, "--shuffled", *suite.AT_ONCE, **POSTGRESQL),
        ),
    ),
}


@dataclass
class Ended:
    rounds: int
    first_seed: int
    took_s: float
    wrong: str = ""

    def __str__(self) -> str:
        if self.wrong:
            return f"RED in round {self.rounds}, seed {self.first_seed + self.rounds - 1}: {self.wrong}"
        return f"green: {self.rounds} round{'s'[: self.rounds > 1]} from seed {self.first_seed}"


def through(lane: Lane, minutes: float, first_seed: int, root: Path = ROOT) -> Ended:
    began_s = time.monotonic()
    ended, longest_s = Ended(0, first_seed, 0.0), 0.0
    while not ended.rounds or ended.took_s + longest_s <= minutes * 60:
        for each in lane.steps:
            left_s = MINUTES_MAX * 60 - (time.monotonic() - began_s)
            ended.wrong = ended.wrong or run(each, (first_seed + ended.rounds) % SEEDS, left_s, root)
        ended.rounds += 1
        took_s, ended.took_s = time.monotonic() - began_s - ended.took_s, time.monotonic() - began_s
        longest_s = max(longest_s, took_s)
        if ended.wrong:
            break
    return ended


def run(asked: Step, seed: int, within_s: float, root: Path = ROOT) -> str:
    """What was wrong; "" for nothing."""
    told = {**os.environ, **dict(asked.environment), "SILKCAST_TEST_SOAK": "1", sampling.VARIABLE: str(seed)}
    print(f"seed {seed}: {' '.join(asked.which)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="silkcast-soak-") as notes:
        command = suite.command(notes, *asked.which, "--hypothesis-seed", str(seed))
        pytest = subprocess.Popen(command, cwd=root, env=told | {"PYTHONPATH": str(ROOT)})
        try:
            code = pytest.wait(within_s)
        except subprocess.TimeoutExpired:
            pytest.send_signal(signal.SIGINT)  # it ends what it has started
            pytest.wait()
            return f"not over after {MINUTES_MAX:.0f} minutes"
        return ", ".join(suite.failed(notes)) or f"pytest ended with {code}" if code else ""


def note(name: str, ended: Ended, notes: Path = NOTES, root: Path = ROOT) -> None:
    row = (f"{datetime.now(UTC):%Y-%m-%d}", commit(root), name, str(round(ended.took_s / 60)), str(ended))
    with notes.open("a", encoding="utf-8") as page:
        page.write(f"| {' | '.join(each.replace('|', '/') for each in row)} |\n")


def commit(root: Path) -> str:
    """The commit that was tried, and whether it was that alone."""
    (short,) = affected.git(root, "rev-parse", "--short", "HEAD") or ["none"]
    changed = [line for line in affected.git(root, "status", "--porcelain") if not line.endswith(f"docs/{NOTES.name}")]
    return f"{short} and changes" if changed else short


def main(arguments: Sequence[str]) -> int:
    lines = "\n".join(f"  {name:<24}{lane.about}" for name, lane in LANES.items())
    parser = argparse.ArgumentParser(
        "python -m tools.soak", epilog=f"lanes:\n{lines}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lanes", nargs="*", metavar="lane", help="all of them where none is named")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"of each lane, at most {MINUTES_MAX:.0f}")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.lanes) - set(LANES):
        parser.error(f"no such lane: {', '.join(sorted(unknown))}\n{lines}")
    if not 0 <= asked.minutes <= MINUTES_MAX:
        parser.error(f"minutes: at most {MINUTES_MAX:.0f}")
    first_seed, is_red = sampling.seed(), False
    print(f"Lanes, {asked.minutes:g} minutes each:\n{lines}", flush=True)
    for name in asked.lanes or LANES:
        ended = through(LANES[name], asked.minutes, first_seed)
        note(name, ended)
        print(f"{name}: {ended}", flush=True)
        is_red |= bool(ended.wrong)
    return int(is_red)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
