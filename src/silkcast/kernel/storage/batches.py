"""Rows by the thousand: statements the ORM would spend most of its time preparing. The only raw cursors are here."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, models, transaction

LOCKED_TRIES_MAX = 5


def insert_rows(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert dicts of column values; every row has the keys of the first. Defaults of the model are not applied."""
    if not rows:
        return
    columns = list(rows[0])
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[column] for column in columns]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(columns))
    table = connection.ops.quote_name(model._meta.db_table)
    convert = [_converter(field) for field in fields]
    values = [tuple(change(row[column]) for change, column in zip(convert, columns, strict=True)) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608 - names are ours


def _converter(field: Any) -> Any:
    def change(value: Any) -> Any:
        return field.get_db_prep_save(value, connection)

    if isinstance(field, models.UUIDField) and not connection.features.has_native_uuid_field:
        return lambda value: value.hex if isinstance(value, UUID) else value
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return lambda value: _sqlite_time(value) if isinstance(value, dt.datetime) else value
    if isinstance(field, models.IntegerField | models.CharField | models.TextField | models.BooleanField):
        return lambda value: value
    return change


def _sqlite_time(value: dt.datetime) -> str:
    return str(value.astimezone(dt.UTC).replace(tzinfo=None))


def change_each(statement: str, parameters: Iterable[Sequence[Any]]) -> list[int]:
    """Run one conditional statement per parameter row; the rows that each changed, in order.

    UUIDs may be given as such.
    """
    native = connection.features.has_native_uuid_field
    changed: list[int] = []
    with connection.cursor() as cursor:
        for row in parameters:
            cursor.execute(statement, [v.hex if isinstance(v, UUID) and not native else v for v in row])
            changed.append(cursor.rowcount)
    return changed


def statement(text: str) -> None:
    """One statement of structure: a trigger, a pragma."""
    with connection.cursor() as cursor:
        cursor.execute(text)


def rows_of(text: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return list(cursor.fetchall())


class in_transaction(transaction.Atomic):  # noqa: N801 - reads as a statement: `with in_transaction():`
    """One short write transaction; never nested, so that a commit is a commit."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=False, durable=True)


def pause_after(error: OperationalError, attempt: int) -> None:
    """Wait a little before trying again what a busy database refused; raises on the last attempt."""
    if attempt + 1 >= LOCKED_TRIES_MAX:
        raise error
    time.sleep(0.02 * 2**attempt)
