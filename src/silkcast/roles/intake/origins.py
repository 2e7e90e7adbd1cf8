"""Where a viewer orders from, as a number that tells addresses apart and says none of them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from uuid import UUID

from silkcast.kernel.addresses import network_of

REMEMBERED_MAX = 4096
Origins = Callable[[UUID, str], int | None]


def origins(secret: bytes) -> Origins:
    """Numbers for a base's clients, the same for all of a /64 of IPv6; without the secret nobody can try them out."""

    @functools.lru_cache(maxsize=REMEMBERED_MAX)
    def origin(base_id: UUID, client: str) -> int | None:
        if not client:
            return None
        told = base_id.bytes + network_of(client).encode()
        return int.from_bytes(hashlib.blake2b(told, digest_size=8, key=secret, person=b"origin").digest(), signed=True)

    return origin
