"""The documents that other processes follow, made from the tables as they are now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from silkcast.domains.inventory import api as inventory
from silkcast.domains.studio.cards import find_card
from silkcast.domains.studio.contracts import CardFacts, LiveShow
from silkcast.domains.studio.engine.documents import IngestDocument, RoomDocument, ingest_document, room_document
from silkcast.domains.studio.queries.live import (
    get_live_show,
    list_ingest_keys,
    list_live_versions,
    system_context,
)

CARD_KEPT_FOR = timedelta(seconds=5)  # words and price, should the catalogue's word of a change have been missed


def room_documents(at: datetime) -> list[RoomDocument]:
    """One for each show on air in all bases."""
    return Composer().room_documents(at)


def current_ingest_document(version: int) -> IngestDocument:
    return ingest_document(list_ingest_keys(), version)


@dataclass(slots=True)
class _Kept:
    live: LiveShow
    card: CardFacts | None = None
    card_read_at: datetime | None = None


class Composer:
    """Makes the documents each second at little cost: what has the same version is not read again, stock is.

    For one thread at a time; `forget_prices` may come from any.
    """

    def __init__(self) -> None:
        self._kept: dict[UUID, _Kept] = {}
        self._prices_changed = False

    def forget_prices(self) -> None:
        """The catalogue changed: read every card anew."""
        self._prices_changed = True

    def room_documents(self, at: datetime) -> list[RoomDocument]:
        """One for each show on air in all bases."""
        if self._prices_changed:
            self._prices_changed = False  # before reading: a change during it is read again next time
            for kept in self._kept.values():
                kept.card_read_at = None
        self._bring_up_to_date(at)
        self._count_stock(at)
        return [room_document(kept.live, kept.card) for kept in self._kept.values()]

    def _bring_up_to_date(self, at: datetime) -> None:
        versions = list_live_versions()
        for show_id in set(self._kept) - set(versions):
            del self._kept[show_id]
        for show_id, version in versions.items():
            kept = self._kept.get(show_id)
            if kept is None or kept.live.programme.version != version:
                live = get_live_show(show_id, at)
                if live is None:  # it ended just now
                    self._kept.pop(show_id, None)
                    continue
                kept = self._kept[show_id] = _Kept(live)
            if kept.card_read_at is None or not timedelta() <= at - kept.card_read_at < CARD_KEPT_FOR:
                kept.card, kept.card_read_at = _card_of(kept.live, at), at

    def _count_stock(self, at: datetime) -> None:
        wanted: dict[UUID, list[_Kept]] = {}
        for kept in self._kept.values():
            if kept.card is not None:
                wanted.setdefault(kept.live.show.base_id, []).append(kept)
        for base_id, of_base in wanted.items():
            cards = [(kept, kept.card) for kept in of_base if kept.card is not None]
            free = inventory.units_free(system_context(base_id, at), [card.sku_id for _, card in cards])
            for kept, card in cards:
                kept.card = replace(card, units_left=free[card.sku_id])


def _card_of(live: LiveShow, at: datetime) -> CardFacts | None:
    if live.on_pitch is None:
        return None
    ctx = system_context(live.show.base_id, at, live.show.language)
    return find_card(ctx, live.show, live.on_pitch)
