"""`/api/v1`: shows and all that is on their programme, the rooms' equipment, and where shows are pushed to.

Thin over the actions that the screens run too; see there for what each refuses.
"""

from __future__ import annotations

from ninja import Router

from silkcast.domains.studio.rest import destinations, programme, rooms, rundown, shows

__all__ = ["router"]

router = Router(tags=["shows"])
for part in (shows, programme, rundown, destinations, rooms):
    router.add_router("", part.router)
