"""How much of anything the public port takes; one table, so that an operator sees every bound in one place."""

from __future__ import annotations

import math
import resource
from collections import OrderedDict
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from silkcast.kernel.addresses import NOBODY
from silkcast.roles.edge.refusals import Busy, TooManyRequests

DESCRIPTORS_KEPT_BACK = 256  # for the wire, the pages behind us, files and logs
ADDRESSES_KEPT_MAX = 65_536

MIB = 1024 * 1024
# Bodies held in memory, by where they go and whose they are: what fills one share is nobody else's loss. A sender has
# half of a share at most. `unproven` goes to a door of the API, under a key that nobody has asked intake about yet;
# behind `pages.program` every key is judged by the pages.
BODY_SHARES: Mapping[str, int] = {
    "heads": 16 * MIB,  # long ones that are not whole yet
    "pages.stranger": 12 * MIB,
    "pages.known": 28 * MIB,
    "pages.program": 20 * MIB,
    "unproven": 8 * MIB,
    "orders.viewer": 8 * MIB,
    "orders.program": 8 * MIB,
    "signals.viewer": 12 * MIB,
    "signals.program": 32 * MIB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimits:
    """Defaults for one machine; tests shrink them to reach a bound quickly."""

    connections_max: int = 20_000
    connections_per_address_max: int = 512
    head_bytes_max: int = 64 * 1024
    head_lines_max: int = 128  # each costs a hundred times what it sends
    crumbs_max: int = 4096  # parts of a body below 64 bytes, each of which costs as much as a large one
    head_s_max: float = 10.0
    idle_s_max: float = 75.0
    body_gap_s_max: float = 15.0
    body_s_max: float = 180.0
    unread_s_max: float = 30.0  # a client that stops reading its answer
    linger_s_max: float = 2.0
    body_bytes_per_s_min: float = 1024.0
    body_grace_s: float = 1.0  # after it a body that is still coming makes room, where its share is full
    body_shares: Mapping[str, int] = field(default_factory=lambda: BODY_SHARES)
    stop_s_max: float = 5.0

    stranger_body_bytes_max: int = 64 * 1024  # of who shows nothing that we could know them by
    viewer_orders_body_bytes_max: int = 64 * 1024
    viewer_signals_body_bytes_max: int = 256 * 1024
    signals_body_bytes_max: int = 1024 * 1024
    signals_in_flight_max: int = 512
    signals_s_max: float = 30.0  # a disk may stand still for seconds: until the places are taken, who asks can wait
    orders_body_bytes_max: int = 256 * 1024
    orders_in_flight_max: int = 2048
    orders_s_max: float = 15.0  # longer than a turn is waited for, so that whoever got none is told so
    pages_body_bytes_max: int = 10 * 1024 * 1024
    pages_connections_max: int = 16
    pages_waiting_max: int = 256
    pages_wait_s_max: float = 10.0
    pages_answer_s_max: float = 30.0
    streams_max: int = 5_000
    streams_per_address_max: int = 64
    streams_per_token_max: int = 8

    # Requests a second and what may come at once. An address is often a whole office behind one router.
    address_rate: float = 200.0
    address_burst: float = 1_000.0
    viewer_rate: float = 20.0
    viewer_burst: float = 60.0
    key_rate: float = 20_000.0
    key_burst: float = 40_000.0
    # The same for signals, however many requests bring them. A page keeps 200 at most for when it is back on line.
    viewer_signals_rate: float = 20.0
    viewer_signals_burst: float = 400.0
    address_signals_rate: float = 4_000.0
    address_signals_burst: float = 20_000.0
    # And for comments, each of which pushes another out of sight.
    viewer_comments_rate: float = 1.0
    viewer_comments_burst: float = 10.0
    address_comments_rate: float = 20.0
    address_comments_burst: float = 200.0
    # Not limited by address: the machine's own programs, the demo's crowd among them.
    exempt_addresses: frozenset[str] = frozenset({"127.0.0.1", "::1", ""})
    # Believed when they name the client in X-Forwarded-For.
    trusted_proxies: Container[str] = NOBODY


def connections_possible(wanted: int) -> int:
    """Raise the process's own limit of open files as far as allowed, and say how many connections fit under it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    goal = wanted + DESCRIPTORS_KEPT_BACK
    if soft < goal:
        soft = goal if hard == resource.RLIM_INFINITY else min(goal, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(64, min(wanted, soft - DESCRIPTORS_KEPT_BACK))


class Rate:
    """A token bucket per name, kept as one number: when the bucket will be full again."""

    def __init__(self, per_s: float, burst: float) -> None:
        self.most = int(burst)
        self._gap_s = 1.0 / per_s
        self._burst_s = (burst + 0.5) / per_s  # the half keeps rounding from costing a request
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str, now_s: float, count: int = 1) -> None:
        """Count so many, or raise TooManyRequests with the seconds to wait. More than the burst never pass together."""
        full_at = max(self._full_at.get(name, 0.0), now_s) + self._gap_s * count
        if full_at - now_s > self._burst_s:
            raise TooManyRequests(retry_after_s=max(1, math.ceil(full_at - now_s - self._burst_s)))
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > ADDRESSES_KEPT_MAX:
            self._full_at.popitem(last=False)  # asked longest ago, so its bucket is all but full


class Places:
    """A bound on what runs at once; past it the sender is told to come back."""

    def __init__(self, most: int, *, door: str) -> None:
        self._most = most
        self._door = door
        self.taken = 0

    @contextmanager
    def take(self) -> Iterator[None]:
        if self.taken >= self._most:
            raise Busy(door=self._door, retry_after_s=1)
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
