"""Placing orders: the hot action. A batch of purchases is one transaction, each done wholly or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from silkcast.domains.base.api import get_base, next_numbers
from silkcast.domains.catalog.api import get_rate, sellables
from silkcast.domains.catalog.contracts import Sellable
from silkcast.domains.catalog.errors import NotCleared
from silkcast.domains.inventory.api import reserve
from silkcast.domains.inventory.contracts import Need
from silkcast.domains.orders.contracts import CheckoutState, LineWanted, OrderState, PlacedOrder, Placement
from silkcast.domains.orders.engine import pricing
from silkcast.domains.orders.engine.pricing import PricedOrder
from silkcast.domains.orders.errors import CartInvalid, PerBuyerLimit
from silkcast.domains.orders.events import OrderPlaced, SoldLine
from silkcast.domains.orders.limits import bought_before
from silkcast.domains.orders.models import BuyerRecord, Checkout, Order, OrderLine
from silkcast.domains.shipping.api import get_option
from silkcast.kernel.actions import Done, action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.ids import CheckoutId, OrderId, new_id
from silkcast.kernel.money import Money, exchange
from silkcast.kernel.storage.batches import insert_rows

HOLD_SECONDS = 600
LINES_MAX = 50
UNITS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """`sealed_buyer` is already encrypted under the checkout's key: no personal text enters an action."""

    checkout_id: CheckoutId
    viewer: str
    currency: str
    country: str
    shipping_option_id: UUID | None
    lines: tuple[LineWanted, ...]
    placement: Placement | None
    language: str
    sealed_buyer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A purchase that could be priced; what remains is stock."""

    request: PlaceOrder
    orders: tuple[tuple[OrderId, PricedOrder, str, int], ...]  # id, priced, carrier, parcel cost in minor units

    @property
    def total_minor(self) -> int:
        return sum(order.total_minor for _, order, _, _ in self.orders)

    @property
    def needs(self) -> list[Need]:
        return [
            Need(order_id=order_id, merchant_id=order.merchant_id, sku_id=line.wanted.sku_id, units=line.wanted.units)
            for order_id, order, _, _ in self.orders
            for line in order.lines
        ]


class _Catalogue:
    """Prices and parcels that one batch has asked for: thousands of purchases want the same few SKUs."""

    def __init__(self) -> None:
        self._selling: dict[tuple[UUID, UUID | None, str, UUID], Sellable] = {}
        self._booked: set[tuple[UUID, str]] = set()
        self._parcels: dict[tuple[UUID, str, str, int, UUID | None], tuple[str, int]] = {}

    def sellables(
        self, ctx: Context, lines: Sequence[LineWanted], show_id: UUID | None, currency: str
    ) -> dict[UUID, Sellable]:
        wanted: list[UUID] = [line.sku_id for line in lines]
        unknown = [sku_id for sku_id in wanted if (ctx.base_id, show_id, currency, sku_id) not in self._selling]
        if unknown:
            for sku_id, sells in sellables(ctx, unknown, show_id, currency).items():
                self._selling[ctx.base_id, show_id, currency, sku_id] = sells
        return {sku_id: self._selling[ctx.base_id, show_id, currency, sku_id] for sku_id in wanted}

    def check_rates(self, ctx: Context, currency: str, selling: dict[UUID, Sellable]) -> None:
        """NoRate now rather than after the money has moved: the capture posts in the base's currency."""
        for unit in {currency, *(sells.cost.currency for sells in selling.values())}:
            if (ctx.base_id, unit) not in self._booked:
                get_rate(ctx, unit, get_base(ctx.base_id).currency, ctx.at)
                self._booked.add((ctx.base_id, unit))

    def parcel(self, ctx: Context, request: PlaceOrder, weight_g: int) -> tuple[str, int]:
        """(carrier, price in minor units of the purchase's currency)."""
        key = (ctx.base_id, request.country, request.currency, weight_g, request.shipping_option_id)
        if key not in self._parcels:
            option = get_option(ctx, request.country, weight_g, request.shipping_option_id)
            rate = get_rate(ctx, option.price.currency, request.currency, ctx.at)
            self._parcels[key] = (option.carrier, exchange(option.price, request.currency, rate).minor)
        return self._parcels[key]


