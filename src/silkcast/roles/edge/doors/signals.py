"""What viewers did, on its way to the durable log; accepted only once the signals role has synced it to disk."""

from __future__ import annotations

import time

import msgspec

from silkcast.kernel.wire import Client, WireError, WireRefused
from silkcast.roles.edge.credentials import Credentials
from silkcast.roles.edge.http.messages import JSON_HEADERS, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits, Places
from silkcast.roles.edge.refusals import RoleAway

SCOPE = "signals.write"
SHOP_SOURCE = "shop"  # every viewer's page; an API key is a source of its own
_encode = msgspec.json.Encoder().encode


class SignalsDoor:
    ends_with_client = True

    def __init__(self, signals: Client, credentials: Credentials, limits: EdgeLimits) -> None:
        self.body_bytes_max = limits.signals_body_bytes_max
        self._signals = signals
        self._credentials = credentials
        self._deadline_s = limits.signals_s_max
        self.places = Places(limits.signals_in_flight_max, door="signals")

    async def answer(self, request: Request, reply: Reply) -> None:
        caller = await self._credentials.caller(request)
        caller.require(SCOPE)
        batch = {
            "base_id": caller.base_id,
            "body": request.body,
            "source": caller.name if caller.viewer is None else SHOP_SOURCE,
            "viewer": caller.viewer,
            "received_ms": time.time_ns() // 1_000_000,
        }
        with self.places.take():
            try:
                counted = await self._signals.call("signals.append", batch, deadline_s=self._deadline_s)
            except WireRefused:
                raise
            except WireError as error:
                # Sending them again is safe: signals carry ids, and duplicates are counted once.
                raise RoleAway(role="signals", retry_after_s=1) from error
        reply.send(202, JSON_HEADERS, _encode(counted))
