"""Placing orders: the hot action. A batch of purchases is one transaction, each done wholly or refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from silkcast.domains.base.api import next_numbers
from silkcast.domains.inventory.api import Promises
from silkcast.domains.orders.buyers import seal_many
from silkcast.domains.orders.contracts import CheckoutState, OrderState, PlacedOrder, PlaceOrder
from silkcast.domains.orders.drafting import Draft, Parcel, prepare, skus_of
from silkcast.domains.orders.engine.pricing import PricedLine, PricedOrder
from silkcast.domains.orders.events import OrderPlaced, SoldLine
from silkcast.domains.orders.limits import Holds, Purchases
from silkcast.domains.orders.models import BuyerRecord, Checkout, Order, OrderLine
from silkcast.kernel.actions import Done, action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.ids import OrderId, new_ids
from silkcast.kernel.storage.batches import insert_rows

HOLD_SECONDS = 600


@action(
    "orders.place",
    request=PlaceOrder,
    permission="orders.place",
    icon="bag",
    prepare=prepare,
    shards=skus_of,
    personal=("buyer", "on_air", "address"),
    by_merchant=True,
)
def place(contexts: Sequence[Context], drafts: Sequence[Draft]) -> list[Done | SilkcastError]:
    """Take purchases: price, reserve and split each per merchant, or refuse it without touching a shelf."""
    outcomes: dict[int, Done | SilkcastError] = {}
    by_base: dict[UUID, list[int]] = {}
    for index, ctx in enumerate(contexts):
        by_base.setdefault(ctx.base_id, []).append(index)
    for indexes in by_base.values():
        done = _place_in_base([contexts[index] for index in indexes], [drafts[index] for index in indexes])
        outcomes.update(zip(indexes, done, strict=True))
    return [outcomes[index] for index in range(len(drafts))]


def _place_in_base(contexts: Sequence[Context], drafts: Sequence[Draft]) -> list[Done | SilkcastError]:
    ctx = contexts[0]
    outcomes: list[Any] = _decide(contexts, drafts)
    kept = [index for index, refusal in enumerate(outcomes) if refusal is None]
    if not kept:
        return outcomes
    sealed = seal_many([(drafts[index].request.checkout_id, drafts[index].request.buyer) for index in kept])
    checkout_numbers = next_numbers(ctx.base_id, "checkout", len(kept))
    order_numbers = iter(next_numbers(ctx.base_id, "order", sum(len(drafts[index].order_ids) for index in kept)))
    rows = _Rows()
    for index, number, secret in zip(kept, checkout_numbers, sealed, strict=True):
        draft, owner = drafts[index], contexts[index]
        numbered = [(next(order_numbers), order_id, parcel) for order_id, parcel in draft.orders]
        rows.add(owner, draft, number, numbered, secret)
        outcomes[index] = _done(owner, draft, number, numbered)
    rows.write()
    return outcomes


def _decide(contexts: Sequence[Context], drafts: Sequence[Draft]) -> list[SilkcastError | None]:
    """Who gets the goods, in the order of asking, under the shelves' locks; the promises are written."""
    ctx = contexts[0]
    needs = [draft.needs for draft in drafts]
    promises = Promises(ctx, {need.sku_id for cart in needs for need in cart})
    bounds = (Purchases(ctx, drafts), Holds(ctx, drafts))
    refusals: list[SilkcastError | None] = []
    for owner, draft, cart in zip(contexts, drafts, needs, strict=True):
        refusal = next(filter(None, (bound.refusal(draft) for bound in bounds)), None)
        refusal = refusal or promises.take(cart, owner.cause_id)
        if refusal is None:
            for bound in bounds:
                bound.add(draft)
        refusals.append(refusal)
    promises.write(ctx.at + timedelta(seconds=HOLD_SECONDS))
    return refusals


