"""The intake with one transaction for each order: what batches are measured against. Started as the role is."""

from __future__ import annotations

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "silkcast.project.settings")
    django.setup()
    from silkcast.kernel.settings import load
    from silkcast.project.wiring import load_everything
    from silkcast.roles.intake import main
    from silkcast.roles.intake.batches import Batches

    load_everything()
    place = Batches.place
    Batches.place = lambda self, batch: [place(self, [asked])[0] for asked in batch]  # type: ignore[method-assign]
    main(load(), [])
