"""The latest comments of a show, still sealed: whoever shows one must hold its viewer's key at that moment."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from silkcast.domains.audience.engine.batch import Batch
from silkcast.domains.audience.engine.kinds import Kind

KEPT_MAX = 1_000  # the latest, by their own time; older ones stay in the log


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    at_ms: int
    id: int
    viewer: str
    sealed: bytes


class Remarks:
    """The same whatever the order of arrival."""

    def __init__(self) -> None:
        self._latest: list[Remark] = []  # a heap: the oldest is on top

    def add(self, batch: Batch) -> None:
        if not batch.texts:
            return
        rows = (batch.kind == Kind.COMMENT).nonzero()[0]
        for at_ms, high, low, viewer, sealed in zip(
            batch.at_ms[rows].tolist(),
            batch.id_high[rows].tolist(),
            batch.id_low[rows].tolist(),
            batch.viewer[rows].tolist(),
            batch.texts,
            strict=True,
        ):
            remark = Remark(at_ms, high << 64 | low, batch.names.viewers[viewer], sealed)
            if len(self._latest) < KEPT_MAX:
                heapq.heappush(self._latest, remark)
            else:
                heapq.heappushpop(self._latest, remark)

    def latest(self, limit: int, *, before: int | None = None) -> list[Remark]:
        """Newest first; with `before`, those older than the remark of that id, which may be gone by now."""
        ordered = sorted(self._latest, reverse=True)
        if before is not None:
            start = next((place for place, remark in enumerate(ordered) if remark.id == before), len(ordered) - 1)
            ordered = ordered[start + 1 :]
        return ordered[:limit]
