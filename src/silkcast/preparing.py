"""Brings a data folder up to date before any role starts: tables, guards, static files, and a demo base if none is."""

from __future__ import annotations

import hashlib
from pathlib import Path

from silkcast.kernel.settings import Settings

PACKAGE = Path(__file__).resolve().parent
STAMP = ".prepared"


def prepare(settings: Settings) -> None:
    """Migrate, verify the guards, collect static files, seed the demo; quick when nothing changed."""
    settings.prepare()
    if is_prepared(settings):
        return
    import django

    django.setup()
    from django.core.management import call_command

    from silkcast.kernel.storage import guards

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    guards.verify()
    from silkcast.demo import cameras
    from silkcast.demo.seed import ensure_demo

    ensure_demo(settings)
    if (settings.data / "demo.json").exists():
        cameras.prepare(settings.data)
    (settings.data / STAMP).write_text(_state(settings))


def is_prepared(settings: Settings) -> bool:
    """The data folder is as this code needs it."""
    stamp = settings.data / STAMP
    return stamp.exists() and stamp.read_text() == _state(settings)


def _state(settings: Settings) -> str:
    """Changes when a migration or a static file does (names, sizes and times of both), or the tables live elsewhere."""
    digest = hashlib.sha256(settings.database_url.encode())
    for pattern in ("**/migrations/*.py", "**/static/**/*"):
        for path in sorted(PACKAGE.glob(pattern)):
            stat = path.stat()
            digest.update(f"{path}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()
