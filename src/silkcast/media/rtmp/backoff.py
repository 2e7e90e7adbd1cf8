"""How long to wait before the next attempt at a destination."""

from __future__ import annotations

import random
from typing import Final

FIRST_S: Final = 0.2
MOST_S: Final = 10.0
# A wrong key stays wrong until somebody changes it, and platforms lock out those who keep trying.
FINAL_REFUSAL_S: Final = 60.0
# Where nobody listens a try disturbs nobody, and a server that restarts is back within seconds: half a minute of these.
AWAY_S: Final = 0.5
AWAY_TRIES: Final = 60
_SPREAD: Final = 0.25


class Backoff:
    """Doubles from 0.2 s to 10 s. The spread keeps the destinations of one site from coming back in one burst."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._failures = self._away = 0

    def reset(self) -> None:
        """Call when media was accepted for a while, never at a mere connection: some accept all and keep none."""
        self._failures = self._away = 0

    def next_s(self, *, is_final: bool, is_away: bool = False) -> float:
        if is_away and self._away < AWAY_TRIES:
            self._away += 1
            return self._spread(AWAY_S)
        wait_s = FINAL_REFUSAL_S if is_final else min(MOST_S, FIRST_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return self._spread(wait_s)

    def _spread(self, wait_s: float) -> float:
        return wait_s * self._chance.uniform(1 - _SPREAD, 1 + _SPREAD)
