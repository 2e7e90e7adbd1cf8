"""How long to wait before a program is started again: hardly after an accident, ever longer for one that cannot run."""

from __future__ import annotations

DELAYS_S = (0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 30.0)
STABLE_S = 30.0


class Backoff:
    def __init__(self) -> None:
        self._failures = 0

    def next_s(self, ran_s: float) -> float:
        """The wait after a run of `ran_s`; one that ran long enough has earned a fresh start."""
        if ran_s >= STABLE_S:
            self._failures = 0
        delay_s = DELAYS_S[min(self._failures, len(DELAYS_S) - 1)]
        self._failures += 1
        return delay_s
