"""Decides whether a destination still takes what we send; numbers in, a verdict out, no clock of its own.

Two witnesses. The kernel says what the peer's machine took: that is exact, but a stopped server's buffers go on filling
for seconds. The server's own acknowledgements say what it read, but many send them rarely. So acknowledgements count
against a server only once it has shown how often it sends them.
"""

from __future__ import annotations

from typing import Final

STALL_S_MAX: Final = 3.0
ACKS_TO_TRUST: Final = 3
OVERDUE_STEPS: Final = 1.5
SLACK_BYTES: Final = 64 * 1024
# Two looks further apart than this mean that we ourselves stood still; what came in meanwhile is not read yet.
LOOK_S_MAX: Final = 1.0
_WRAP: Final = 1 << 32


class Liveness:
    """`sent` counts bytes given to the transport, `drained` those that left this machine for good."""

    def __init__(self, now_s: float, *, stall_s_max: float = STALL_S_MAX) -> None:
        self._stall_s_max = stall_s_max
        self._sent = 0
        self._drained = 0
        self._drained_at_s = now_s
        self._looked_at_s = now_s
        self._acknowledged = 0
        self._acknowledged_at_s = now_s
        self._acks = 0
        self._ack_step = 0
        self._overdue_since_s: float | None = None

    @property
    def drained(self) -> int:
        return self._drained

    def acknowledge(self, bytes_total: int, now_s: float) -> None:
        step = (bytes_total - self._acknowledged) % _WRAP
        if 0 < step < _WRAP // 2:
            self._acknowledged += step
            self._acknowledged_at_s = now_s
            self._acks += 1
            self._ack_step = max(self._ack_step, step)

    def observe(self, sent: int, waiting: int, now_s: float) -> None:
        """`waiting` bytes of `sent` are still in our buffers or the kernel's."""
        if self._drained == self._sent < sent:
            self._drained_at_s = now_s  # the pause before was ours: there had been nothing to take
        if now_s - self._looked_at_s > LOOK_S_MAX:
            self._drained_at_s, self._overdue_since_s = now_s, None
        self._looked_at_s = now_s
        self._sent = sent
        drained = sent - waiting
        if drained > self._drained:
            self._drained, self._drained_at_s = drained, now_s

        is_overdue = self._acks >= ACKS_TO_TRUST and (
            self._drained - self._acknowledged > OVERDUE_STEPS * self._ack_step + SLACK_BYTES
        )
        if not is_overdue:
            self._overdue_since_s = None
        elif self._overdue_since_s is None:
            self._overdue_since_s = now_s

    def is_wedged(self, now_s: float) -> bool:
        if self._overdue_since_s is not None:
            return now_s - self._overdue_since_s > self._stall_s_max
        if self._drained >= self._sent:
            return False
        return now_s - max(self._drained_at_s, self._acknowledged_at_s) > self._stall_s_max
