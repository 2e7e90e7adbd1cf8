"""One writer at a time, over threads and processes, in about the order of asking."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable


class Turnstile:
    """A lock on a file beside the database; the kernel wakes its waiters in order and frees it when a holder dies."""

    def __init__(self, database: Callable[[], str]) -> None:
        self._database = database
        self._handle = -1
        self._held = False

    def enter(self) -> None:
        if self._held:
            return
        if self._handle < 0:
            self._handle = os.open(f"{self._database()}.turnstile", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        self._held = True

    def leave(self) -> None:
        if self._held:
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            self._held = False

    def close(self) -> None:
        self.leave()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
