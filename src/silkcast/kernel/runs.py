"""What every run leaves behind, written in few statements however many runs there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from silkcast.kernel.context import Context
from silkcast.kernel.events import Event, subject_of, to_json
from silkcast.kernel.ids import new_ids
from silkcast.kernel.models import AuditEntry, IdempotencyRecord, OutboxEvent
from silkcast.kernel.storage.batches import insert_rows, marks, rows_of
from silkcast.kernel.storage.seeing import see, see_all_of
from silkcast.kernel.storage.turns import in_transaction

FORGOTTEN_AT_ONCE = 200  # short enough a turn for those who wait behind it


@dataclass(slots=True, kw_only=True)
class Run:
    run_id: UUID
    ctx: Context
    action: str
    request: str
    events: list[Event] = field(default_factory=list)
    key: str = ""
    digest: str = ""
    answer: str = ""


Name = tuple[UUID, str, str]  # base, actor, idempotency key


@dataclass(frozen=True, slots=True)
class Given:
    """An answer given before, as JSON, with the digest of what was asked then."""

    digest: str
    answer: str


def replayed(asked: Sequence[Name]) -> dict[Name, Given]:
    """Answers given before."""
    found: dict[Name, Given] = {}
    bases: dict[UUID, dict[tuple[str, str], None]] = {}
    for base_id, actor_id, key in asked:
        bases.setdefault(base_id, {})[actor_id, key] = None
    for base_id, names in bases.items():
        see(base_id)
        rows = rows_of(
            "SELECT actor_id, key, digest, answer FROM kernel_idempotencyrecord "  # noqa: S608 - marks only
            f"WHERE base_id = %s AND (actor_id, key) IN (VALUES {marks(len(names), 2)})",
            [base_id, *chain.from_iterable(names)],
        )
        for actor_id, key, digest, answer in rows:
            found[base_id, actor_id, key] = Given(digest, answer)
    return found


def answered(ctx: Context, key: str) -> str | None:
    """What the actor was answered under the key, as JSON: to ask again is then a repeat, and no new wish."""
    given = replayed([(ctx.base_id, ctx.actor.id, key)])
    return next((each.answer for each in given.values()), None)


def write_runs(runs: Sequence[Run]) -> None:
    """Audit rows, answers and events of finished runs, inside their transaction."""
    insert_rows(
        AuditEntry,
        [
            {
                "id": run.run_id,
                "base_id": run.ctx.base_id,
                "at": run.ctx.at,
                "actor_kind": run.ctx.actor.kind.value,
                "actor_id": run.ctx.actor.id,
                "action": run.action,
                "cause_id": run.ctx.cause_id,
                "request": run.request,
            }
            for run in runs
        ],
    )
    insert_rows(
        IdempotencyRecord,
        [
            {
                "base_id": run.ctx.base_id,
                "actor_id": run.ctx.actor.id,
                "key": run.key,
                "digest": run.digest,
                "answer": run.answer,
                "at": run.ctx.at,
            }
            for run in runs
            if run.key
        ],
    )
    write_events([(run.ctx, run.run_id, fact) for run in runs for fact in run.events])


def write_events(facts: Sequence[tuple[Context, UUID, Event]]) -> None:
    rows: list[dict[str, Any]] = []
    event_ids = new_ids(len(facts))
    for event_id, (ctx, cause_id, fact), (subject, sequence) in zip(event_ids, facts, _sequences(facts), strict=True):
        rows.append(
            {
                "event_id": event_id,
                "base_id": ctx.base_id,
                "subject": subject,
                "sequence": sequence,
                "topic": fact.topic,
                "version": fact.version,
                "body": to_json(fact),
                "cause_id": cause_id,
                "at": ctx.at,
            }
        )
    insert_rows(OutboxEvent, rows)


def _sequences(facts: Sequence[tuple[Context, UUID, Event]]) -> list[tuple[str, int]]:
    """Consecutive numbers per subject; the writers of a base take turns, so nobody else counts on meanwhile."""
    subjects: list[tuple[UUID, str]] = [(ctx.base_id, subject_of(fact)) for ctx, _, fact in facts]
    last = _last_sequences(subjects)
    numbered: list[tuple[str, int]] = []
    for subject in subjects:
        last[subject] = last.get(subject, 0) + 1
        numbered.append((subject[1], last[subject]))
    return numbered


def _last_sequences(subjects: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    bases: dict[UUID, dict[str, None]] = {}
    for base_id, subject in subjects:
        bases.setdefault(base_id, {})[subject] = None
    see_all_of(bases)
    return {
        (base_id, subject): int(last)
        for base_id, names in bases.items()
        for subject, last in rows_of(
            "SELECT subject, MAX(sequence) FROM kernel_outboxevent "  # noqa: S608 - marks only
            f"WHERE base_id = %s AND subject IN ({marks(len(names))}) GROUP BY subject",
            [base_id, *names],
        )
    }


def forget_answers(before: datetime, most: int = FORGOTTEN_AT_ONCE) -> int:
    """Let go of answers given before a moment, the oldest first; how many went. Their keys are as good as new."""
    old = (
        IdempotencyRecord.objects.across_bases()
        .filter(at__lt=before)
        .order_by("at")
        .values_list("pk", flat=True)[:most]
    )
    keys = list(old)
    if not keys:
        return 0
    with in_transaction():
        gone, _ = IdempotencyRecord.objects.across_bases().filter(pk__in=keys).delete()
    return gone
