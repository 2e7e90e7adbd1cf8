"""What the live numbers said while the show ran, every ten seconds: for drawing, not for counting.

Late signals correct minutes and totals, and leave a past sample as it was seen. Samples are taken by the times at which
signals were received, so a tally read back from the log draws the same curve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

STEP_MS = 10_000
SAMPLES_MAX = 2_160  # six hours; a longer show keeps every second sample, and so on
SILENT_MS = 60_000  # after so long without a signal nothing moves any more


@dataclass(frozen=True, slots=True)
class Sample:
    at_ms: int
    online: int
    stay_s_average: float
    interaction_rate: float
    conversion: float
    gmv_minor: int


class Curve:
    def __init__(self) -> None:
        self._samples: list[Sample] = []
        self._step_ms = STEP_MS
        self._due_ms = 0

    def advance(self, now_ms: int, heard_ms: int, take: Callable[[int], Sample]) -> None:
        """Take the samples due until `now_ms`; `heard_ms` is when the last signal was received, 0 before the first."""
        if not heard_ms:
            self._due_ms = now_ms - now_ms % self._step_ms + self._step_ms
            return
        while self._due_ms <= min(now_ms, heard_ms + SILENT_MS):
            self._samples.append(take(self._due_ms))
            if len(self._samples) >= SAMPLES_MAX:
                del self._samples[::2]
                self._step_ms *= 2
            self._due_ms += self._step_ms
        if self._due_ms <= now_ms:
            self._due_ms = now_ms - now_ms % self._step_ms + self._step_ms

    def points(self, most: int) -> list[Sample]:
        """At most so many, evenly thinned; the latest is always among them."""
        stride = max(1, -(-len(self._samples) // most))
        return self._samples[::-1][::stride][::-1]
