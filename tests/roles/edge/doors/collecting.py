"""A signals role that remembers what it was asked, and what is sent to it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from silkcast.kernel.ids import new_id

COUNTED = {"accepted": 2, "duplicates": 1, "refused": [{"index": 3, "code": "signals.too_old"}]}
NO_ARRAY = {"code": "signals.not_an_array", "status": 422, "facts": {}}


class Signals:
    """The signals role, remembering what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.messages = 0
        self.release = asyncio.Event()
        self.release.set()

    async def append_many(self, bodies: Any) -> Any:
        self.asked += bodies
        self.messages += 1
        await self.release.wait()
        return [NO_ARRAY if body.get("body") == b"{}" else COUNTED for body in bodies]

    @property
    def methods(self) -> dict[str, Any]:
        return {"signals.append_many": self.append_many}


def likes(count: int) -> bytes:
    return msgspec.json.encode(
        [{"id": str(new_id()), "show_id": "s1", "kind": "like", "at": 1_790_000_000_000}] * count
    )
