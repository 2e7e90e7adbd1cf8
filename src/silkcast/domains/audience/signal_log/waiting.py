"""Requests between the door and the disk: bounded, and refused fairly when there are too many.

Nothing that was let in is dropped. While less than half of the room is taken, everyone may enter; after that, whoever
already holds an equal share or more is asked to come back, so that one flood never shuts the others out.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from silkcast.kernel.errors import Overloaded

SIGNALS_MAX = 200_000
RETRY_MS_LEAST, RETRY_MS_MOST = 100, 5_000

Entry = TypeVar("Entry")


class SignalsOverloaded(Overloaded):
    code = "signals.overloaded"


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Entry]):
    entry: Entry
    holder: str
    signals: int
    size: int


class WaitingRoom(Generic[Entry]):
    """First come, first served. `rate` gives the signals a second that are being dealt with at present."""

    def __init__(self, *, rate: Callable[[], float], signals_max: int = SIGNALS_MAX) -> None:
        self._rate = rate
        self._signals_max = signals_max
        self._queue: deque[_Waiting[Entry]] = deque()
        self._held: Counter[str] = Counter()
        self.signals = 0

    def __len__(self) -> int:
        return len(self._queue)

    def enter(self, entry: Entry, *, holder: str, signals: int, size: int) -> None:
        """Raises SignalsOverloaded with the time after which it is worth trying again."""
        signals = max(signals, 1)
        after = self.signals + signals
        share = self._signals_max // (len(self._held) + (holder not in self._held))
        if after > self._signals_max or (after > self._signals_max // 2 and self._held[holder] + signals > share):
            raise SignalsOverloaded(retry_after_ms=self._retry_after_ms(), waiting=self.signals)
        self._queue.append(_Waiting(entry, holder, signals, size))
        self._held[holder] += signals
        self.signals = after

    def leave(self, *, signals_max: int, size_max: int) -> list[Entry]:
        """The next entries that fit together, at least one if any waits."""
        taken: list[Entry] = []
        signals = size = 0
        while self._queue:
            first = self._queue[0]
            signals, size = signals + first.signals, size + first.size
            if taken and (signals > signals_max or size > size_max):
                break
            self._queue.popleft()
            taken.append(first.entry)
            self.signals -= first.signals
            self._held[first.holder] -= first.signals
            if not self._held[first.holder]:
                del self._held[first.holder]
        return taken

    def _retry_after_ms(self) -> int:
        rate = self._rate()
        wait_ms = int(self.signals * 1000 / rate) if rate > 0 else RETRY_MS_MOST
        return min(max(wait_ms, RETRY_MS_LEAST), RETRY_MS_MOST)