@action(
    "orders.place",
    request=PlaceOrder,
    permission="orders.place",
    icon="cart",
    many=True,
    personal=("sealed_buyer",),
    by_merchant=True,
)
def place(contexts: Sequence[Context], requests: Sequence[PlaceOrder]) -> list[Done | SilkcastError]:
    """Take purchases: price, reserve and split each per merchant, or refuse it without touching a shelf."""
    outcomes: list[Done | SilkcastError | None] = [None] * len(requests)
    drafts: dict[int, _Draft] = {}
    taken: dict[tuple[UUID, str, UUID], int] = {}
    catalogue = _Catalogue()
    for index, (ctx, request) in enumerate(zip(contexts, requests, strict=True)):
        try:
            drafts[index] = _draft(ctx, request, taken, catalogue)
        except SilkcastError as refusal:
            outcomes[index] = refusal
    by_base: dict[UUID, list[int]] = {}
    for index in drafts:
        by_base.setdefault(contexts[index].base_id, []).append(index)
    for indexes in by_base.values():
        _place_in_base([contexts[i] for i in indexes], [drafts[i] for i in indexes], indexes, outcomes)
    return [outcome for outcome in outcomes if outcome is not None]


def _place_in_base(
    contexts: Sequence[Context], drafts: Sequence[_Draft], indexes: Sequence[int], outcomes: list[Any]
) -> None:
    ctx = contexts[0]
    expires_at = ctx.at + timedelta(seconds=HOLD_SECONDS)
    refused = reserve(ctx, [d.needs for d in drafts], expires_at, [c.cause_id for c in contexts])
    kept = [(at, draft) for at, draft in enumerate(drafts) if at not in refused]
    for at, refusal in refused.items():
        outcomes[indexes[at]] = refusal
    checkout_numbers = iter(next_numbers(ctx.base_id, "checkout", len(kept)) if kept else ())
    count = sum(len(draft.orders) for _, draft in kept)
    order_numbers = iter(next_numbers(ctx.base_id, "order", count) if count else ())
    rows: dict[type[Any], list[dict[str, Any]]] = {Checkout: [], Order: [], OrderLine: [], BuyerRecord: []}
    for at, draft in kept:
        owner = contexts[at]
        number = next(checkout_numbers)
        numbered = [(next(order_numbers), *order) for order in draft.orders]
        _collect(rows, owner, draft, number, numbered)
        outcomes[indexes[at]] = _done(owner, draft, number, numbered)
    for model, collected in rows.items():
        insert_rows(model, collected)


def _draft(
    ctx: Context, request: PlaceOrder, taken: dict[tuple[UUID, str, UUID], int], catalogue: _Catalogue
) -> _Draft:
    lines = pricing.merge(request.lines)
    if not 0 < len(lines) <= LINES_MAX or any(not 0 < line.units <= UNITS_MAX for line in lines):
        raise CartInvalid(lines_max=LINES_MAX, units_max=UNITS_MAX)
    show_id = request.placement.show_id if request.placement else None
    selling = catalogue.sellables(ctx, lines, show_id, request.currency)
    for line in lines:
        if request.country not in selling[line.sku_id].markets:
            raise NotCleared(country=request.country)
    catalogue.check_rates(ctx, request.currency, selling)
    _limit(ctx, request, lines, selling, taken)
    orders = []
    for merchant_id, own in sorted(pricing.by_merchant(lines, selling).items(), key=lambda item: item[0].hex):
        carrier, shipping_minor = catalogue.parcel(ctx, request, pricing.weight_g(own, selling))
        priced = pricing.price(merchant_id, own, selling, shipping_minor)
        orders.append((OrderId(new_id()), priced, carrier, shipping_minor))
    Money(sum(priced.total_minor for _, priced, _, _ in orders), request.currency)  # refuses absurd totals
    return _Draft(request=request, orders=tuple(orders))


