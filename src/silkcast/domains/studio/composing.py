"""The documents that other processes follow, made from the tables as they are now."""

from __future__ import annotations

from datetime import datetime

from silkcast.domains.studio.cards import find_card
from silkcast.domains.studio.engine.documents import IngestDocument, RoomDocument, ingest_document, room_document
from silkcast.domains.studio.queries.live import list_ingest_keys, list_live_shows_everywhere, system_context


def room_documents(at: datetime) -> list[RoomDocument]:
    """One for each show on air in all bases."""
    documents = []
    for live in list_live_shows_everywhere(at):
        card = None
        if live.on_pitch is not None:
            ctx = system_context(live.show.base_id, at, live.show.language)
            card = find_card(ctx, live.show, live.on_pitch)
        documents.append(room_document(live, card))
    return documents


def current_ingest_document(version: int) -> IngestDocument:
    return ingest_document(list_ingest_keys(), version)
