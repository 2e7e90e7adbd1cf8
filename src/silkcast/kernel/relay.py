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
from contextlib import nullcontext
from datetime import UTC, datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction

from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.events import REACTIONS, Envelope, Subscription, announced, from_json
from silkcast.kernel.ids import BaseId
from silkcast.kernel.models import OutboxEvent, ParkedEvent, RelayCursor
from silkcast.kernel.runs import write_events
from silkcast.kernel.storage.batches import as_uuid, change_each, rows_of
from silkcast.kernel.storage.horizon import Horizon
from silkcast.kernel.storage.seeing import see
from silkcast.kernel.storage.turns import in_transaction

logger = logging.getLogger(__name__)
BATCH_EVENTS_MAX = 200
TRANSIENT = 503
_horizon = Horizon()
HOLD_S_MAX = 0.012  # how long one batch may keep other writers at the turnstile


def consumers(*, outside: bool = True) -> list[str]:
    """All who react; without `outside` only those whose effects stay within our tables."""
    return sorted({subscription.consumer for subscription in REACTIONS if outside or not subscription.outside})


class Reader:
    """What is ahead in the outbox, read once for the consumers that stand at about the same place."""

    def __init__(self) -> None:
        self._from = 0
        self._rows: list[OutboxEvent] = []

    def after(self, position: int) -> list[OutboxEvent]:
        if not (self._rows and self._from <= position < self._rows[-1].position):
            self._from, self._rows = position, _next_rows(position, BATCH_EVENTS_MAX)
        return [row for row in self._rows if row.position > position]


def work(consumer: str, reader: Reader | None = None) -> int:
    """Apply the next batch of events; the number of outbox rows passed, 0 when up to date."""
    reader = reader or Reader()
    subscriptions = [s for s in REACTIONS if s.consumer == consumer]
    if any(s.outside for s in subscriptions):
        return _work_outside(consumer, subscriptions, reader)
    ahead = reader.after(_position(consumer))
    passed = 0
    while passed < len(ahead):  # read once, applied in as many turns as it takes: the reading costs as much as the rest
        passed += _take_a_turn(consumer, subscriptions, ahead[passed:])
    return passed


class _Spoiled(Exception):
    """A reaction failed in a turn without savepoints; nothing of the turn is kept."""


def _take_a_turn(consumer: str, subscriptions: Sequence[Subscription], ahead: Sequence[OutboxEvent]) -> int:
    """One short commit: some of the events that are ahead, and the cursor; how many it passed.

    Nearly all turns go well, so savepoints, which cost more than many a reaction, are made only where one did not.
    """
    try:
        return _turn(consumer, subscriptions, ahead, is_careful=False)
    except _Spoiled:
        return _turn(consumer, subscriptions, ahead, is_careful=True)


def _turn(
    consumer: str, subscriptions: Sequence[Subscription], ahead: Sequence[OutboxEvent], *, is_careful: bool
) -> int:
    started = time.monotonic()
    passed = 0
    with in_transaction(*(row.base_id for row in ahead)):
        position = _position(consumer, lock=True)
        behind = _parked_subjects(consumer)
        for row in ahead:
            passed += 1
            if row.position <= position:
                continue  # another worker was first
            _apply(consumer, row, _wanted(subscriptions, row), behind, is_careful=is_careful)
            position = row.position
            if time.monotonic() - started > HOLD_S_MAX:
                break
        change_each("UPDATE kernel_relaycursor SET position = %s WHERE consumer = %s", [(position, consumer)])
    return passed


def _work_outside(consumer: str, subscriptions: Sequence[Subscription], reader: Reader) -> int:
    passed: list[OutboxEvent] = []
    see(None)
    behind = _parked_subjects(consumer)
    for row in reader.after(_position(consumer)):
        try:
            _apply(consumer, row, _wanted(subscriptions, row), behind, in_tables=False)
        except SilkcastError as error:
            logger.warning("relay.waits", extra={"facts": {"consumer": consumer, "code": error.code}})
            break
        passed.append(row)
    if passed:
        with in_transaction():
            RelayCursor.objects.update_or_create(consumer=consumer, defaults={"position": passed[-1].position})
    return len(passed)


