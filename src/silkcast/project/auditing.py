"""`silkcast audit`: every base's shelves against their movements, and its accounts against their postings."""

from __future__ import annotations

from datetime import UTC, datetime

import django

from silkcast.kernel.context import SYSTEM, Context


def audit() -> int:
    """Print what disagrees; 0 when nothing does, 1 otherwise."""
    django.setup()
    from silkcast.domains.base.api import list_bases
    from silkcast.domains.inventory.api import differences as of_stock
    from silkcast.domains.payments.api import differences as of_books

    wrong = 0
    for base in list_bases():
        ctx = Context(base_id=base.id, actor=SYSTEM, at=datetime.now(UTC))
        for what, found in (("stock", of_stock(ctx)), ("books", of_books(ctx))):
            wrong += len(found)
            print(f"{base.slug}: {what}: {found or 'ok'}")
    return 1 if wrong else 0
