"""Places for so many at once, and turns among networks for those who wait: one network's crowd delays its own."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

SHARE = 4  # a network may fill a quarter of the waiting room


class Turns:
    def __init__(self, places: int, waiting_max: int) -> None:
        self._free = places
        self._waiting_max = waiting_max
        self._share_max = max(1, waiting_max // SHARE)
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self.waiting = 0

    async def take(self, network: str, within_s: float) -> bool:
        """A place, whenever it is the network's turn; False for no room to wait in, or none within the time."""
        if self._free:
            self._free -= 1
            return True
        queue = self._queues.get(network, deque())
        if self.waiting >= self._waiting_max or len(queue) >= self._share_max:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._queues[network] = queue
        self.waiting += 1
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
            network, queue = self._queues.popitem(last=False)
            turn = queue.popleft()
            self.waiting -= 1
            if queue:
                self._queues[network] = queue  # behind the others
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _leave(self, network: str, turn: asyncio.Future[None]) -> bool:
        """Whether the place had come at the same moment; else its queue is left."""
        if turn.done() and not turn.cancelled():
            return True
        queue = self._queues.get(network)
        if queue is not None and turn in queue:
            queue.remove(turn)
            self.waiting -= 1
            if not queue:
                del self._queues[network]
        return False
