"""What open pages are told when something was committed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from silkcast.domains.orders.events import OrderCompleted
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.ids import BaseId, OrderId, ShowId, new_id
from silkcast.roles.worker import screens

ORDER, SHOW = OrderId(new_id()), ShowId(new_id())


@pytest.mark.parametrize("show_id", [None, SHOW], ids=["of no show", "of a show"])
def test_pages_of_orders_hear_of_every_order_and_a_shows_pages_of_its_own(
    show_id: ShowId | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    reactions: list[Any] = []
    monkeypatch.setattr(screens, "REACTIONS", reactions)
    told: list[tuple[str, Any]] = []
    screens.subscribe(lambda topic, body: told.append((topic, body)))
    ctx = Context(base_id=BaseId(new_id()), actor=SYSTEM, at=datetime.now(UTC))
    event = OrderCompleted(order_id=ORDER, show_id=show_id)
    (tell,) = [each.reaction for each in reactions if each.topic == event.topic]
    tell(ctx, event)
    said = {"show_id": str(show_id or ""), "order_id": str(ORDER)}
    assert told[0] == (f"{ctx.base_id}/orders/order", said)
    assert [topic for topic, _ in told[1:]] == (
        [f"{ctx.base_id}/{SHOW}/order", f"{ctx.base_id}/{SHOW}/event"] if show_id else []
    )
