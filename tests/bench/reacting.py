"""Events through the worker's relay: five consumers that each change a row of our own for every event."""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from tests.bench.rows import REPEATS, AtLeast, Row

if TYPE_CHECKING:
    from silkcast.domains.base.events import RoleGranted
    from silkcast.kernel.context import Context
    from silkcast.kernel.ids import SkuId
    from tests.cast import Base

COUNT = "UPDATE inventory_stock SET units_on_hand = units_on_hand + 1 WHERE base_id = %s AND sku_id = %s"
CONSUMERS = 5
EVENTS, EVENTS_SINGLY = 5_000, 500
PER_COMMIT = 250
PEOPLE = 500  # so many subjects take turns


def through_five() -> Row:
    from silkcast.domains.base.contracts import BaseKind
    from silkcast.kernel import relay
    from tests.cast import make_base

    base = make_base("bench-reactions", kind=BaseKind.DEMO, currency="USD")
    with _reacting(base):
        batches = statistics.median(_relayed(base, EVENTS) for _ in range(REPEATS))
        with mock.patch.object(relay, "BATCH_EVENTS_MAX", 1):
            singly = _relayed(base, EVENTS_SINGLY)
    return Row("events through 5 reactions", batches, "one commit per event", singly, goal=AtLeast(1_500))


@contextmanager
def _reacting(base: Base) -> Iterator[None]:
    """Five consumers beside the product's own, each with a shelf of its own to write to."""
    from silkcast.domains.base.events import RoleGranted
    from silkcast.kernel import events, relay
    from silkcast.kernel.storage.batches import change_each

    def count(sku_id: SkuId, ctx: Context, fact: RoleGranted) -> None:
        assert change_each(COUNT, [(ctx.base_id, sku_id)]) == [1]

    skus = [base.sells(f"REACTION-{number}", 1) for number in range(CONSUMERS)]
    added = [
        events.Subscription(f"bench-{number}", RoleGranted.topic, functools.partial(count, sku_id), outside=False)
        for number, sku_id in enumerate(skus)
    ]
    for consumer in relay.consumers():
        _drain(consumer)
    events.REACTIONS.extend(added)
    try:
        yield
    finally:
        for subscription in added:
            events.REACTIONS.remove(subscription)


def _relayed(base: Base, count: int) -> float:
    """Events a second, from the first that waits to the last that every consumer has passed; by wall clock."""
    from silkcast.domains.base.contracts import Role
    from silkcast.domains.base.events import RoleGranted
    from silkcast.kernel.ids import PersonId, new_id
    from silkcast.kernel.runs import write_events
    from silkcast.kernel.storage.turns import in_transaction

    people = [PersonId(new_id()) for _ in range(PEOPLE)]
    facts = [RoleGranted(person_id=people[n % PEOPLE], role=Role.HOST) for n in range(count)]
    for start in range(0, count, PER_COMMIT):
        with in_transaction(base.ctx.base_id):
            write_events([(base.ctx, new_id(), fact) for fact in facts[start : start + PER_COMMIT]])
    began_s = time.perf_counter()
    while _round():
        pass
    return count / (time.perf_counter() - began_s)


def _round() -> int:
    """Every consumer once, as the worker's thread does it."""
    from silkcast.kernel import relay

    reader = relay.Reader()
    return sum(relay.work(f"bench-{number}", reader) for number in range(CONSUMERS))


def _drain(consumer: str) -> None:
    from silkcast.kernel import relay

    while relay.work(consumer):
        pass
