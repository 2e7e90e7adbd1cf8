"""What is given to `make` reaches the program behind it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INHERITED = {"MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS", "LANE", "MINUTES", "ARGS"}


def runs(*asked: str) -> str:
    """The command that `make` would run last."""
    command = ["make", "--dry-run", "--no-print-directory", *asked]
    clean = {name: value for name, value in os.environ.items() if name not in INHERITED}  # `make soak` runs this too
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=clean)
    return told.stdout.splitlines()[-1]


def test_bench_passes_rows_and_form_on() -> None:
    assert (
        runs("bench", "ARGS=room orders-engine --json") == ".venv/bin/python -m tests.bench room orders-engine --json"
    )
    assert runs("bench").strip() == ".venv/bin/python -m tests.bench"


def test_soak_passes_lanes_and_minutes_on() -> None:
    assert runs("soak", "LANE=orders kills", "MINUTES=30").split() == (
        [".venv/bin/python", "-m", "tools.soak", "--minutes", "30", "orders", "kills"]
    )
    assert runs("soak").split() == [".venv/bin/python", "-m", "tools.soak"]
