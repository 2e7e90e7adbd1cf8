"""What happened and what led to it, read back from the outbox and the audit.

An event's cause is the run that announced it; a run's cause is the event that it reacted to, or nothing when somebody
simply wanted it. Followed both ways from any event that makes a tree: the chain that screens show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q

from silkcast.kernel.context import SYSTEM, ActorKind, Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.models import AuditEntry, OutboxEvent
from silkcast.kernel.storage.batches import as_uuid, rows_of
from silkcast.kernel.storage.lookups import as_moment, columns_of
from silkcast.kernel.storage.seeing import see

DEPTH_MAX = 16
LINKS_MAX = 200
SEARCHED_AFTER_MAX = 20_000  # events behind a subject's last one that may still be about it (parcels after a show)


class LinkKind(StrEnum):
    ACTION = "action"
    EVENT = "event"
    REACTION = "reaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who did something, as the audit names them."""

    kind: ActorKind
    id: str


NOBODY = Doer(kind=SYSTEM.kind, id=SYSTEM.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvent:
    id: UUID
    at: datetime
    topic: str
    doer: Doer


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """`name` is an action's name or an event's topic; `facts` the request or the event's body."""

    id: UUID
    at: datetime
    kind: LinkKind
    name: str
    facts: dict[str, Any]
    doer: Doer
    cause_id: UUID | None
    depth: int = 0
    is_self: bool = False


def events_about(ctx: Context, field: str, value: UUID, *, subject: str, limit: int = 50) -> list[PastEvent]:
    """Newest first: events whose body names `value` in `field`, whichever subject they belong to.

    Only the stretch of the outbox in which that can be is read: from the first event of `subject` on, and not far
    beyond its last one.
    """
    own = "FROM kernel_outboxevent WHERE base_id = %s AND subject = %s"
    of_subject = [ctx.base_id, subject]
    named = f'%"{field}":"{value}"%'.replace("_", r"\_")  # as events are written; see events.to_json
    return _past(
        ctx,
        f"e.position >= (SELECT MIN(position) {own}) AND e.position <= %s + (SELECT MAX(position) {own}) "
        r"AND e.body LIKE %s ESCAPE '\' ORDER BY e.position",
        [*of_subject, SEARCHED_AFTER_MAX, *of_subject, named],
        limit,
    )


def events_of(ctx: Context, subject: str, limit: int = 100) -> list[PastEvent]:
    """Newest first: the events of one subject ("orders.order:0192…")."""
    return _past(ctx, "e.subject = %s ORDER BY e.sequence", [subject], limit)


def _past(ctx: Context, which: str, given: list[Any], limit: int) -> list[PastEvent]:
    see(ctx.base_id)
    rows = rows_of(
        "SELECT e.event_id, e.at, e.topic, run.actor_kind, run.actor_id "  # noqa: S608 - texts of ours
        "FROM kernel_outboxevent e LEFT JOIN kernel_auditentry run ON run.base_id = e.base_id AND run.id = e.cause_id "
        f"WHERE e.base_id = %s AND {which} DESC LIMIT %s",
        [ctx.base_id, *given, limit],
    )
    doers = {(None, None): NOBODY}  # the same few did nearly everything
    for *_, kind, actor_id in rows:
        if (kind, actor_id) not in doers:
            doers[kind, actor_id] = Doer(kind=ActorKind(kind), id=actor_id)
    return [
        PastEvent(id=as_uuid(event_id), at=as_moment(at), topic=topic, doer=doers[kind, actor_id])
        for event_id, at, topic, kind, actor_id in rows
    ]


def doers_of(ctx: Context, run_ids: Iterable[UUID | None]) -> dict[UUID, Doer]:
    """Who did each run; what has no run of its own is nobody's, so ask with `.get(id, NOBODY)`."""
    wanted = {run_id for run_id in run_ids if run_id is not None}
    rows = columns_of(AuditEntry, ("id", "actor_kind", "actor_id"), ctx.base_id, id=wanted)
    return {run_id: Doer(kind=ActorKind(kind), id=actor_id) for run_id, kind, actor_id in rows}


def cause_chain(ctx: Context, event_id: UUID) -> list[ChainLink]:
    """All that hangs together with an event, the first cause first, each followed by what it led to.

    Nothing deeper than DEPTH_MAX or beyond LINKS_MAX is followed.
    """
    asked = _find(ctx, event_id)
    if asked is None:
        raise Missing(kind="event", id=str(event_id))
    root = asked
    for _ in range(DEPTH_MAX):
        above = _find(ctx, root.cause_id) if root.cause_id is not None else None
        if above is None:
            break
        root = above
    return [replace(link, is_self=link.id == event_id) for link in _in_order(root, _below(ctx, root))]


def _find(ctx: Context, link_id: UUID) -> ChainLink | None:
    run = AuditEntry.objects.of(ctx.base_id).filter(id=link_id).first()
    if run is not None:
        return _run_link(run)
    event = OutboxEvent.objects.of(ctx.base_id).filter(event_id=link_id).first()
    return _event_link(event) if event is not None else None


def _below(ctx: Context, root: ChainLink) -> dict[UUID, list[ChainLink]]:
    """What each link led to, level by level."""
    led_to: dict[UUID, list[ChainLink]] = {}
    level, found = [root], 1
    for _ in range(DEPTH_MAX):
        caused = Q(cause_id__in=[link.id for link in level])
        # What was caused is never older than its cause: that keeps the search in the newest part of the audit.
        runs = AuditEntry.objects.of(ctx.base_id).filter(caused, at__gte=root.at).order_by("at", "id")
        events = OutboxEvent.objects.of(ctx.base_id).filter(caused).order_by("position")
        level = [_event_link(row) for row in events[: LINKS_MAX - found]]
        level += [_run_link(row) for row in runs[: LINKS_MAX - found - len(level)]]
        for link in sorted(level, key=lambda link: (link.at, link.id)):
            assert link.cause_id is not None
            led_to.setdefault(link.cause_id, []).append(link)
        found += len(level)
        if not level or found >= LINKS_MAX:
            break
    return led_to


def _in_order(root: ChainLink, led_to: dict[UUID, list[ChainLink]]) -> list[ChainLink]:
    ordered: list[ChainLink] = []
    waiting = [root]
    while waiting:
        link = waiting.pop()
        ordered.append(link)
        waiting += [replace(below, depth=link.depth + 1) for below in reversed(led_to.get(link.id, ()))]
    # An event has no doer of its own: it was done by whoever ran what announced it.
    doers: dict[UUID | None, Doer] = {link.id: link.doer for link in ordered}
    return [
        replace(link, doer=doers.get(link.cause_id, NOBODY)) if link.kind is LinkKind.EVENT else link
        for link in ordered
    ]


def _run_link(row: AuditEntry) -> ChainLink:
    return ChainLink(
        id=row.id,
        at=row.at,
        kind=LinkKind.ACTION if row.cause_id is None else LinkKind.REACTION,
        name=row.action,
        facts=msgspec.json.decode(row.request) if row.request else {},
        doer=Doer(kind=ActorKind(row.actor_kind), id=row.actor_id),
        cause_id=row.cause_id,
    )


def _event_link(row: OutboxEvent) -> ChainLink:
    return ChainLink(
        id=row.event_id,
        at=row.at,
        kind=LinkKind.EVENT,
        name=row.topic,
        facts=msgspec.json.decode(row.body),
        doer=NOBODY,
        cause_id=row.cause_id,
    )
