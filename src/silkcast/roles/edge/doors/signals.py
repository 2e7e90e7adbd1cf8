"""What viewers did, on its way to the durable log; accepted only once the signals role has synced it to disk."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from silkcast.domains.audience.contracts import SHOP_SOURCE
from silkcast.domains.audience.engine.admission import count_items, read_good
from silkcast.domains.audience.engine.errors import NotBegun, TooManySignals
from silkcast.kernel.addresses import network_of
from silkcast.kernel.wire import Client, WireError, WireRefused
from silkcast.roles.edge.credentials import Caller, Credentials
from silkcast.roles.edge.doors.json_bodies import require_type
from silkcast.roles.edge.grouping import Grouping
from silkcast.roles.edge.http.messages import JSON_HEADERS, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits, Places, Rate
from silkcast.roles.edge.refusals import RoleAway

SCOPE = "signals.write"
READ_BYTES_MAX = 128 * 1024  # about a millisecond
UNDER_WAY_MAX = 8  # messages to the role, which syncs all that wait there in one go
_encode = msgspec.json.Encoder().encode


class SignalsDoor:
    ends_with_client = True

    def __init__(self, signals: Client, credentials: Credentials, limits: EdgeLimits) -> None:
        self._grouping = Grouping(
            signals, "signals.append_many", limits.signals_s_max, door="signals", under_way_max=UNDER_WAY_MAX
        )
        self._credentials = credentials
        self.places = Places(limits.signals_in_flight_max, door="signals")
        self._exempt_addresses = limits.exempt_addresses
        self._of_viewer = (
            Rate(limits.viewer_signals_rate, limits.viewer_signals_burst),
            Rate(limits.viewer_comments_rate, limits.viewer_comments_burst),
        )
        self._of_address = (
            Rate(limits.address_signals_rate, limits.address_signals_burst),
            Rate(limits.address_comments_rate, limits.address_comments_burst),
        )

    async def answer(self, request: Request, reply: Reply) -> None:
        caller = await self._credentials.caller(request)
        caller.require(SCOPE)
        if caller.waits:
            raise NotBegun(show_id=caller.show)
        require_type(request)
        sent: dict[str, Any] = {
            "source": caller.name if caller.viewer is None else SHOP_SOURCE,
            "viewer": caller.viewer,
            "show": caller.show,
            "received_ms": time.time_ns() // 1_000_000,
        }
        with self.places.take():
            # Reading is most of what signals cost, and the role behind has enough to do. What is not wholly good goes
            # on as it came: there each item gets its code. So does a long one: all doors wait for what is read here.
            good = read_good(request.body, **sent) if len(request.body) <= READ_BYTES_MAX else None
            if caller.viewer is not None:
                self._count(caller, request, *(good.counts() if good else count_items(request.body)))
            batch = {"base_id": caller.base_id} | ({"good": good} if good else {"body": request.body, **sent})
            try:
                counted = await self._grouping.ask(batch, size=len(request.body), sender=caller.sender(request.client))
            except WireRefused:
                raise
            except WireError as error:
                # Sending them again is safe: signals carry ids, and duplicates are counted once.
                raise RoleAway(role="signals", retry_after_s=1) from error
        if "code" in counted:
            raise WireRefused(counted["code"], counted["facts"], counted["status"])
        reply.send(202, JSON_HEADERS, _encode(counted))

    def _count(self, caller: Caller, request: Request, *counts: int) -> None:
        """What a viewer may do is bounded by signals and by comments, and what all viewers of an address may: a token
        is a page's for the asking."""
        for rate, count in zip(self._of_viewer, counts, strict=True):
            if count > rate.most:  # would never pass
                raise TooManySignals(items=count, most=rate.most)
        now_s = time.monotonic()
        named: list[tuple[tuple[Rate, ...], str]] = [(self._of_viewer, f"{caller.base_id}/{caller.viewer}")]
        if request.client not in self._exempt_addresses:
            named.append((self._of_address, network_of(request.client)))  # last: a refused viewer takes none of it
        for rates, name in named:
            for rate, count in zip(rates, counts, strict=True):
                if count:
                    rate.take(name, now_s, count)
