"""Facts: typed, versioned, named once, carrying ids rather than personal text.

An event is announced inside an action; it reaches others only if the action's transaction commits.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import msgspec

from silkcast.kernel.context import Context
from silkcast.kernel.typed import decoded

TOPICS: dict[str, type[Event]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Subclasses set `topic` ("orders.order_placed"), `version` and `subject` (the field whose id orders them)."""

    topic: ClassVar[str]
    version: ClassVar[int] = 1
    subject: ClassVar[str]


E = TypeVar("E", bound=Event)


def event(declared: type[E]) -> type[E]:
    """Register a fact under its topic; two facts of one topic are our own defect."""
    assert declared.topic not in TOPICS, f"{declared.topic} is announced by two classes"
    TOPICS[declared.topic] = decoded(declared)
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event with what the outbox knows of it. `position` is commit order; `sequence` counts within the subject."""

    position: int
    event_id: UUID
    base_id: UUID
    subject: str
    sequence: int
    cause_id: UUID
    at: datetime
    event: Event


def subject_of(fact: Event) -> str:
    """For example "orders.order:0192…": what the sequence number counts."""
    domain = fact.topic.partition(".")[0]
    return f"{domain}.{fact.subject.removesuffix('_id')}:{getattr(fact, fact.subject)}"


def to_json(fact: Event) -> str:
    return msgspec.json.encode(fact).decode()


def from_json(topic: str, version: int, body: str) -> Event:
    """The typed fact; an older version is first brought up by its upcaster."""
    declared = TOPICS[topic]
    raw = msgspec.json.decode(body.encode())
    for step in range(version, declared.version):
        raw = UPCASTERS[topic, step](raw)
    return msgspec.convert(raw, declared)


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[tuple[str, int], Upcaster] = {}


def cloud_event(envelope: Envelope) -> dict[str, Any]:
    """The fact as CloudEvents 1.0 JSON, for webhooks and exports."""
    return {
        "specversion": "1.0",
        "id": str(envelope.event_id),
        "source": f"/bases/{envelope.base_id}",
        "type": f"{envelope.event.topic}.v{envelope.event.version}",
        "subject": envelope.subject,
        "time": envelope.at.isoformat(),
        "sequence": str(envelope.sequence),
        "datacontenttype": "application/json",
        "data": msgspec.to_builtins(envelope.event),
    }


announced: ContextVar[list[tuple[Context, Event]] | None] = ContextVar("announced", default=None)


def announce(ctx: Context, fact: Event) -> None:
    """Say that something happened; only inside an action or a reaction, whose commit it shares."""
    collected = announced.get()
    assert collected is not None, "an event was announced outside an action"
    collected.append((ctx, fact))


Reaction = Callable[[Context, Any], None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """`outside`: the effect leaves our tables, so it runs before the cursor moves, at least once."""

    consumer: str
    topic: str
    reaction: Reaction
    outside: bool


REACTIONS: list[Subscription] = []


def on(*facts: type[Event], outside: bool = False) -> Callable[[Reaction], Reaction]:
    """Wake a function of this domain when others announce. `reaction(ctx, event)`; ctx.cause_id is the event's id."""

    def register(reaction: Reaction) -> Reaction:
        domain = reaction.__module__.split(".")[-2]
        consumer = f"{domain}.outside" if outside else domain
        for fact in facts:
            REACTIONS.append(Subscription(consumer, fact.topic, reaction, outside))
        return reaction

    return register
