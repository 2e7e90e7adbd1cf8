"""Whose a key is: asked of the database once and remembered for a moment, since thousands of orders come with one."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from silkcast.domains.base.api import context_with_key, known_key
from silkcast.kernel.context import Context

REMEMBER_S = 0.5  # a revoked key may order this much longer
REMEMBERED_MAX = 4096


@dataclass(frozen=True, slots=True)
class Known:
    """`until` is monotonic seconds."""

    ctx: Context
    scopes: tuple[str, ...]
    until: float


class Callers:
    """What is known of keys, for all threads of this process. Keys that nobody made are not remembered here."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._lock = threading.Lock()

    def remembered(self, key: str) -> Known | None:
        """Without asking the database; None when it has to be asked."""
        with self._lock:
            known = self._known.get(key)
        return known if known is not None and known.until > time.monotonic() else None

    def find(self, key: str) -> Known:
        """Unauthenticated for a key that is none of ours, or was revoked."""
        known = self.remembered(key)
        if known is not None:
            return known
        base_id, view = known_key(key)
        ctx = context_with_key(base_id, view, datetime.now(UTC))
        known = Known(ctx, tuple(view.scopes), time.monotonic() + REMEMBER_S)
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            if len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        return known

    def context(self, key: str, at: datetime) -> Context:
        return replace(self.find(key).ctx, at=at)
