"""Rows that wait for somebody else, some at a time and all in turn: hopeless ones keep nobody else waiting."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


class Round:
    """Remembers where it left off, in this process alone: a new one begins with the oldest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._after: tuple[Any, Any] | None = None

    def take(self, rows: QuerySet[M], by: str) -> list[M]:
        """The next rows, oldest first by a column of time; at the end of a round the oldest again."""
        ordered = rows.order_by(by, "id")
        found = list(self._further(ordered, by)[: self._most])
        if self._after is not None and not found:
            found = list(ordered[: self._most])
        is_more = len(found) == self._most
        self._after = (getattr(found[-1], by), found[-1].pk) if is_more else None
        return found

    def _further(self, rows: QuerySet[M], by: str) -> QuerySet[M]:
        if self._after is None:
            return rows
        at, row_id = self._after
        return rows.filter(Q(**{f"{by}__gt": at}) | Q(**{by: at, "id__gt": row_id}))
