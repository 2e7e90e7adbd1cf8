"""Rows by the thousand: statements the ORM would spend most of its time preparing. The only raw cursors are here."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection, models

from silkcast.kernel.storage.seeing import see_all_of

ROWS_AT_ONCE = (128, 32, 8, 1)


def insert_rows(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert dicts of column values; every row has the keys of the first. Defaults of the model are not applied."""
    if not rows:
        return
    names = tuple(rows[0])
    if "base_id" in names:
        see_all_of(row["base_id"] for row in rows)
    by_name = {field.name: field for field in model._meta.concrete_fields}
    shared: dict[str, Any] = {}  # what is one and the same in all rows is given to the database once
    columns: list[list[Any]] = []
    for name in names:
        values = [row[name] for row in rows]
        if len(values) > 1 and values[0] is values[-1] and values.count(values[0]) == len(values):
            shared[name] = _stored(by_name[name], values[:1])[0]
        else:
            columns.append(_stored(by_name[name], values))
    own = tuple(name for name in names if name not in shared)
    assert own or len(rows) == 1, "two rows that are one and the same"
    values = list(zip(*columns, strict=True))
    at = 0
    while at < len(values):
        # Few sizes, so that the database keeps the prepared statements; few steps, so that no other thread of ours
        # has to be waited for between two rows.
        count = next(size for size in ROWS_AT_ONCE if size <= len(values) - at)
        text = _insertion(model, tuple(shared), own, count)
        with connection.cursor() as cursor:
            cursor.execute(text, [*shared.values(), *chain.from_iterable(values[at : at + count])])
        at += count


@functools.lru_cache(maxsize=512)
def _insertion(model: type[models.Model], shared: tuple[str, ...], own: tuple[str, ...], count: int) -> str:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(by_name[name].column)) for name in shared + own)
    # PostgreSQL takes what it is given there for text and has to be told.
    wraps = "CAST({0} AS {1})" if connection.vendor == "postgresql" else "{0}"
    given = ["%s"] * len(shared) + [f"given.column{number}" for number in range(1, len(own) + 1)]
    read = [
        wraps.format(value, by_name[name].rel_db_type(connection))
        for name, value in zip(shared + own, given, strict=True)
    ]
    rows = marks(count, len(own)) if len(own) > 1 else ", ".join(["(%s)"] * count)
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) "  # noqa: S608 - names are ours
        f"SELECT {', '.join(read)} FROM (VALUES {rows}) given"
    )


def _stored(field: Any, values: list[Any]) -> list[Any]:
    """The values of one column as the database keeps them. Neighbours are often the same object: converted once."""
    if isinstance(field, models.UUIDField):
        return values if connection.features.has_native_uuid_field else _each(values, _hex)
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return _each(values, _sqlite_time)
    if isinstance(field, models.IntegerField | models.CharField | models.TextField | models.BooleanField):
        return values
    return [field.get_db_prep_save(value, connection) for value in values]


def _each(values: list[Any], convert: Callable[[Any], Any]) -> list[Any]:
    last, stored, converted = object(), None, []
    for value in values:
        if value is not last:
            last, stored = value, convert(value)
        converted.append(stored)
    return converted


def _hex(value: Any) -> Any:
    return value.hex if value.__class__ is UUID else value


def _sqlite_time(value: Any) -> Any:
    return str(value.astimezone(dt.UTC).replace(tzinfo=None)) if isinstance(value, dt.datetime) else value


def change_each(statement: str, parameters: Iterable[Sequence[Any]]) -> list[int]:
    """Run one conditional statement per parameter row; the rows that each changed, in order.

    UUIDs and times may be given as such.
    """
    changed: list[int] = []
    with connection.cursor() as cursor:
        for row in parameters:
            cursor.execute(statement, _plain(row))
            changed.append(cursor.rowcount)
    return changed


def statement(text: str) -> None:
    """One statement of structure: a trigger, a pragma."""
    with connection.cursor() as cursor:
        cursor.execute(text)


def rows_of(text: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What a question answers. UUIDs and times may be given as such; they come back as the database keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(text, _plain(parameters))
        return list(cursor.fetchall())


@functools.lru_cache(maxsize=1024)
def as_uuid(stored: Any) -> UUID:
    """An id from `rows_of`."""
    return stored if isinstance(stored, UUID) else UUID(stored)


def marks(count: int, width: int = 1) -> str:
    """Places for `count` parameters, or for as many rows of `width`: what goes between the brackets of IN or VALUES."""
    one = "%s" if width == 1 else f"({', '.join(['%s'] * width)})"
    return ", ".join([one] * count)


def _plain(parameters: Sequence[Any]) -> Sequence[Any]:
    if connection.features.has_native_uuid_field:
        return parameters
    return [value.hex if isinstance(value, UUID) else _sqlite_time(value) for value in parameters]
