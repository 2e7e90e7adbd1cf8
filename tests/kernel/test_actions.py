from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cast import NOON, Cast

import silkcast.ui
from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role, RoomKind
from silkcast.domains.base.errors import EmailTaken
from silkcast.domains.base.models import Person, Room
from silkcast.kernel.actions import ACTIONS, run
from silkcast.kernel.context import Actor, ActorKind
from silkcast.kernel.errors import IdempotencyMismatch, NotAllowed
from silkcast.kernel.models import AuditEntry, IdempotencyRecord, OutboxEvent
from silkcast.kernel.runs import forget_answers

ICONS = Path(silkcast.ui.__path__[0]) / "static" / "ui" / "icons.svg"
ADD = base.AddRoom(name="Studio", kind=RoomKind.STANDARD)


def test_a_repeat_under_one_key_gets_the_first_answer_and_does_nothing(cast: Cast) -> None:
    first = run(cast.east.ctx, ADD, key="once")
    again = run(cast.east.ctx, ADD, key="once")
    assert again == {"added_room_id": str(first.added_room_id)}
    assert Room.objects.scoped(cast.east.ctx).count() == 1


def test_another_request_under_a_used_key_is_refused(cast: Cast) -> None:
    run(cast.east.ctx, ADD, key="once")
    with pytest.raises(IdempotencyMismatch):
        run(cast.east.ctx, replace(ADD, name="Other"), key="once")
    assert Room.objects.scoped(cast.east.ctx).count() == 1


def test_two_bases_may_use_the_same_key(cast: Cast) -> None:
    run(cast.east.ctx, ADD, key="once")
    run(cast.west.ctx, ADD, key="once")
    assert Room.objects.scoped(cast.west.ctx).count() == 1


def test_answers_older_than_a_moment_are_let_go_and_later_ones_stay(cast: Cast) -> None:
    run(cast.east.ctx, ADD, key="old")
    later = replace(cast.east.ctx, at=NOON + timedelta(days=1))
    run(later, replace(ADD, name="Second"), key="new")
    run(cast.west.at(0), ADD, key="old")
    before = NOON + timedelta(days=1)
    while forget_answers(before, most=1):
        assert IdempotencyRecord.objects.across_bases().filter(key="new").exists()
    assert not IdempotencyRecord.objects.across_bases().filter(at__lt=before).exists()
    run(later, replace(ADD, name="Third"), key="old")
    assert run(later, replace(ADD, name="Second"), key="new").keys() == {"added_room_id"}


def test_change_audit_answer_and_event_are_one_commit(cast: Cast) -> None:
    request = base.Invite(name="New", email="new@east.test", role=Role.HOST)
    run(cast.east.ctx, request, key="invite")
    entry = AuditEntry.objects.scoped(cast.east.ctx).order_by("-id").first()
    event = OutboxEvent.objects.of(cast.east.ctx.base_id).order_by("-position").first()
    assert entry is not None and event is not None
    assert (entry.action, event.topic, event.cause_id) == ("base.invite", "base.person_invited", entry.id)
    assert IdempotencyRecord.objects.across_bases().filter(key="invite").count() == 1


def test_the_audit_holds_no_personal_text(cast: Cast) -> None:
    run(cast.east.ctx, base.Invite(name="Somebody", email="somebody@east.test", role=Role.HOST))
    entry = AuditEntry.objects.scoped(cast.east.ctx).order_by("-id").first()
    assert entry is not None and "omebody" not in entry.request


def test_a_refusal_leaves_nothing_behind(cast: Cast) -> None:
    people = Person.objects.count()
    audits = AuditEntry.objects.scoped(cast.east.ctx).count()
    with pytest.raises(EmailTaken):
        run(cast.east.ctx, base.Invite(name="", email="OPERATOR@east.test", role=Role.HOST), key="k")
    assert Person.objects.count() == people
    assert AuditEntry.objects.scoped(cast.east.ctx).count() == audits
    assert not IdempotencyRecord.objects.across_bases().filter(key="k").exists()


def test_an_actor_without_grants_may_do_nothing(cast: Cast) -> None:
    stranger = replace(cast.east.ctx, actor=Actor(kind=ActorKind.PERSON, id="stranger"))
    with pytest.raises(NotAllowed):
        run(stranger, ADD)


def test_a_merchants_person_may_not_do_what_concerns_the_whole_base(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        run(cast.east.as_person(cast.east.sellers[0]), ADD)


def test_every_action_has_an_icon_that_pages_can_draw() -> None:
    symbols = set(re.findall(r'<symbol id="(\w+)"', ICONS.read_text(encoding="utf-8")))
    unknown = {name: declared.icon for name, declared in ACTIONS.items() if declared.icon not in symbols}
    assert unknown == {}


def test_sequences_count_within_a_subject_without_gaps(cast: Cast) -> None:
    person = cast.east.sellers[0].id
    run(cast.east.ctx, base.GrantRole(person_id=person, role=Role.HOST))
    run(cast.east.ctx, base.GrantRole(person_id=person, role=Role.CREW))
    events = OutboxEvent.objects.of(cast.east.ctx.base_id).filter(subject=f"base.person:{person}")
    assert list(events.order_by("position").values_list("sequence", flat=True)) == [1, 2, 3]


def test_what_the_tables_refuse_has_a_code_and_names_the_rule(cast: Cast) -> None:
    from silkcast.domains.catalog.api import AddProduct, NewSku
    from silkcast.domains.catalog.contracts import ProductRole
    from silkcast.domains.catalog.models import Product
    from silkcast.kernel.errors import Contradicts
    from silkcast.kernel.money import Money

    sku = NewSku(code="A", name="", price=Money(100, "USD"), cost=Money(0, "USD"), weight_g=10)
    of_another_base = AddProduct(
        merchant_id=cast.west.merchants[0], title="Silk", role=ProductRole.PROFIT, markets=("US",), sku=sku
    )
    with pytest.raises(Contradicts) as refused:
        run(cast.east.ctx, of_another_base, key="k")
    assert "merchant_id" in refused.value.facts["rule"]
    assert not Product.objects.of(cast.west.ctx.base_id).exists()
