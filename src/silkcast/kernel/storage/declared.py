"""What a model says of its rows in `guards`; each database keeps it in its own way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db import models


@dataclass(frozen=True, slots=True)
class SameBase:
    """`column` holds the id of a row of `parent` ("app.Model") that must exist in the same base."""

    column: str
    parent: str


@dataclass(frozen=True, slots=True)
class Immutable:
    """Rows are only ever added. `except_columns` may still change (a flag that work is done)."""

    except_columns: tuple[str, ...] = ()


Guard = SameBase | Immutable


def guarded() -> Iterable[tuple[type[models.Model], Guard]]:
    for model in apps.get_models():
        for guard in getattr(model, "guards", ()):
            yield model, guard


def name_of(model: type[models.Model], guard: Guard, event: str) -> str:
    what = guard.column if isinstance(guard, SameBase) else "immutable"
    return f"guard_{model._meta.db_table}_{what}_{event}"
