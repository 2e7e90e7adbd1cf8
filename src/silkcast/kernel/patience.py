"""When to ask again about what is hopeless: later each time, so that it costs nothing and still ends by itself."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

REMEMBERED_MAX = 10_000


class Patience:
    """After a failure a name is due in `first_s`, then in twice as long each time, in `most_s` at most.

    In this process alone; of more names than are remembered, the oldest are as good as new.
    """

    def __init__(self, first_s: float, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._clock = clock
        self._waiting: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # name: (due, wait before that)

    def is_due(self, name: Hashable) -> bool:
        return name not in self._waiting or self._waiting[name][0] <= self._clock()

    def failed(self, name: Hashable) -> None:
        _, before_s = self._waiting.pop(name, (0.0, 0.0))
        wait_s = min(2 * before_s or self._first_s, self._most_s)
        self._waiting[name] = (self._clock() + wait_s, wait_s)
        if len(self._waiting) > REMEMBERED_MAX:
            self._waiting.popitem(last=False)

    def done(self, name: Hashable) -> None:
        self._waiting.pop(name, None)
