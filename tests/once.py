"""What is dear to make is made once a run, though many workers want it: the first makes it, the others wait for it."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

PLACE = "SILKCAST_TEST_PLACE"


def _clear(run: int) -> None:
    if os.getpid() == run:  # a forked child of the run inherits the exit handler, not the place
        shutil.rmtree(os.environ[PLACE], ignore_errors=True)


if PLACE not in os.environ:  # this is the run itself, before it starts its workers
    os.environ[PLACE] = tempfile.mkdtemp(prefix="silk-run-")
    atexit.register(_clear, os.getpid())


def once(name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` has filled; whoever gets it only reads."""
    place = Path(os.environ[PLACE])
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / name).exists():
            draft = Path(tempfile.mkdtemp(dir=place))
            make(draft)
            draft.rename(place / name)
    return place / name
