from __future__ import annotations

from dataclasses import dataclass

from silkcast.domains.orders.contracts import PROGRAM, OrderState
from silkcast.domains.orders.errors import ErasureTooEarly
from silkcast.domains.orders.events import BuyerErased
from silkcast.domains.orders.models import BuyerRecord, Checkout, Order
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import CheckoutId

STILL_NEEDED = (OrderState.AWAITING.value, OrderState.PAID.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseBuyer:
    """Whoever made this purchase; their other purchases in the base are found by the browser that they came with."""

    checkout_id: CheckoutId


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    checkouts: int


@action("orders.erase_buyer", request=EraseBuyer, icon="remove")
def erase_buyer(ctx: Context, request: EraseBuyer) -> Erased:
    """Forget who bought: names, addresses, labels, reasons, comments. Orders and books stay, and still add up."""
    named = Checkout.objects.of(ctx.base_id).one(id=request.checkout_id)
    ids = [named.id]
    if not named.viewer.startswith(PROGRAM):  # behind a program's key stand many buyers
        theirs = Checkout.objects.of(ctx.base_id).filter(viewer=named.viewer)
        ids = list(theirs.order_by("id").values_list("id", flat=True))
    waiting = Order.objects.of(ctx.base_id).filter(checkout_id__in=ids, state__in=STILL_NEEDED).first()
    if waiting is not None:
        raise ErasureTooEarly(number=waiting.number)
    BuyerRecord.objects.of(ctx.base_id).filter(id__in=ids).delete()
    announce(
        ctx, BuyerErased(checkout_id=request.checkout_id, checkout_ids=tuple(map(CheckoutId, ids)), viewer=named.viewer)
    )
    return Erased(checkouts=len(ids))
