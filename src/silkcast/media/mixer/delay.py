"""The delay line between mix and encoder: what is mixed now is seen up to fifteen seconds later."""

from __future__ import annotations

import collections
from typing import Final, Generic, TypeVar

DELAY_MS_MAX: Final = 15_000

Item = TypeVar("Item")


class DelayLine(Generic[Item]):
    """One in, one out on each tick, so that the output never waits and never doubles its pace.

    While the delay grows the output is None and the last picture stays; when it shrinks the oldest items are
    dropped, which is what an operator who shortens the delay asks for. Holds at most the delay's ticks and one.
    """

    def __init__(self) -> None:
        self._items: collections.deque[Item] = collections.deque()
        self.ticks = 0

    def pass_through(self, item: Item) -> tuple[Item | None, list[Item]]:
        """What is due now, and what was dropped to get there."""
        self._items.append(item)
        dropped = [self._items.popleft() for _ in range(len(self._items) - self.ticks - 1)]
        return (self._items.popleft() if len(self._items) > self.ticks else None), dropped

    def __len__(self) -> int:
        return len(self._items)
