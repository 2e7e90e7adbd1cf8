"""One line of the table, its goal, and the median that most figures are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

REPEATS = 3


@dataclass(frozen=True, slots=True)
class AtLeast:
    limit: float
    sign = "≥"

    def is_met(self, figure: float) -> bool:
        return figure >= self.limit


@dataclass(frozen=True, slots=True)
class AtMost:
    limit: float
    sign = "≤"

    def is_met(self, figure: float) -> bool:
        return figure <= self.limit


Goal = AtLeast | AtMost


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside that of an alternative of the same run, where there is one; either may have a goal."""

    what: str
    figure: float
    beside: str = ""
    beside_figure: float = 0.0
    detail: str = ""
    unit: str = "/s"
    goal: Goal | None = None
    ratio_goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        return self.figure / self.beside_figure if self.beside_figure else None

    @property
    def is_met(self) -> bool | None:
        """Whether every goal was met in this run; None where there is none."""
        judged = [] if self.goal is None else [self.goal.is_met(self.figure)]
        if self.ratio_goal is not None and self.ratio is not None:
            judged.append(self.ratio_goal.is_met(self.ratio))
        return all(judged) if judged else None


def rate(count: int, work: Callable[[], None]) -> float:
    """Median of several runs, things a second by wall clock."""
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return count / statistics.median(taken)


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
