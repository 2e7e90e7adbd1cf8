"""What wakes orders: a parcel that arrived."""

from __future__ import annotations

from silkcast.domains.orders.actions.fulfil import NoteDelivery
from silkcast.domains.shipping.events import ConsignmentDelivered
from silkcast.kernel.actions import run_nested
from silkcast.kernel.context import Context
from silkcast.kernel.events import on


@on(ConsignmentDelivered)
def note_arrival(ctx: Context, event: ConsignmentDelivered) -> None:
    run_nested(ctx, NoteDelivery(order_id=event.order_id))
