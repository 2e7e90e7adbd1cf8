"""Keeps a flood at the port from becoming a flood in the log: so many lines a while, and a count of the rest."""

from __future__ import annotations

from typing import Final

LINES_MAX: Final = 10
WHILE_S: Final = 10.0


class Sparing:
    """`now_s` is any steady clock."""

    def __init__(self) -> None:
        self._since_s = float("-inf")
        self._lines = 0
        self._unsaid = 0

    def may_say(self, now_s: float) -> int | None:
        """None to stay silent; else how many were not said since the last line."""
        if now_s - self._since_s >= WHILE_S:
            self._since_s, self._lines = now_s, 0
        if self._lines == LINES_MAX:
            self._unsaid += 1
            return None
        self._lines += 1
        unsaid, self._unsaid = self._unsaid, 0
        return unsaid
