"""Brings a data folder up to date before any role starts: tables, guards, static files, and a demo base if none is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from silkcast.kernel.errors import SettingUnusable
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
    from django.db.utils import OperationalError

    from silkcast.kernel.storage import guards

    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        if not settings.database_url:
            raise
        reason = str(error).strip().splitlines()[0]
        shown = f"{urlsplit(settings.database_url).scheme}://…"  # the address holds a password
        raise SettingUnusable(name="SILKCAST_DATABASE_URL", value=shown, reason=reason) from error
    try:
        call_command("collectstatic", verbosity=0, interactive=False)
    except OSError as error:
        facts = {"value": str(settings.static_root), "reason": error.strerror or str(error)}
        raise SettingUnusable(name="SILKCAST_STATIC", **facts) from error
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
    return stamp.exists() and stamp.read_text() == _state(settings) and settings.static_root.is_dir()


def _state(settings: Settings) -> str:
    """Changes when a migration or a static file does (names, sizes and times of both), or either lives elsewhere."""
    digest = hashlib.sha256(f"{settings.database_url}\0{settings.static_root}".encode())
    for pattern in ("**/migrations/*.py", "**/static/**/*"):
        for path in sorted(PACKAGE.glob(pattern)):
            stat = path.stat()
            digest.update(f"{path}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()
