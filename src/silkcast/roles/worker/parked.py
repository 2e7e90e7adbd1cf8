"""Events that a consumer could not apply, for whoever mends what broke them: to be listed, and to be tried again."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from silkcast.kernel import relay
from silkcast.kernel.models import ParkedEvent

LISTED_MAX = 500


def count() -> int:
    return ParkedEvent.objects.across_bases().count()


def _list() -> list[dict[str, Any]]:
    rows = ParkedEvent.objects.across_bases().order_by("position")[:LISTED_MAX]
    return [
        {
            "consumer": row.consumer,
            "base_id": str(row.base_id),
            "subject": row.subject,
            "position": row.position,
            "at": row.at.isoformat(timespec="seconds"),
            "error": row.error.strip(),
        }
        for row in rows
    ]


async def listed(_: Any) -> list[dict[str, Any]]:
    return await asyncio.to_thread(_list)


async def resume(body: Any) -> dict[str, int]:
    """Try a parked subject's events again, in order; how many went through before one failed anew."""
    asked = (str(body["consumer"]), UUID(body["base_id"]), str(body["subject"]))
    return {"through": await asyncio.to_thread(relay.resume, *asked)}
