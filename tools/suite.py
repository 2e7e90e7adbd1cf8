"""Runs the tests in parts. What fails runs once more, alone; the last lines name what passed only then.

    python -m tools.suite quick|test|affected

Many tests wait for a process or a deadline rather than compute: they run several at once. Those marked `alone` measure,
or play media in real time, and run one after another with nothing beside them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import sampling

from tools import affected

ROOT = Path(__file__).resolve().parent.parent
WORKERS = str(2 * (os.cpu_count() or 1))
AT_ONCE = ("-n", WORKERS, "--dist", "loadfile", "--max-worker-restart", "0")
FEW_FIRST = "--no-loadscope-reorder"
ALONE = ("-n", "0")
FAST, SLOW = "not slow and not real_server", "(slow or real_server)"
# So many at once are no matter of luck: the run is red without asking again.
AGAIN_MAX = 20
SOME_FAILED, NONE_FOUND = 1, 5
INTERRUPTED = 2


@dataclass(frozen=True)
class Part:
    name: str
    which: tuple[str, ...]
    how: tuple[str, ...] = ALONE
    may_be_empty: bool = False


@dataclass
class Outcome:
    """`code` is what pytest says at last; 0 also when all that failed at first passed alone."""

    part: Part
    code: int = 0
    took_s: float = 0.0
    failed: list[str] = field(default_factory=list)
    flaky: list[str] = field(default_factory=list)


def fast(*paths: str) -> Part:
    return Part("fast tests, several at once", ("-m", FAST, *paths), AT_ONCE, may_be_empty=bool(paths))


def slow(*paths: str) -> list[Part]:
    return [
        Part(
            "slow tests, several at once",
            ("-m", f"{SLOW} and not alone", *paths),
            (*AT_ONCE, FEW_FIRST),
            may_be_empty=bool(paths),
        ),
        Part("slow tests, each alone", ("-m", f"{SLOW} and alone", *paths), may_be_empty=bool(paths)),
    ]


def run(part: Part, root: Path = ROOT) -> Outcome:
    """One part, and what failed in it once more."""
    outcome, began_s = Outcome(part), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="silkcast-suite-") as notes:
        outcome.code = _pytest(root, notes, *part.which, *part.how)
        outcome.failed = failed(notes)
        if outcome.code == NONE_FOUND and part.may_be_empty:
            outcome.code = 0
        elif outcome.code == SOME_FAILED and 0 < len(outcome.failed) <= AGAIN_MAX:
            print(f"Once more, alone: {len(outcome.failed)} that failed", flush=True)
            first = set(outcome.failed)
            outcome.code = _pytest(root, notes, *part.which, *ALONE, "--last-failed", "--last-failed-no-failures=none")
            outcome.failed = failed(notes)
            outcome.flaky = sorted(first - set(outcome.failed))
    outcome.took_s = time.monotonic() - began_s
    return outcome


def command(notes: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "tools.dealing", "-o", f"cache_dir={notes}", *arguments]


def _pytest(root: Path, notes: str, *arguments: str) -> int:
    """An interrupt reaches it by the terminal too, and we say what was found until then."""
    pytest = subprocess.Popen(command(notes, *arguments), cwd=root, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        return pytest.wait()
    except KeyboardInterrupt:
        pytest.wait()
        return INTERRUPTED


def failed(notes: str) -> list[str]:
    """As pytest's own cache has it, whichever worker it was; a file that cannot be read stands for its tests."""
    found = Path(notes, "v", "cache", "lastfailed")
    return sorted(json.loads(found.read_text())) if found.exists() else []


def told(outcomes: Sequence[Outcome]) -> str:
    """The last lines: how long each part took, and which tests cannot be relied on."""
    lines = [f"{round(each.took_s):>6} s  {each.part.name}: {'green' if not each.code else 'RED'}" for each in outcomes]
    lines += [f"FAILED {test}" for each in outcomes for test in each.failed]
    lines += [f"FLAKY {test} (failed, then passed alone)" for each in outcomes for test in each.flaky]
    return "\n".join(lines)


def through(parts: Sequence[Part], root: Path = ROOT) -> int:
    """All parts, so that one run says all that is amiss; an interrupt ends them. 0 when all is green."""
    outcomes: list[Outcome] = []
    for part in parts:
        outcomes.append(run(part, root))
        if outcomes[-1].code == INTERRUPTED:
            break
    print(told(outcomes), flush=True)
    return int(any(each.code for each in outcomes))


def parts_of_change(base: str) -> list[Part]:
    changed = affected.changes(base)
    chosen = affected.affected(changed, affected.sources())
    names = "all" if chosen.fast is None else str(len(chosen.fast))
    print(f"{len(changed)} changed files since {base}: fast tests of {names} files, slow ones of {len(chosen.slow)}")
    return [
        fast(*sorted(chosen.fast or ())),
        *(slow(*sorted(chosen.slow)) if chosen.slow else ()),
    ]


def main(which: str) -> int:
    print(f"seed {sampling.seed()} (set {sampling.VARIABLE} to have the same sample again)", flush=True)
    match which:
        case "quick":
            return through([fast()])
        case "test":
            return through([fast(), *slow()])
        case "affected":
            return through(parts_of_change(os.environ.get("BASE") or "main"))
    sys.exit(f"no such run: {which}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
