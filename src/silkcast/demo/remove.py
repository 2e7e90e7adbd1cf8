"""`silkcast demo remove`: the simulated base goes wholly, rows and files; real bases stay untouched."""

from __future__ import annotations

import shutil

import django

from silkcast.kernel.settings import Settings


def main(settings: Settings, arguments: list[str]) -> int:
    django.setup()
    from silkcast.demo.seed import NOT_WANTED
    from silkcast.domains.base.api import list_bases, remove_base

    for base in list_bases():
        if not base.is_simulated:
            continue
        rows = sum(remove_base(base.id).values())
        for folder in ("hls", "signals", "media/labels"):
            shutil.rmtree(settings.data / folder / str(base.id), ignore_errors=True)
        print(f"{base.slug}: {rows} rows removed")
    (settings.data / NOT_WANTED).touch()
    for name in ("demo.json", "sandbox-gateway.db"):
        (settings.data / name).unlink(missing_ok=True)
    shutil.rmtree(settings.data / "media" / "clips", ignore_errors=True)
    return 0
