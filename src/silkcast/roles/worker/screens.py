"""Tells open pages that something happened: a name and ids, never words; the page asks for what it may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from silkcast.kernel.context import Context
from silkcast.kernel.events import REACTIONS, TOPICS, Event, Subscription

CONSUMER = "screens.outside"
ORDERS = "orders"  # where a topic else has a show's id
Publish = Callable[[str, Any], None]


def subscribe(publish: Publish) -> None:
    """Send every committed event of a show to its pages, and order events as `order` too: to the show's and to those
    of the base's orders, which may belong to no show, or to one that is over."""

    def tell(ctx: Context, event: Event) -> None:
        show_id: UUID | None = getattr(event, "show_id", None)
        if event.topic.startswith("orders."):
            order = {"show_id": str(show_id or ""), "order_id": str(getattr(event, "order_id", ""))}
            publish(f"{ctx.base_id}/{ORDERS}/order", order)
            if show_id is not None:
                publish(f"{ctx.base_id}/{show_id}/order", order)
        if show_id is not None:
            said = {"show_id": str(show_id), "id": str(ctx.cause_id), "topic": event.topic}
            publish(f"{ctx.base_id}/{show_id}/event", said)

    for topic in TOPICS:
        REACTIONS.append(Subscription(CONSUMER, topic, tell, outside=True))
