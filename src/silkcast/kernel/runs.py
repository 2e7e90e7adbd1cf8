"""What every run leaves behind, written in few statements however many runs there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from silkcast.kernel.context import Context
from silkcast.kernel.events import Event, subject_of, to_json
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import AuditEntry, IdempotencyRecord, OutboxEvent
from silkcast.kernel.storage.batches import insert_rows
from silkcast.kernel.storage.counters import advance


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


def replayed(asked: Sequence[tuple[Context, str]]) -> dict[tuple[UUID, str, str], IdempotencyRecord]:
    """Answers given before, by (base, actor, key)."""
    found: dict[tuple[UUID, str, str], IdempotencyRecord] = {}
    groups: dict[UUID, set[str]] = {}
    for ctx, key in asked:
        groups.setdefault(ctx.base_id, set()).add(key)
    for base_id, keys in groups.items():
        for record in IdempotencyRecord.objects.filter(Q(base_id=base_id), key__in=keys):
            found[record.base_id, record.actor_id, record.key] = record
    return found


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
                "id": new_id(),
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
    for (ctx, cause_id, fact), (subject, sequence) in zip(facts, _sequences(facts), strict=True):
        rows.append(
            {
                "event_id": new_id(),
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
    """Consecutive numbers per subject, taken under the lock of the subject's row."""
    subjects: list[tuple[UUID, str]] = [(ctx.base_id, subject_of(fact)) for ctx, _, fact in facts]
    counts: dict[tuple[UUID, str], int] = {}
    for subject in subjects:
        counts[subject] = counts.get(subject, 0) + 1
    following: dict[tuple[UUID, str], int] = {}
    for subject in sorted(counts, key=str):  # one order for all writers, so that none waits in a circle
        last = advance("kernel_subjectsequence", "subject", subject[0], subject[1], counts[subject])
        following[subject] = last - counts[subject] + 1
    numbered: list[tuple[str, int]] = []
    for subject in subjects:
        numbered.append((subject[1], following[subject]))
        following[subject] += 1
    return numbered
