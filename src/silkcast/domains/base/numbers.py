from __future__ import annotations

from uuid import UUID

from silkcast.kernel.storage.counters import advance


def next_numbers(base_id: UUID, kind: str, count: int = 1) -> range:
    """The next short numbers of a kind, gapless among committed ones; inside a transaction."""
    last = advance("base_counter", "kind", base_id, kind, count)
    return range(last - count + 1, last + 1)
