"""Loads every domain's declarations, so that registries are complete before anyone reads them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from silkcast.project.settings import DOMAINS


def load_everything() -> None:
    """Import each domain's actions, events and reactions; they register themselves."""
    for domain in DOMAINS:
        for room in ("events", "actions", "reactions"):
            name = f"silkcast.domains.{domain}.{room}"
            if find_spec(name) is not None:
                import_module(name)
