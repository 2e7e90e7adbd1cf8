"""What wakes orders: a parcel that arrived, a buyer to be forgotten."""

from __future__ import annotations

from silkcast.domains.orders import buyers
from silkcast.domains.orders.actions.fulfil import NoteDelivery
from silkcast.domains.orders.events import BuyerErased
from silkcast.domains.shipping.events import ConsignmentDelivered
from silkcast.kernel.actions import run_nested
from silkcast.kernel.context import Context
from silkcast.kernel.events import on


@on(ConsignmentDelivered)
def note_arrival(ctx: Context, event: ConsignmentDelivered) -> None:
    run_nested(ctx, NoteDelivery(order_id=event.order_id))


@on(BuyerErased, outside=True)
def forget_keys(ctx: Context, event: BuyerErased) -> None:
    """With the key goes everything sealed under it, labels and refunds' reasons too, wherever copies may lie."""
    for checkout_id in event.checkout_ids:
        buyers.forget(checkout_id)