def _position(consumer: str, *, lock: bool = False) -> int:
    text = "SELECT position FROM kernel_relaycursor WHERE consumer = %s"
    if lock and connection.features.has_select_for_update:
        text += " FOR UPDATE"
    rows = rows_of(text, [consumer])
    if rows:
        return int(rows[0][0])
    if lock:
        RelayCursor.objects.create(consumer=consumer)
    return 0


def _next_rows(position: int, most: int) -> list[OutboxEvent]:
    ahead = OutboxEvent.objects.across_bases().filter(position__gt=position).order_by("position")
    if connection.vendor == "postgresql":
        ahead = ahead.filter(position__lte=_horizon.settled())
    return list(ahead[:most])


def _wanted(subscriptions: Iterable[Subscription], row: OutboxEvent) -> list[Callable[..., None]]:
    return [s.reaction for s in subscriptions if s.topic == row.topic]


def _parked_subjects(consumer: str) -> set[tuple[UUID, str]]:
    """Of the bases that the connection asks for."""
    rows = rows_of("SELECT DISTINCT base_id, subject FROM kernel_parkedevent WHERE consumer = %s", [consumer])
    return {(as_uuid(base_id), subject) for base_id, subject in rows}


def _apply(
    consumer: str,
    row: OutboxEvent,
    reactions: Sequence[Callable[..., None]],
    behind: set[tuple[UUID, str]],
    *,
    in_tables: bool = True,
    is_careful: bool = True,
) -> None:
    if not reactions:
        return
    if (row.base_id, row.subject) in behind:
        _park(consumer, row, "an earlier event of this subject is parked")
        return
    try:
        _react(row, reactions, in_tables=in_tables, is_careful=is_careful)
    except OperationalError:  # a busy or full disk is nobody's defect: the batch is rolled back and tried again
        raise
    except Exception as error:
        if not is_careful:
            raise _Spoiled from error
        if not in_tables and isinstance(error, SilkcastError) and error.status == TRANSIENT:
            raise  # nobody is to blame but the moment: the consumer waits here and tries again
        logger.exception("relay.parked", extra={"facts": {"consumer": consumer, "subject": row.subject}})
        _park(consumer, row, "".join(traceback.format_exception_only(error)))
        behind.add((row.base_id, row.subject))


def _react(
    row: OutboxEvent, reactions: Sequence[Callable[..., None]], *, in_tables: bool, is_careful: bool = True
) -> None:
    envelope = envelope_of(row)
    ctx = Context(base_id=BaseId(row.base_id), actor=SYSTEM, cause_id=row.event_id, at=datetime.now(UTC))
    if not in_tables:
        for reaction in reactions:
            reaction(ctx, envelope.event)
        return
    token = announced.set([])
    try:
        with transaction.atomic() if is_careful else nullcontext():
            for reaction in reactions:
                reaction(ctx, envelope.event)
            said = announced.get()
            if said:
                write_events([(said_in, row.event_id, fact) for said_in, fact in said])
    finally:
        announced.reset(token)


def _park(consumer: str, row: OutboxEvent, error: str) -> None:
    ParkedEvent.objects.of(row.base_id).get_or_create(
        consumer=consumer,
        position=row.position,
        defaults={"base_id": row.base_id, "subject": row.subject, "error": error, "at": datetime.now(UTC)},
    )


def resume(consumer: str, base_id: UUID, subject: str) -> int:
    """Apply a parked subject's events again, in order, once what broke them is mended; how many went through."""
    subscriptions = [s for s in REACTIONS if s.consumer == consumer]
    in_tables = not any(s.outside for s in subscriptions)
    through = 0
    parked = ParkedEvent.objects.of(base_id).filter(consumer=consumer, subject=subject).order_by("position")
    for waiting in list(parked):
        row = OutboxEvent.objects.of(base_id).one(position=waiting.position)
        if not in_tables:  # an effect outside never holds the turnstile; it may repeat
            _react(row, _wanted(subscriptions, row), in_tables=False)
        with in_transaction(base_id):
            gone, _ = ParkedEvent.objects.of(base_id).filter(id=waiting.id).delete()
            if in_tables and gone:  # else somebody else resumed it meanwhile
                _react(row, _wanted(subscriptions, row), in_tables=True)
        through += gone
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
