"""What led to what, read back: found by what an event is about, and as a tree from the first cause."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.cast import NOON, Base, Cast, on_air

from silkcast.domains.orders.api import get_checkout
from silkcast.domains.orders.events import OrderPaid
from silkcast.domains.orders.fulfilment import buy_label, send_off
from silkcast.domains.shipping.api import RecordSteps, ReportedStep, consignments
from silkcast.domains.shipping.contracts import ConsignmentState
from silkcast.kernel import history, relay
from silkcast.kernel.context import ActorKind
from silkcast.kernel.errors import Missing
from silkcast.kernel.history import LinkKind
from silkcast.kernel.ids import new_id
from silkcast.kernel.models import OutboxEvent


def newest(own: Base, topic: str) -> UUID:
    row = OutboxEvent.objects.of(own.ctx.base_id).filter(topic=topic).order_by("-position").first()
    assert row is not None
    found: UUID = row.event_id
    return found


def delivered(own: Base) -> UUID:
    """A purchase whose parcel arrived; the delivery's event. Orders hears of it by the relay."""
    checkout_id = own.bought((own.sells("scarf", 5), 1))
    (order,) = get_checkout(own.ctx, checkout_id).orders
    base_id, order_id = str(own.ctx.base_id), str(order.id)
    buy_label(base_id, order_id, "")
    send_off(base_id, order_id, "")
    (parcel,) = consignments(own.ctx, [order.id])[order.id]
    arrived = ReportedStep(state=ConsignmentState.DELIVERED, at=NOON, place="Testville")
    own.does(RecordSteps(consignment_id=parcel.id, steps=(arrived,)), seconds=5)
    while relay.work("orders"):
        pass
    return newest(own, "shipping.consignment_delivered")


def test_a_chain_goes_from_the_wish_over_the_event_to_what_reacted(cast: Cast) -> None:
    event_id = delivered(cast.east)
    chain = history.cause_chain(cast.east.ctx, event_id)
    assert [(link.depth, link.kind, link.name) for link in chain] == [
        (0, LinkKind.ACTION, "shipping.record_steps"),
        (1, LinkKind.EVENT, "shipping.consignment_delivered"),
        (2, LinkKind.REACTION, "orders.note_delivery"),
        (3, LinkKind.EVENT, "orders.order_delivered"),
    ]
    assert [link.is_self for link in chain] == [False, True, False, False]


def test_a_chain_is_the_same_from_whichever_of_its_events_it_is_asked(cast: Cast) -> None:
    delivered(cast.east)
    seen = {
        tuple(link.id for link in history.cause_chain(cast.east.ctx, newest(cast.east, topic)))
        for topic in ("shipping.consignment_delivered", "orders.order_delivered")
    }
    assert len(seen) == 1


def test_an_events_doer_is_who_ran_what_announced_it(cast: Cast) -> None:
    own = cast.east
    own.sells("scarf", 0)
    from silkcast.domains.catalog.api import SetPrice
    from silkcast.kernel.actions import run
    from silkcast.kernel.money import Money

    run(own.as_person(own.operator), SetPrice(sku_id=own.skus["scarf"], price=Money(100, "USD")))
    (action, event) = history.cause_chain(own.ctx, newest(own, "catalog.price_changed"))
    assert (action.doer.kind, action.doer.id) == (ActorKind.PERSON, str(own.operator.id))
    assert event.doer == action.doer


def test_an_event_of_another_base_has_no_chain(cast: Cast) -> None:
    cast.west.sells("scarf", 0)
    for event_id in (newest(cast.west, "catalog.product_added"), new_id()):
        with pytest.raises(Missing):
            history.cause_chain(cast.east.ctx, event_id)


def test_events_about_a_show_are_found_in_whatever_subject_they_belong_to(cast: Cast) -> None:
    own, show_id = cast.east, new_id()
    sku_id = own.sells("scarf", 9)
    own.bought((sku_id, 1), show=on_air(show_id, 1))
    own.bought((sku_id, 1), show=on_air(new_id(), 1))
    first = OutboxEvent.objects.of(own.ctx.base_id).filter(topic="orders.order_placed").order_by("position").first()
    assert first is not None
    found = history.events_about(own.ctx, "show_id", show_id, subject=first.subject)
    assert [event.topic for event in found] == ["orders.order_paid", "orders.order_placed"]
    assert found[1].id == first.event_id
    assert [event.doer.kind for event in found] == [ActorKind.SYSTEM, ActorKind.SYSTEM]
    assert history.events_about(own.ctx, "show_id", show_id, subject=first.subject, limit=1) == found[:1]
    assert history.events_about(cast.west.ctx, "show_id", show_id, subject=first.subject) == []


def test_a_subject_tells_its_own_events_newest_first(cast: Cast) -> None:
    own = cast.east
    checkout_id = own.bought((own.sells("scarf", 9), 1))
    (order,) = get_checkout(own.ctx, checkout_id).orders
    found = history.events_of(own.ctx, f"orders.order:{order.id}")
    assert [event.topic for event in found] == [OrderPaid.topic, "orders.order_placed"]
