"""What of the many kills, crash points and made-up requests a run tries: drawn by a seed, so that it can be had again.

Each commit has a sample of its own; SILKCAST_TEST_SEED sets another one.
"""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

VARIABLE = "SILKCAST_TEST_SEED"
IS_SOAK = os.environ.get("SILKCAST_TEST_SOAK") == "1"  # all of them, or many times as many


def seed() -> int:
    """From the environment, or from the commit; from now on the environment names it, for workers and reruns too."""
    if not os.environ.get(VARIABLE):
        command = ["/usr/bin/env", "git", "rev-parse", "--short=8", "HEAD"]
        told = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
        os.environ[VARIABLE] = str(
            int(told.stdout, 16) if told.returncode == 0 else random.SystemRandom().getrandbits(32)
        )
    return int(os.environ[VARIABLE])


def chance(subject: str) -> random.Random:
    """The run's own luck in one matter, whatever else was drawn before."""
    return random.Random(f"{seed()} {subject}")