class _Rows:
    """The rows of a batch by table, to be written by a few statements."""

    def __init__(self) -> None:
        self._checkouts: list[dict[str, Any]] = []
        self._buyers: list[dict[str, Any]] = []
        self._orders: list[dict[str, Any]] = []
        self._lines: list[dict[str, Any]] = []

    def write(self) -> None:
        insert_rows(Checkout, self._checkouts)
        insert_rows(BuyerRecord, self._buyers)
        insert_rows(Order, self._orders)
        insert_rows(OrderLine, _with_ids(self._lines))

    def add(
        self, ctx: Context, draft: Draft, number: int, numbered: Sequence[tuple[int, OrderId, Parcel]], sealed: bytes
    ) -> None:
        request = draft.request
        self._checkouts.append(
            {
                "id": request.checkout_id,
                "base_id": ctx.base_id,
                "number": number,
                "viewer": request.viewer,
                "state": CheckoutState.AWAITING.value,
                "currency": request.currency,
                "total_minor": draft.priced.total_minor,
                "language": request.language,
                "placed_at": ctx.at,
                "expires_at": ctx.at + timedelta(seconds=HOLD_SECONDS),
                "address": request.address,
            }
        )
        self._buyers.append({"id": request.checkout_id, "base_id": ctx.base_id, "sealed": sealed})
        for order_number, order_id, parcel in numbered:
            self._orders.append(_order(ctx, draft, order_number, order_id, parcel))
            self._lines += [_line(ctx, order_id, parcel.priced, line) for line in parcel.priced.lines]


def _with_ids(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": made, **row} for made, row in zip(new_ids(len(rows)), rows, strict=True)]


def _order(ctx: Context, draft: Draft, number: int, order_id: OrderId, parcel: Parcel) -> dict[str, Any]:
    request, placement, priced = draft.request, draft.request.placement, parcel.priced
    return {
        "id": order_id,
        "base_id": ctx.base_id,
        "merchant_id": priced.merchant_id,
        "checkout_id": request.checkout_id,
        "number": number,
        "viewer": request.viewer,
        "state": OrderState.AWAITING.value,
        "currency": request.currency,
        "goods_minor": priced.goods_minor,
        "shipping_minor": priced.shipping_minor,
        "total_minor": priced.total_minor,
        "parcel_cost_minor": parcel.cost_minor,
        "carrier": parcel.carrier,
        "country": request.country,
        "weight_g": priced.weight_g,
        "show_id": placement.show_id if placement else None,
        "programme_ms": placement.programme_ms if placement else None,
        "platform_fee_bp": placement.platform_fee_bp if placement else 0,
        "placed_at": ctx.at,
    }


def _line(ctx: Context, order_id: OrderId, priced: PricedOrder, line: PricedLine) -> dict[str, Any]:
    return {
        "base_id": ctx.base_id,
        "merchant_id": priced.merchant_id,
        "order_id": order_id,
        "sku_id": line.wanted.sku_id,
        "product_id": line.sells.product_id,
        "units": line.wanted.units,
        "price_minor": line.sells.price.minor,
        "total_minor": line.total_minor,
        "paid_minor": line.paid_minor,
        "cost_minor": line.sells.cost.minor * line.wanted.units,
        "cost_currency": line.sells.cost.currency,
        "pitch_id": line.wanted.pitch_id,
    }


def _done(ctx: Context, draft: Draft, number: int, numbered: Sequence[tuple[int, OrderId, Parcel]]) -> Done:
    request = draft.request
    events = [
        OrderPlaced(
            order_id=order_id,
            checkout_id=request.checkout_id,
            merchant_id=parcel.priced.merchant_id,
            show_id=request.placement.show_id if request.placement else None,
            currency=request.currency,
            total_minor=parcel.priced.total_minor,
            lines=tuple(
                SoldLine(sku_id=line.wanted.sku_id, units=line.wanted.units, total_minor=line.total_minor)
                for line in parcel.priced.lines
            ),
        )
        for _, order_id, parcel in numbered
    ]
    answer = PlacedOrder(
        checkout_id=str(request.checkout_id),
        number=number,
        state=CheckoutState.AWAITING.value,
        currency=request.currency,
        total_minor=draft.priced.total_minor,
        orders=tuple(
            {
                "id": str(order_id),
                "number": order_number,
                "merchant_id": str(parcel.priced.merchant_id),
                "total_minor": parcel.priced.total_minor,
            }
            for order_number, order_id, parcel in numbered
        ),
        expires_at=(ctx.at + timedelta(seconds=HOLD_SECONDS)).isoformat(),
    )
    return Done(answer=answer, events=events)
