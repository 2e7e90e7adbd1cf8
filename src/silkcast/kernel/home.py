"""Whether what a process works for is still there: its data folder, and somebody who asks for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

LOOK_EVERY_S = 2.0
LOOKS_MIN = 3  # in a row: a volume that is mounted anew is away for a moment


class Desertion(StrEnum):
    FOLDER_GONE = "folder_gone"
    NOBODY_ASKS = "nobody_asks"


class Home:
    """A folder that was removed, or made anew in its place, is gone for whoever began in it.

    `alone_s_max`: how long one waits to be asked after again; None waits for ever.
    """

    def __init__(
        self, folder: Path, *, alone_s_max: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder, self._alone_s_max, self._clock = folder, alone_s_max, clock
        self._known = _identity(folder)
        self._missed = 0
        self._asked_s = self._looked_s = clock()

    def asked(self) -> None:
        self._asked_s = self._clock()

    def why_deserted(self) -> Desertion | None:
        """Why there is nothing left to work for. It may be called at any rate; it looks from time to time."""
        now_s = self._clock()
        if self._alone_s_max is not None and now_s - self._asked_s > self._alone_s_max:
            return Desertion.NOBODY_ASKS
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            self._missed = 0 if _identity(self._folder) == self._known else self._missed + 1
        return Desertion.FOLDER_GONE if self._missed >= LOOKS_MIN else None


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino
