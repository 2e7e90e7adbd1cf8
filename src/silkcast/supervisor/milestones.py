"""What others wait for: a program that has once been well, tables that are ready, the ready line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable


class Milestones:
    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def reach(self, name: str) -> None:
        self._event(name).set()

    def is_reached(self, name: str) -> bool:
        return self._event(name).is_set()

    async def reached(self, names: Iterable[str]) -> None:
        for name in names:
            await self._event(name).wait()

    def _event(self, name: str) -> asyncio.Event:
        return self._events.setdefault(name, asyncio.Event())
