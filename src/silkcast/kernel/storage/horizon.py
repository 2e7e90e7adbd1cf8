"""How far the outbox may be read, where a sequence number is not the order of commits (PostgreSQL).

A number is drawn before its transaction commits, so a later number may be visible first; a reader that went past would
lose the earlier one. Every writer holds one of our advisory locks before it draws. So: note the last number drawn, then
who holds a lock; once all of those are gone, everything up to that number is either visible or will never be. Unlike
the oldest running transaction, this does not wait for strangers' transactions in the same cluster.
"""

from __future__ import annotations

import logging
import threading
import time

from django.db import connection

from silkcast.kernel.storage.turns import holders

logger = logging.getLogger(__name__)
HELD_S_MAX = 10.0  # no transaction of ours lasts this long in health


class Horizon:
    """One per process; safe for the threads of several consumers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled = 0
        self._drawn = 0
        self._waits_for: frozenset[str] = frozenset()
        self._since_s = 0.0

    def settled(self) -> int:
        """The position up to which every event is decided; it moves on each time it is asked."""
        with self._lock:
            if self._waits_for:
                self._waits_for &= holders()
                if self._waits_for:
                    self._complain()
                    return self._settled
            self._settled = self._drawn
            self._drawn = _last_drawn()
            self._waits_for = holders()
            self._since_s = time.monotonic()
            if not self._waits_for:
                self._settled = self._drawn
            return self._settled

    def _complain(self) -> None:
        if time.monotonic() - self._since_s > HELD_S_MAX:
            logger.error("relay.horizon_held", extra={"facts": {"by": sorted(self._waits_for)}})
            self._since_s = time.monotonic()


def _last_drawn() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM kernel_outboxevent_position_seq")
        return int(cursor.fetchone()[0])
