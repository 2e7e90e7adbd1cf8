"""Places for so many at once, and turns among networks for those who wait: one network's crowd delays its own."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Generic, TypeVar

SHARE = 4  # a network may fill a quarter of the waiting room


T = TypeVar("T")


class Queues(Generic[T]):
    """One of each sender's after another, in the order in which they came."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[T]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def of(self, sender: str) -> int:
        return len(self._of.get(sender, ()))

    def put(self, sender: str, one: T) -> None:
        self._of.setdefault(sender, deque()).append(one)
        self._count += 1

    def first(self) -> T:
        return next(iter(self._of.values()))[0]

    def take(self) -> T:
        sender, queue = self._of.popitem(last=False)
        one = queue.popleft()
        if queue:
            self._of[sender] = queue  # behind the others
        self._count -= 1
        return one

    def remove(self, sender: str, one: T) -> None:
        """If it waits."""
        queue = self._of.get(sender)
        if queue is not None and one in queue:
            queue.remove(one)
            self._count -= 1
            if not queue:
                del self._of[sender]


class Turns:
    def __init__(self, places: int, waiting_max: int) -> None:
        self._free = places
        self._waiting_max = waiting_max
        self._share_max = max(1, waiting_max // SHARE)
        self._queues = Queues[asyncio.Future[None]]()

    @property
    def waiting(self) -> int:
        return len(self._queues)

    async def take(self, network: str, within_s: float) -> bool:
        """A place, whenever it is the network's turn; False for no room to wait in, or none within the time."""
        if self._free:
            self._free -= 1
            return True
        if self.waiting >= self._waiting_max or self._queues.of(network) >= self._share_max:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.put(network, turn)
        try:
            async with asyncio.timeout(within_s):
                await turn
        except TimeoutError:
            return self._leave(network, turn)
        except asyncio.CancelledError:
            if self._leave(network, turn):
                self.free()
            raise
        return True

    def free(self) -> None:
        """Give a place back: to the network whose turn it is."""
        while self._queues:
            turn = self._queues.take()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _leave(self, network: str, turn: asyncio.Future[None]) -> bool:
        """Whether the place had come at the same moment; else its queue is left."""
        if turn.done() and not turn.cancelled():
            return True
        self._queues.remove(network, turn)
        return False
