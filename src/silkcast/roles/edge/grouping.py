"""Requests that come close together travel to the role behind as one message: a frame each would cost more than doing
them. Each still has an answer of its own, and where they have to wait their senders take turns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.wire import Client
from silkcast.roles.edge.refusals import Busy
from silkcast.roles.edge.turns import Queues

GROUP_MAX = 250
GROUP_BYTES_MAX = 4 * 1024 * 1024  # well below what a frame holds
WAIT_SHARE_MAX = 0.5  # of a request's time; one that has waited longer was surely not asked, and is told so


@dataclass(slots=True)
class _Waiting:
    asked: dict[str, Any]
    size: int
    answer: asyncio.Future[dict[str, Any]]
    since_s: float


class Grouping:
    """Asks the method for many at once: a list of what was asked, for a list of answers."""

    def __init__(self, role: Client, method: str, deadline_s: float, *, door: str, under_way_max: int) -> None:
        self._role = role
        self._method = method
        self._deadline_s = deadline_s
        self._door = door
        self._under_way_max = under_way_max  # past it, what comes gathers here
        self._waiting = Queues[_Waiting]()  # bounded by the door's places
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_due = False

    async def ask(self, asked: dict[str, Any], *, size: int, sender: str) -> dict[str, Any]:
        """`size`: the bytes that it takes in a frame, about."""
        loop = asyncio.get_running_loop()
        one = _Waiting(asked, size, loop.create_future(), loop.time())
        self._waiting.put(sender, one)
        self._send_soon()
        return await one.answer

    def _send_soon(self) -> None:
        """At the end of this turn of the loop, so that what arrived in it goes together."""
        if self._waiting and not self._is_due and len(self._under_way) < self._under_way_max:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._is_due = False
        now_s = asyncio.get_running_loop().time()
        group: list[_Waiting] = []
        room = GROUP_BYTES_MAX
        while self._waiting and len(group) < GROUP_MAX:
            room -= self._waiting.first().size
            if group and room < 0:
                break
            one = self._waiting.take()
            if one.answer.done():  # its client has left
                continue
            if now_s - one.since_s > self._deadline_s * WAIT_SHARE_MAX:
                one.answer.set_exception(Busy(door=self._door, retry_after_s=1))
            else:
                group.append(one)
        if group:
            since_s = min(one.since_s for one in group)
            asking = asyncio.create_task(self._ask_for(group, self._deadline_s - (now_s - since_s)))
            self._under_way.add(asking)
            asking.add_done_callback(self._end)
        self._send_soon()

    def _end(self, asking: asyncio.Task[None]) -> None:
        self._under_way.discard(asking)
        self._send_soon()

    async def _ask_for(self, group: list[_Waiting], deadline_s: float) -> None:
        try:
            answers = await self._role.call(self._method, [one.asked for one in group], deadline_s=deadline_s)
        except SilkcastError as error:
            for one in group:
                if not one.answer.done():
                    one.answer.set_exception(error)
        else:
            for one, answer in zip(group, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(answer)
