"""Ids are UUIDv7 made by whoever names the thing first, so a retry carries the same id as the first try."""

from __future__ import annotations

import os
import threading
import time
from typing import NewType
from uuid import UUID

BaseId = NewType("BaseId", UUID)
MerchantId = NewType("MerchantId", UUID)
PersonId = NewType("PersonId", UUID)
SessionId = NewType("SessionId", UUID)
RoomId = NewType("RoomId", UUID)
ShowId = NewType("ShowId", UUID)
ProductId = NewType("ProductId", UUID)
SkuId = NewType("SkuId", UUID)
OrderId = NewType("OrderId", UUID)
CheckoutId = NewType("CheckoutId", UUID)
PaymentId = NewType("PaymentId", UUID)

_RANDOM_BITS = 74
_lock = threading.Lock()
_last = (0, 0)


def new_id() -> UUID:
    """A UUIDv7 that is larger than every earlier one of this process, also within one millisecond."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[UUID]:
    """So many ids in ascending order; a batch asks once."""
    global _last
    with _lock:
        at_ms = time.time_ns() // 1_000_000
        if at_ms > _last[0]:
            # The top random bit starts clear, so that the increments below have room.
            tail = int.from_bytes(os.urandom(10)) >> (80 - _RANDOM_BITS + 1)
        else:
            at_ms, tail = _last[0], _last[1] + 1
        _last = (at_ms, tail + count - 1)
    return [id_from_parts(at_ms, tail + step) for step in range(count)]


def id_from_parts(at_ms: int, tail: int) -> UUID:
    """The UUIDv7 (RFC 9562, section 5.7) of a Unix time in milliseconds and 74 further bits."""
    high, low = tail >> 62 & 0xFFF, tail & ((1 << 62) - 1)
    return UUID(int=(at_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
