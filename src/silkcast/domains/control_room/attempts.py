"""How often a login may be tried: a bucket of tries per e-mail and address, and a larger one per address."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass

from silkcast.domains.control_room.errors import LoginTooOften

BUCKETS_MAX = 10_000  # beyond it the one untouched for longest is forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    tries_at_once: int
    seconds_per_try: float


OF_PERSON = Allowance(tries_at_once=5, seconds_per_try=12)
OF_ADDRESS = Allowance(tries_at_once=30, seconds_per_try=2)


class Attempts:
    """Kept in this process alone; the edge bounds an address over all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tries left, and when that was so

    def take(self, address: str, email: str, now_s: float) -> None:
        """Count one try; LoginTooOften, with the seconds to wait, when none is left."""
        with self._lock:
            for name, allowance in (
                (f"address {address}", OF_ADDRESS),
                (f"person {address} {email.lower()}", OF_PERSON),
            ):
                left, at_s = self._buckets.get(name, (float(allowance.tries_at_once), now_s))
                left = min(allowance.tries_at_once, left + (now_s - at_s) / allowance.seconds_per_try)
                if left < 1:
                    raise LoginTooOften(wait_s=math.ceil((1 - left) * allowance.seconds_per_try))
                self._buckets[name] = (left - 1, now_s)
                self._buckets.move_to_end(name)
            while len(self._buckets) > BUCKETS_MAX:
                self._buckets.popitem(last=False)
