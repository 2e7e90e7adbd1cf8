"""Lays the database's guards after every migration, since a table rebuild drops them, and takes them off before:
SQLite renames no table while a trigger elsewhere names one that is gone for a moment."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class KernelConfig(AppConfig):
    name = "silkcast.kernel"
    label = "kernel"

    def ready(self) -> None:
        pre_migrate.connect(_make_way, sender=self)
        post_migrate.connect(_lay_guards, sender=self)


def _make_way(**_: Any) -> None:
    # Killed in between, the next start migrates again, and verifies before any role runs.
    from silkcast.kernel.storage import guards

    guards.make_way()


def _lay_guards(**_: Any) -> None:
    # post_migrate runs per app once all migrations are through, so every table is there.
    from silkcast.kernel.storage import guards

    guards.lay()
