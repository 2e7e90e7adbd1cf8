"""How often a login may be tried: a bucket of tries per e-mail and address, and a larger one per address."""

from __future__ import annotations

import contextlib
import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from silkcast.domains.control_room.errors import LoginTooOften
from silkcast.kernel.errors import Overloaded

BUCKETS_MAX = 10_000  # beyond it the one untouched for longest is forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    tries_at_once: int
    seconds_per_try: float


OF_PERSON = Allowance(tries_at_once=5, seconds_per_try=12)
OF_ADDRESS = Allowance(tries_at_once=5, seconds_per_try=6)
HASHES_AT_ONCE = 2  # each takes a processor for most of a second
HASHES_WAITING_MAX = 2  # each holds a thread that pages need
HASH_WAIT_S = 3.0
_places = threading.BoundedSemaphore(HASHES_AT_ONCE + HASHES_WAITING_MAX)
_hashes = threading.BoundedSemaphore(HASHES_AT_ONCE)


@contextlib.contextmanager
def hashing() -> Iterator[None]:
    """Around whatever hashes a password; Overloaded where so many do that pages would wait for them."""
    with contextlib.ExitStack() as held:
        for semaphore, wait_s in ((_places, 0.0), (_hashes, HASH_WAIT_S)):
            if not semaphore.acquire(timeout=wait_s):
                raise Overloaded(retry_after_s=math.ceil(HASH_WAIT_S))
            held.callback(semaphore.release)
        yield


class Attempts:
    """Kept in this process alone; the edge bounds an address over all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # tries left, and when that was so

    def take(self, address: str, email: str, now_s: float) -> None:
        """Count one try; LoginTooOften, with the seconds to wait, when none is left."""
        with self._lock:
            for name, allowance in (
                (_named("address", address), OF_ADDRESS),
                (_named("person", address, email.lower()), OF_PERSON),
            ):
                left, at_s = self._buckets.get(name, (float(allowance.tries_at_once), now_s))
                left = min(allowance.tries_at_once, left + (now_s - at_s) / allowance.seconds_per_try)
                if left < 1:
                    raise LoginTooOften(wait_s=math.ceil((1 - left) * allowance.seconds_per_try))
                self._buckets[name] = (left - 1, now_s)
                self._buckets.move_to_end(name)
            while len(self._buckets) > BUCKETS_MAX:
                self._buckets.popitem(last=False)

    def give_back(self, address: str) -> None:
        """A try that was right takes nothing from the others at the same address, who come to work as well."""
        with self._lock:
            name = _named("address", address)
            if name in self._buckets:
                left, at_s = self._buckets[name]
                self._buckets[name] = (min(left + 1, OF_ADDRESS.tries_at_once), at_s)


def _named(*parts: str) -> bytes:
    """Of one size, however long the parts are."""
    return hashlib.blake2b("\0".join(parts).encode(errors="replace"), digest_size=16).digest()
