"""The bodies of requests in memory: in shares that none can take from another, and within each so much a sender.

Where a share is full, the body that has been coming longest makes room, once it had its time: who sends half a request
and waits keeps nobody out.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from silkcast.kernel.errors import SilkcastError
from silkcast.roles.edge.refusals import TooLarge


@dataclass(frozen=True, slots=True)
class Allowance:
    """How large a request's body may be, which share it is held in, and what is said of a larger one."""

    bytes_max: int
    share: str
    refusal: SilkcastError


NO_BODY = Allowance(0, "", TooLarge(bytes_max=0))


Key = tuple[str, str]


class Hold:
    """One request's body; `let_go` ends one that is still coming, or says False where that cannot be now."""

    __slots__ = ("bytes", "keys", "let_go", "most", "since_s")

    def __init__(self, share: str, network: str, most: int, let_go: Callable[[], bool]) -> None:
        self.keys: tuple[Key, ...] = ((share, ""), (share, network)) if network else ((share, ""),)
        self.most = most
        self.let_go = let_go
        self.since_s: float | None = None  # not among those that may have to make room
        self.bytes = 0


class Bodies:
    def __init__(self, shares: Mapping[str, int], *, grace_s: float) -> None:
        self._shares = shares
        self._grace_s = grace_s
        self._held: collections.Counter[Key] = collections.Counter()  # of each share, and of each sender in it
        self._coming: collections.defaultdict[Key, dict[Hold, None]] = collections.defaultdict(
            dict
        )  # the longest first
        self.bytes = 0

    def hold(self, share: str, network: str, let_go: Callable[[], bool]) -> Hold:
        """For a body that begins; `network` is empty for a sender that is not counted by itself."""
        return Hold(share, network, self._shares[share], let_go)

    def expose(self, hold: Hold, now_s: float) -> None:
        """From here on it may have to make room for others."""
        hold.since_s = now_s
        for key in hold.keys:
            self._coming[key][hold] = None

    def grow(self, hold: Hold, count: int, now_s: float) -> bool:
        """Account for a part of a body; False when there is no room for it."""
        bound = hold.most
        for key in hold.keys:
            while self._held[key] + count > bound:
                if not self._make_room(key, hold, now_s):
                    return False
            bound = hold.most // 2  # of one sender
        for key in hold.keys:
            self._held[key] += count
        hold.bytes += count
        self.bytes += count
        return True

    def _make_room(self, key: Key, wanting: Hold, now_s: float) -> bool:
        for hold in self._coming.get(key, ()):
            if hold is wanting or now_s - (hold.since_s or 0.0) < self._grace_s:
                return False
            if hold.bytes and hold.let_go():
                return True
        return False

    def complete(self, hold: Hold) -> None:
        """All of it is here; it stays until it is answered."""
        if hold.since_s is None:
            return
        hold.since_s = None
        for key in hold.keys:
            coming = self._coming[key]
            del coming[hold]
            if not coming:
                del self._coming[key]

    def release(self, hold: Hold) -> None:
        self.complete(hold)
        for key in hold.keys:
            self._held[key] -= hold.bytes
            if not self._held[key]:
                del self._held[key]
        self.bytes -= hold.bytes
        hold.bytes = 0
