"""Lays the database's guards after every migration, since a table rebuild drops them."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KernelConfig(AppConfig):
    name = "silkcast.kernel"
    label = "kernel"

    def ready(self) -> None:
        post_migrate.connect(_lay_guards, sender=self)


def _lay_guards(**_: Any) -> None:
    # post_migrate runs per app once all migrations are through, so every table is there.
    from silkcast.kernel.storage import guards

    guards.lay()
