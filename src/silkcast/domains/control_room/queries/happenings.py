"""Events and their causes in words: what happened, who did it, what led to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import get_language

from silkcast.domains.base.api import api_key_names, person_names
from silkcast.domains.control_room.labels import ACTORS
from silkcast.kernel import history
from silkcast.kernel.actions import ACTIONS
from silkcast.kernel.context import ActorKind, Context, permits
from silkcast.kernel.history import ChainLink, Doer, LinkKind, PastEvent
from silkcast.kernel.words import sentence

LEVELS = {
    "orders.order_paid": "good",
    "orders.order_completed": "good",
    "studio.show_went_live": "good",
    "studio.camera_connected": "good",
    "studio.destination_live": "good",
    "orders.order_cancelled": "warning",
    "orders.order_refunded": "warning",
    "payments.payment_declined": "warning",
    "payments.payment_unknown": "warning",
    "studio.camera_lost": "warning",
    "studio.camera_refused": "warning",
    "studio.destination_lost": "alarm",
}


class Happening(NamedTuple):
    """An event as lists show it; it never changes."""

    id: UUID
    at: datetime
    topic: str
    words: str
    actor_words: str
    level: str


class Doers:
    """Names of who did things; people and keys are read when the first of them has done something."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._names: dict[ActorKind, tuple[Mapping[str, str], str]] = {}

    def words(self, doer: Doer) -> str:
        if doer.kind not in self._names:
            self._names[doer.kind] = self._of(doer.kind), str(ACTORS[doer.kind])
        names, unnamed = self._names[doer.kind]
        return names.get(doer.id, unnamed)

    def _of(self, kind: ActorKind) -> Mapping[str, str]:
        if kind is ActorKind.PERSON:
            return {str(person_id): name for person_id, name in person_names(self._ctx).items()}
        if kind is ActorKind.KEY:
            return {str(key_id): f"{ACTORS[kind]}: {name}" for key_id, name in api_key_names(self._ctx).items()}
        return {}


def of_show(ctx: Context, show_id: UUID, limit: int = 50) -> list[Happening]:
    """Newest first."""
    return rows(ctx, history.events_about(ctx, "show_id", show_id, subject=f"studio.show:{show_id}", limit=limit))


def of_order(ctx: Context, order_id: UUID) -> list[Happening]:
    return rows(ctx, history.events_of(ctx, f"orders.order:{order_id}"))


def rows(ctx: Context, events: Iterable[PastEvent]) -> list[Happening]:
    doers = Doers(ctx)
    found = list(events)
    words = {topic: words_of(topic) for topic in {event.topic for event in found}}
    return [
        Happening(
            id=event.id,
            at=event.at,
            topic=event.topic,
            words=words[event.topic],
            actor_words=doers.words(event.doer),
            level=LEVELS.get(event.topic, "note"),
        )
        for event in found
    ]


def chain(ctx: Context, event_id: UUID) -> list[dict[str, Any]]:
    """The first cause first. What an action was asked for is shown to those who may read the audit."""
    doers = Doers(ctx)
    reads_audit = permits(ctx, "read.audit")
    return [
        {
            "id": link.id,
            "at": link.at,
            "kind": link.kind.value,
            "name": link.name,
            "icon": _icon(link),
            "words": words_of(link.name),
            "actor_words": doers.words(link.doer),
            "depth": link.depth,
            "is_self": link.is_self,
            "facts": _facts(link) if reads_audit or link.kind is LinkKind.EVENT else [],
        }
        for link in history.cause_chain(ctx, event_id)
    ]


def words_of(name: str) -> str:
    return sentence(name, {}, get_language() or "en")


def _icon(link: ChainLink) -> str:
    """An action's; none for one that only an older release knew."""
    declared = ACTIONS.get(link.name) if link.kind is LinkKind.ACTION else None
    return declared.icon if declared else ""


def _facts(link: ChainLink) -> list[dict[str, str]]:
    return [{"name": name, "value": _plain(value)} for name, value in link.facts.items() if value not in (None, "", [])]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
