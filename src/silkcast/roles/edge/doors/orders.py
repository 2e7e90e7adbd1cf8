"""Orders on their way to intake; answered only after the commit, and never guessed when no answer comes."""

from __future__ import annotations

import time
from typing import Any

from silkcast.kernel.wire import Client, WireError, WireRefused
from silkcast.roles.edge.credentials import Credentials
from silkcast.roles.edge.http.messages import JSON_HEADERS, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits, Places
from silkcast.roles.edge.refusals import KeyMissing, OutcomeUnknown, RoleAway

KEY_LENGTH_MAX = 100


class OrdersDoor:
    ends_with_client = True

    def __init__(self, intake: Client, credentials: Credentials, limits: EdgeLimits) -> None:
        self.body_bytes_max = limits.orders_body_bytes_max
        self._intake = intake
        self._credentials = credentials
        self._deadline_s = limits.orders_s_max
        self.places = Places(limits.orders_in_flight_max, door="orders")

    async def answer(self, request: Request, reply: Reply) -> None:
        caller = await self._credentials.caller(request)
        key = (request.header(b"idempotency-key") or b"").decode("latin-1")
        if not 1 <= len(key) <= KEY_LENGTH_MAX or not (key.isascii() and key.isprintable()):
            raise KeyMissing(length_max=KEY_LENGTH_MAX)
        # A viewer's token was judged here; what a key may do is intake's to say.
        buyer = {"key": caller.credential} if caller.viewer is None else {"viewer": caller.viewer}
        order = {
            **buyer,
            "base_id": caller.base_id,
            "idempotency_key": key,
            "body": request.body,
            "received_ms": time.time_ns() // 1_000_000,
        }
        with self.places.take():
            answer = await self._place(order)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer["headers"].items()]
        reply.send(answer["status"], [*JSON_HEADERS, *headers], answer["body"])

    async def _place(self, order: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = await self._intake.call("orders.place", order, deadline_s=self._deadline_s)
        except WireRefused:
            raise
        except WireError as error:
            if isinstance(error.__cause__, ConnectionRefusedError | FileNotFoundError):  # it never left this process
                raise RoleAway(role="intake", retry_after_s=1) from error
            raise OutcomeUnknown(retry_after_s=1) from error
        return answer