def _limit(
    ctx: Context,
    request: PlaceOrder,
    lines: Sequence[LineWanted],
    selling: dict[UUID, Sellable],
    taken: dict[tuple[UUID, str, UUID], int],
) -> None:
    for line in lines:
        most = selling[line.sku_id].per_buyer_max
        if most is None or request.placement is None:
            continue
        key = (request.placement.show_id, request.viewer, line.sku_id)
        if key not in taken:
            taken[key] = bought_before(ctx, *key)
        if taken[key] + line.units > most:
            raise PerBuyerLimit(most=most)
        taken[key] += line.units


def _collect(
    rows: dict[type[Any], list[dict[str, Any]]],
    ctx: Context,
    draft: _Draft,
    number: int,
    numbered: Sequence[tuple[int, OrderId, PricedOrder, str, int]],
) -> None:
    request, placement = draft.request, draft.request.placement
    rows[Checkout].append(
        {
            "id": request.checkout_id,
            "base_id": ctx.base_id,
            "number": number,
            "viewer": request.viewer,
            "state": CheckoutState.AWAITING.value,
            "currency": request.currency,
            "total_minor": draft.total_minor,
            "language": request.language,
            "placed_at": ctx.at,
            "expires_at": ctx.at + timedelta(seconds=HOLD_SECONDS),
        }
    )
    sealed = {"id": new_id(), "base_id": ctx.base_id, "checkout_id": request.checkout_id}
    rows[BuyerRecord].append({**sealed, "sealed": request.sealed_buyer})
    for order_number, order_id, priced, carrier, parcel_cost in numbered:
        rows[Order].append(
            {
                "id": order_id,
                "base_id": ctx.base_id,
                "merchant_id": priced.merchant_id,
                "checkout_id": request.checkout_id,
                "number": order_number,
                "viewer": request.viewer,
                "state": OrderState.AWAITING.value,
                "currency": request.currency,
                "goods_minor": priced.goods_minor,
                "shipping_minor": priced.shipping_minor,
                "total_minor": priced.total_minor,
                "parcel_cost_minor": parcel_cost,
                "carrier": carrier,
                "country": request.country,
                "weight_g": priced.weight_g,
                "show_id": placement.show_id if placement else None,
                "programme_ms": placement.programme_ms if placement else None,
                "platform_fee_bp": placement.platform_fee_bp if placement else 0,
                "placed_at": ctx.at,
            }
        )
        rows[OrderLine] += [_line(ctx, order_id, priced, line) for line in priced.lines]


def _line(ctx: Context, order_id: OrderId, priced: PricedOrder, line: pricing.PricedLine) -> dict[str, Any]:
    return {
        "id": new_id(),
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


def _done(
    ctx: Context, draft: _Draft, number: int, numbered: Sequence[tuple[int, OrderId, PricedOrder, str, int]]
) -> Done:
    request = draft.request
    events = [
        OrderPlaced(
            order_id=order_id,
            checkout_id=request.checkout_id,
            merchant_id=priced.merchant_id,
            show_id=request.placement.show_id if request.placement else None,
            currency=request.currency,
            total_minor=priced.total_minor,
            lines=tuple(
                SoldLine(sku_id=line.wanted.sku_id, units=line.wanted.units, total_minor=line.total_minor)
                for line in priced.lines
            ),
        )
        for _, order_id, priced, _, _ in numbered
    ]
    answer = PlacedOrder(
        checkout_id=str(request.checkout_id),
        number=number,
        state=CheckoutState.AWAITING.value,
        currency=request.currency,
        total_minor=draft.total_minor,
        orders=tuple(
            {
                "id": str(order_id),
                "number": order_number,
                "merchant_id": str(priced.merchant_id),
                "total_minor": priced.total_minor,
            }
            for order_number, order_id, priced, _, _ in numbered
        ),
        expires_at=(ctx.at + timedelta(seconds=HOLD_SECONDS)).isoformat(),
    )
    return Done(answer=answer, events=events)
