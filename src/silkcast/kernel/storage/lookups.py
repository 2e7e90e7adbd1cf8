"""Rows by key, for hot reads: each statement is made once, where the ORM would make it anew at every call."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections import namedtuple
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db import connection, models

from silkcast.kernel.storage.batches import as_uuid, marks, rows_of
from silkcast.kernel.storage.seeing import see


def columns_of(
    model: type[models.Model], names: tuple[str, ...], base_id: UUID, *, lock: bool = False, **among: Iterable[Any]
) -> list[tuple[Any, ...]]:
    """Columns of a base's rows whose other columns are among the values given; ids and JSON as Python has them.

    `lock` keeps the rows, taken in the order of their ids, until the transaction ends, where the database locks rows.
    """
    wanted = {name: list(values) for name, values in among.items()}
    if not all(wanted.values()):
        return []
    see(base_id)
    text = _selection(model, names, tuple((name, len(values)) for name, values in wanted.items()))
    if lock:
        text += " ORDER BY id"
        text += " FOR UPDATE" if connection.features.has_select_for_update else ""
    rows = rows_of(text, [base_id, *(value for values in wanted.values() for value in values)])
    readers = _readers(model, names)
    return [
        tuple(value if read is None or value is None else read(value) for read, value in zip(readers, row, strict=True))
        for row in rows
    ]


def rows_by(model: type[models.Model], base_id: UUID, **among: Iterable[Any]) -> list[Any]:
    """Whole rows, with the model's attributes and nothing of what makes its objects slow to read; none can be saved."""
    shape = _shape(model)
    return [shape(*row) for row in columns_of(model, shape._fields, base_id, lock=False, **among)]


@functools.cache
def _shape(model: type[models.Model]) -> Any:
    return namedtuple(model.__name__, [field.attname for field in model._meta.concrete_fields])


@functools.lru_cache(maxsize=1024)
def _selection(model: type[models.Model], names: tuple[str, ...], among: tuple[tuple[str, int], ...]) -> str:
    asked = "".join(f" AND {name} IN ({marks(count)})" for name, count in among)
    return f"SELECT {', '.join(names)} FROM {model._meta.db_table} WHERE base_id = %s{asked}"  # noqa: S608 - names are ours


@functools.cache
def _readers(model: type[models.Model], names: tuple[str, ...]) -> tuple[Callable[[Any], Any] | None, ...]:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    return tuple(_reader(by_name[name]) for name in names)


def _reader(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.UUIDField):
        return as_uuid
    if isinstance(field, models.DateTimeField):
        return as_moment
    assert not isinstance(field, models.DecimalField), f"{field.name} is read by the ORM alone"
    if isinstance(field, models.BooleanField):
        return bool
    return json.loads if isinstance(field, models.JSONField) else None


def as_moment(stored: Any) -> dt.datetime:
    """A time from `rows_of`; UTC is understood where the database keeps no zone."""
    at = dt.datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
