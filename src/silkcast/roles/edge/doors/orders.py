"""Orders on their way to intake; answered only after the commit, and never guessed when no answer comes."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Sequence
from typing import Any

from silkcast.kernel.wire import Client, WireError, WireRefused
from silkcast.roles.edge.credentials import Credentials
from silkcast.roles.edge.doors.json_bodies import require_json
from silkcast.roles.edge.grouping import Grouping
from silkcast.roles.edge.http.messages import JSON_HEADERS, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits, Places
from silkcast.roles.edge.refusals import KeyMissing, OutcomeUnknown, RoleAway

KEY_LENGTH_MAX = 100
UNDER_WAY_MAX = 2  # messages to one intake: one that commits and one that is next
_first_sku = re.compile(rb'"sku_id"\s*:\s*"([^"]{1,40})"').search


class OrdersDoor:
    ends_with_client = True

    def __init__(self, intakes: Sequence[Client], credentials: Credentials, limits: EdgeLimits) -> None:
        self._groupings = [
            Grouping(intake, "orders.place_many", limits.orders_s_max, door="orders", under_way_max=UNDER_WAY_MAX)
            for intake in intakes
        ]
        self._credentials = credentials
        self.places = Places(limits.orders_in_flight_max, door="orders")

    async def answer(self, request: Request, reply: Reply) -> None:
        caller = await self._credentials.caller(request)
        key = (request.header(b"idempotency-key") or b"").decode("latin-1")
        if not 1 <= len(key) <= KEY_LENGTH_MAX or not (key.isascii() and key.isprintable()):
            raise KeyMissing(length_max=KEY_LENGTH_MAX)
        require_json(request)
        # A viewer's token was judged here; what a key may do is intake's to say.
        buyer = (
            {"key": caller.credential} if caller.viewer is None else {"viewer": caller.viewer, "client": request.client}
        )
        order = {
            **buyer,
            "base_id": caller.base_id,
            "idempotency_key": key,
            "body": request.body,
            "received_ms": time.time_ns() // 1_000_000,
        }
        with self.places.take():
            answer = await self._place(order, caller.sender(request.client))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer["headers"].items()]
        reply.send(answer["status"], [*JSON_HEADERS, *headers], answer["body"])

    async def _place(self, order: dict[str, Any], sender: str) -> dict[str, Any]:
        body: bytes = order["body"]
        try:
            lane = self._groupings[_lane(body, len(self._groupings))]
            return await lane.ask(order, size=len(body), sender=sender)
        except WireRefused:
            raise
        except WireError as error:
            if isinstance(error.__cause__, ConnectionRefusedError | FileNotFoundError):  # it never left this process
                raise RoleAway(role="intake", retry_after_s=1) from error
            raise OutcomeUnknown(retry_after_s=1) from error


def _lane(body: bytes, lanes: int) -> int:
    """Which intake: one SKU's purchases go the same way, to share batches and to wait for no one else's shelf.

    Only a matter of speed; every intake may place every purchase.
    """
    found = _first_sku(body) if lanes > 1 else None
    return zlib.crc32(found[1]) % lanes if found else 0
