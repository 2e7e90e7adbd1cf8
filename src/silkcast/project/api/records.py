"""`/api/v1/events` and `/audit`: what happened and who did it, in the order of the commits."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from silkcast.kernel.context import Context
from silkcast.kernel.events import cloud_event
from silkcast.kernel.models import AuditEntry, OutboxEvent
from silkcast.kernel.relay import envelope_of
from silkcast.kernel.rest import Limit, Offset, Page, allowed, allowed_for_base, page, whole

router = Router(tags=["records"])
SCANNED_MAX = 2_000  # facts looked at for one answer to a merchant's key
POSITION_MAX = 2**62


class CloudEvent(Schema):
    """CloudEvents 1.0. `subject` and `sequence` order the facts of one thing; `data` holds ids and figures."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: str
    datacontenttype: str
    data: dict[str, Any]


class Feed(Schema):
    """`next`: what to give as `after` next time; the same as before when nothing is new. The end is not counted."""

    items: list[CloudEvent]
    next: int
    total: None = None


@router.get("/events", response=Feed)
def list_events(
    request: HttpRequest,
    after: Annotated[int, whole(0, POSITION_MAX, "`next` of the answer before.")] = 0,
    limit: Limit = 100,
) -> Feed:
    """Facts in the order of their commits. A merchant's key gets the facts that name its merchant, and no others."""
    ctx = allowed(request, "read.events")
    rows = OutboxEvent.objects.of(ctx.base_id).filter(position__gt=after).order_by("position")
    found: list[dict[str, Any]] = []
    seen = after
    for row in rows[: limit if ctx.merchant_id is None else SCANNED_MAX].iterator():
        seen = row.position
        if _concerns(ctx, row):
            found.append(cloud_event(envelope_of(row)))
        if len(found) == limit:
            break
    return Feed(items=[CloudEvent(**event) for event in found], next=seen)


def _concerns(ctx: Context, row: OutboxEvent) -> bool:
    return ctx.merchant_id is None or json.loads(row.body).get("merchant_id") == str(ctx.merchant_id)


class AuditLine(Schema):
    """One run of an action. `id` is the cause of the facts that it announced; `request` is without personal text."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: str
    action: str
    cause_id: UUID | None
    request: Any


@router.get("/audit", response=Page[AuditLine])
def list_audit(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """Who did what, newest first. For keys of the whole base."""
    rows = AuditEntry.objects.scoped(allowed_for_base(request, "read.audit")).order_by("-at", "-id")
    return page(list(_lines(rows[offset : offset + limit])), rows.count(), offset)


def _lines(rows: Iterable[AuditEntry]) -> Iterable[AuditLine]:
    for row in rows:
        fields = {name: getattr(row, name) for name in AuditLine.model_fields if name != "request"}
        yield AuditLine(**fields, request=json.loads(row.request) if row.request else None)
