"""Rows that wait for somebody else, some at a time and all in turn: hopeless ones keep nobody else waiting."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


class Round:
    """Remembers where it left off, in this process alone: a new one begins with the oldest.

    A round ends with the row that was the newest as it began: new ones without end keep an old one waiting no longer.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._after: tuple[Any, Any] | None = None
        self._last: tuple[Any, Any] | None = None

    def take(self, rows: QuerySet[M], by: str) -> list[M]:
        """The next rows, oldest first by a column of time; at the end of a round the oldest again."""
        ordered = rows.order_by(by, "id")
        found = list(self._further(ordered, by)[: self._most]) if self._after is not None else []
        if not found:
            newest = rows.order_by(by, "id").last()
            self._after, self._last = None, None if newest is None else _place(newest, by)
            found = list(ordered[: self._most])
        is_over = self._last is None or len(found) < self._most or _place(found[-1], by) == self._last
        self._after = None if is_over else _place(found[-1], by)
        return found

    def _further(self, rows: QuerySet[M], by: str) -> QuerySet[M]:
        assert self._after is not None
        assert self._last is not None
        (at, row_id), (last_at, last_id) = self._after, self._last
        behind = Q(**{f"{by}__gt": at}) | Q(**{by: at, "id__gt": row_id})
        until = Q(**{f"{by}__lt": last_at}) | Q(**{by: last_at, "id__lte": last_id})
        return rows.filter(behind & until)


def _place(row: Model, by: str) -> tuple[Any, Any]:
    return getattr(row, by), row.pk
