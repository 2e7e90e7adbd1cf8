from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from tests.cast import Cast

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role, RoomKind
from silkcast.domains.base.events import PersonInvited, RoleGranted
from silkcast.domains.base.models import Room
from silkcast.kernel import events, relay
from silkcast.kernel.actions import run, run_nested
from silkcast.kernel.context import Context
from silkcast.kernel.errors import SilkcastError, Unavailable
from silkcast.kernel.ids import BaseId
from silkcast.kernel.models import AuditEntry, OutboxEvent, ParkedEvent
from silkcast.kernel.storage.turns import in_transaction
from silkcast.kernel.wire import WireRefused, WireTimeout


@dataclass
class Consumer:
    """A reaction whose behaviour a test sets."""

    name: ClassVar[str] = "probe"
    fails: Exception | None = None

    def __post_init__(self) -> None:
        self.seen: list[str] = []

    def react(self, ctx: Context, fact: RoleGranted) -> None:
        if self.fails is not None:
            raise self.fails
        self.seen.append(f"{fact.person_id}:{fact.role}")
        run_nested(ctx, base.AddRoom(name=f"for {fact.role}, {fact.person_id}", kind=RoomKind.STANDARD))


@pytest.fixture
def consumer() -> Iterator[Consumer]:
    probe = Consumer()
    subscription = events.Subscription("probe", RoleGranted.topic, probe.react, outside=False)
    events.REACTIONS.append(subscription)
    yield probe
    events.REACTIONS.remove(subscription)


def drain(name: str = "probe") -> None:
    for _ in range(100):
        if not relay.work(name):
            return
    pytest.fail("the relay never came to an end")


def test_an_effect_and_the_cursor_are_one_commit(cast: Cast, consumer: Consumer) -> None:
    run(cast.east.ctx, base.GrantRole(person_id=cast.east.operator.id, role=Role.HOST))
    drain()
    drain()
    assert consumer.seen == [f"{cast.east.operator.id}:host"]
    assert Room.objects.scoped(cast.east.ctx).count() == 1


def test_what_a_reaction_does_names_the_event_as_its_cause(cast: Cast, consumer: Consumer) -> None:
    run(cast.east.ctx, base.GrantRole(person_id=cast.east.operator.id, role=Role.HOST))
    drain()
    granted = OutboxEvent.objects.of(cast.east.ctx.base_id).one(topic=RoleGranted.topic)
    entry = AuditEntry.objects.scoped(cast.east.ctx).order_by("-id").first()
    assert entry is not None and (entry.action, entry.cause_id) == ("base.add_room", granted.event_id)


def test_an_event_that_fails_parks_its_subject_and_the_rest_goes_on(cast: Cast, consumer: Consumer) -> None:
    broken, fine = cast.east.sellers[0].id, cast.east.sellers[1].id
    consumer.fails = ValueError("defect")
    run(cast.east.ctx, base.GrantRole(person_id=broken, role=Role.HOST))
    drain()
    consumer.fails = None
    run(cast.east.ctx, base.GrantRole(person_id=broken, role=Role.CREW))
    run(cast.east.ctx, base.GrantRole(person_id=fine, role=Role.HOST))
    drain()
    assert consumer.seen == [f"{fine}:host"]
    assert ParkedEvent.objects.across_bases().filter(subject=f"base.person:{broken}").count() == 2
    assert relay.resume("probe", cast.east.ctx.base_id, f"base.person:{broken}") == 2
    assert consumer.seen == [f"{fine}:host", f"{broken}:host", f"{broken}:crew"]
    assert not ParkedEvent.objects.across_bases().exists()


def test_a_failing_effect_is_rolled_back_wholly(cast: Cast) -> None:
    def half(ctx: Context, fact: PersonInvited) -> None:
        run_nested(ctx, base.AddRoom(name="half", kind=RoomKind.STANDARD))
        raise ValueError

    subscription = events.Subscription("half", PersonInvited.topic, half, outside=False)
    events.REACTIONS.append(subscription)
    try:
        drain("half")
    finally:
        events.REACTIONS.remove(subscription)
    assert Room.objects.scoped(cast.east.ctx).count() == 0


def test_what_two_resume_at_once_is_applied_once(
    cast: Cast, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.fails = ValueError("defect")
    run(cast.east.ctx, base.GrantRole(person_id=cast.east.operator.id, role=Role.HOST))
    drain()
    consumer.fails = None
    parked = ("probe", cast.east.ctx.base_id, f"base.person:{cast.east.operator.id}")
    others: list[int] = []

    def after_another(*base_ids: BaseId) -> Any:
        if not others:
            others.append(0)
            others[0] = relay.resume(*parked)
        return in_transaction(*base_ids)

    monkeypatch.setattr("silkcast.kernel.relay.in_transaction", after_another)
    assert (relay.resume(*parked), others) == (0, [1])
    assert consumer.seen == [f"{cast.east.operator.id}:host"]


@pytest.mark.parametrize("refusal", [Unavailable(), WireRefused("kernel.overloaded", {}, 503), WireTimeout()])
def test_where_something_outside_is_unreachable_the_consumer_waits(cast: Cast, refusal: SilkcastError) -> None:
    calls: list[str] = []

    def outside(ctx: Context, fact: RoleGranted) -> None:
        calls.append(fact.role)
        if len(calls) == 1:
            raise refusal

    subscription = events.Subscription("out", RoleGranted.topic, outside, outside=True)
    events.REACTIONS.append(subscription)
    try:
        run(cast.east.ctx, base.GrantRole(person_id=cast.east.operator.id, role=Role.HOST))
        relay.work("out")  # passes what came before, and stops at the event that waits
        assert (calls, ParkedEvent.objects.across_bases().count()) == (["host"], 0)
        drain("out")
        assert calls == ["host", "host"]
    finally:
        events.REACTIONS.remove(subscription)


def test_what_another_role_refuses_is_parked_and_holds_up_no_other_base(cast: Cast) -> None:
    calls: list[BaseId] = []
    refusal = WireRefused("signals.log_damaged", {}, 500)

    def outside(ctx: Context, fact: RoleGranted) -> None:
        calls.append(ctx.base_id)
        if ctx.base_id == cast.east.ctx.base_id:
            raise refusal

    subscription = events.Subscription("out", RoleGranted.topic, outside, outside=True)
    events.REACTIONS.append(subscription)
    try:
        for each in (cast.east, cast.west):
            run(each.ctx, base.GrantRole(person_id=each.operator.id, role=Role.HOST))
        drain("out")
    finally:
        events.REACTIONS.remove(subscription)
    assert calls == [cast.east.ctx.base_id, cast.west.ctx.base_id]
    (parked,) = ParkedEvent.objects.across_bases()
    assert (parked.base_id, "signals.log_damaged" in parked.error) == (cast.east.ctx.base_id, True)


def test_facts_read_back_as_they_were_said() -> None:
    from silkcast.kernel.ids import PersonId, new_id

    said = RoleGranted(person_id=PersonId(new_id()), role="host")
    assert events.from_json(said.topic, said.version, events.to_json(said)) == said
