"""Hands committed events to the domains that react to them, in commit order, each consumer at its own pace.

Effects on our own tables and the consumer's cursor are one commit. Effects outside run first and may repeat. An event
that fails parks its subject for that consumer, with an alarm in the log; other subjects go on. Where something
outside is only unreachable, the consumer waits and tries again.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import OperationalError, transaction

from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.events import REACTIONS, Envelope, Subscription, announced, from_json
from silkcast.kernel.ids import BaseId
from silkcast.kernel.models import OutboxEvent, ParkedEvent, RelayCursor
from silkcast.kernel.runs import write_events
from silkcast.kernel.storage.batches import in_transaction

logger = logging.getLogger(__name__)
BATCH_EVENTS_MAX = 200
TRANSIENT = 503
HOLD_S_MAX = 0.012  # how long one batch may keep other writers at the turnstile


def consumers() -> list[str]:
    return sorted({subscription.consumer for subscription in REACTIONS})


def work(consumer: str) -> int:
    """Apply the next batch of events; the number of outbox rows passed, 0 when up to date."""
    subscriptions = [s for s in REACTIONS if s.consumer == consumer]
    if any(s.outside for s in subscriptions):
        return _work_outside(consumer, subscriptions)
    if not _next_rows(_position(consumer), 1):
        return 0  # nothing new: don't take the turnstile to find that out
    started = time.monotonic()
    passed = 0
    with in_transaction():
        cursor, _ = RelayCursor.objects.select_for_update().get_or_create(consumer=consumer)
        for row in _next_rows(cursor.position, BATCH_EVENTS_MAX):
            _apply(consumer, row, _wanted(subscriptions, row), in_tables=True)
            cursor.position = row.position
            passed += 1
            if time.monotonic() - started > HOLD_S_MAX:
                break
        cursor.save(update_fields=["position"])
    return passed


def _work_outside(consumer: str, subscriptions: Sequence[Subscription]) -> int:
    passed: list[OutboxEvent] = []
    for row in _next_rows(_position(consumer), BATCH_EVENTS_MAX):
        try:
            _apply(consumer, row, _wanted(subscriptions, row), in_tables=False)
        except SilkcastError as error:
            logger.warning("relay.waits", extra={"facts": {"consumer": consumer, "code": error.code}})
            break
        passed.append(row)
    if passed:
        with in_transaction():
            RelayCursor.objects.update_or_create(consumer=consumer, defaults={"position": passed[-1].position})
    return len(passed)


def _position(consumer: str) -> int:
    found = RelayCursor.objects.filter(consumer=consumer).first()
    return found.position if found else 0


def _next_rows(position: int, most: int) -> list[OutboxEvent]:
    return list(OutboxEvent.objects.across_bases().filter(position__gt=position).order_by("position")[:most])


def _wanted(subscriptions: Iterable[Subscription], row: OutboxEvent) -> list[Callable[..., None]]:
    return [s.reaction for s in subscriptions if s.topic == row.topic]


def _apply(consumer: str, row: OutboxEvent, reactions: Sequence[Callable[..., None]], *, in_tables: bool) -> None:
    if not reactions:
        return
    behind = ParkedEvent.objects.filter(consumer=consumer, base_id=row.base_id, subject=row.subject)
    if behind.exists():
        _park(consumer, row, "an earlier event of this subject is parked")
        return
    try:
        _react(row, reactions, in_tables=in_tables)
    except OperationalError:  # a busy or full disk is nobody's defect: the batch is rolled back and tried again
        raise
    except Exception as error:
        if not in_tables and isinstance(error, SilkcastError) and error.status == TRANSIENT:
            raise  # nobody is to blame but the moment: the consumer waits here and tries again
        logger.exception("relay.parked", extra={"facts": {"consumer": consumer, "subject": row.subject}})
        _park(consumer, row, "".join(traceback.format_exception_only(error)))


def _react(row: OutboxEvent, reactions: Sequence[Callable[..., None]], *, in_tables: bool) -> None:
    envelope = envelope_of(row)
    ctx = Context(base_id=BaseId(row.base_id), actor=SYSTEM, cause_id=row.event_id, at=datetime.now(UTC))
    if not in_tables:
        for reaction in reactions:
            reaction(ctx, envelope.event)
        return
    token = announced.set([])
    try:
        with transaction.atomic():
            for reaction in reactions:
                reaction(ctx, envelope.event)
            write_events([(said_in, row.event_id, fact) for said_in, fact in announced.get() or []])
    finally:
        announced.reset(token)


def _park(consumer: str, row: OutboxEvent, error: str) -> None:
    ParkedEvent.objects.get_or_create(
        consumer=consumer,
        position=row.position,
        defaults={"base_id": row.base_id, "subject": row.subject, "error": error, "at": datetime.now(UTC)},
    )


def resume(consumer: str, base_id: UUID, subject: str) -> int:
    """Apply a parked subject's events again, in order, once what broke them is mended; how many went through."""
    subscriptions = [s for s in REACTIONS if s.consumer == consumer]
    in_tables = not any(s.outside for s in subscriptions)
    through = 0
    parked = ParkedEvent.objects.filter(consumer=consumer, base_id=base_id, subject=subject).order_by("position")
    for waiting in list(parked):
        row = OutboxEvent.objects.of(base_id).one(position=waiting.position)
        if not in_tables:  # an effect outside never holds the turnstile; it may repeat
            _react(row, _wanted(subscriptions, row), in_tables=False)
        with in_transaction():
            if in_tables:
                _react(row, _wanted(subscriptions, row), in_tables=True)
            waiting.delete()
        through += 1
    return through


def envelope_of(row: OutboxEvent) -> Envelope:
    return Envelope(
        position=row.position,
        event_id=row.event_id,
        base_id=row.base_id,
        subject=row.subject,
        sequence=row.sequence,
        cause_id=row.cause_id,
        at=row.at,
        event=from_json(row.topic, row.version, row.body),
    )
