"""What can be worked out about purchases by reading alone, before a transaction holds anybody up.

Thousands of purchases want the same few SKUs, so one batch asks for each price, parcel and cart once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from silkcast.domains.base.api import get_base
from silkcast.domains.catalog.api import buyer_limits, get_rate, sellables_or_why
from silkcast.domains.catalog.contracts import Sellable
from silkcast.domains.catalog.errors import NotCleared, NotListed
from silkcast.domains.inventory.api import units_free_on_shelves
from silkcast.domains.inventory.contracts import Need
from silkcast.domains.inventory.errors import OutOfStock
from silkcast.domains.orders.contracts import LINES_MAX, UNITS_MAX, LineWanted, PlaceOrder
from silkcast.domains.orders.engine import pricing
from silkcast.domains.orders.engine.pricing import PricedOrder
from silkcast.domains.orders.errors import CartInvalid, CostTooLarge, ParcelTooHeavy, TooManyUnits, TotalTooLarge
from silkcast.domains.shipping.api import get_option
from silkcast.kernel.context import Context
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.ids import OrderId, new_ids
from silkcast.kernel.money import AMOUNT_MAX, Money, exchange, is_bookable
from silkcast.kernel.settings import hold_bounds

PARCEL_G_MAX = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One merchant's part of a purchase; `cost_minor` is what the carrier takes for it."""

    priced: PricedOrder
    carrier: str
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many units of a SKU this purchase adds to what its buyer may have at most from a show's beginning on."""

    sku_id: UUID
    units: int
    most: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    parcels: tuple[Parcel, ...]
    limits: tuple[Limit, ...]
    total_minor: int


@dataclass(slots=True, kw_only=True)
class Draft:
    """A purchase that could be priced and that the shelves could fill a moment ago; an order's id for each parcel."""

    request: PlaceOrder
    priced: Priced
    order_ids: tuple[OrderId, ...] = ()

    @property
    def orders(self) -> zip[tuple[OrderId, Parcel]]:
        return zip(self.order_ids, self.priced.parcels, strict=True)

    @property
    def needs(self) -> list[Need]:
        return [
            Need(
                order_id=order_id,
                merchant_id=own.priced.merchant_id,
                sku_id=line.wanted.sku_id,
                units=line.wanted.units,
            )
            for order_id, own in self.orders
            for line in own.priced.lines
        ]


def skus_of(draft: Draft) -> Iterable[UUID]:
    """What the purchase takes from shelves."""
    return (line.sku_id for line in draft.request.lines)


def prepare(contexts: Sequence[Context], requests: Sequence[PlaceOrder]) -> list[Draft | SilkcastError]:
    """A draft of each purchase, or why there can be none. What is sold out is found by one read for all."""
    catalogue = _Catalogue()
    stock = _Stock(contexts, requests)
    found: list[Draft | SilkcastError | None] = [
        stock.refusal(ctx, request) for ctx, request in zip(contexts, requests, strict=True)
    ]
    hopeful = [index for index, refusal in enumerate(found) if refusal is None]
    catalogue.learn([(contexts[index], requests[index]) for index in hopeful])
    for index in hopeful:
        found[index] = catalogue.drafted(contexts[index], requests[index])
    drafts = [each for each in found if isinstance(each, Draft)]
    made = iter(new_ids(sum(len(draft.priced.parcels) for draft in drafts)))
    for draft in drafts:
        draft.order_ids = tuple(OrderId(order_id) for order_id in islice(made, len(draft.priced.parcels)))
    return [each for each in found if each is not None]


class _Stock:
    """What the shelves hold as the batch begins; a cart that they can't fill needs no transaction to be refused."""

    def __init__(self, contexts: Sequence[Context], requests: Sequence[PlaceOrder]) -> None:
        wanted: dict[UUID, tuple[Context, set[UUID]]] = {}
        for ctx, request in zip(contexts, requests, strict=True):
            skus = wanted.setdefault(ctx.base_id, (ctx, set()))[1]
            skus.update(line.sku_id for line in request.lines)
        self._free = {base_id: units_free_on_shelves(ctx, skus) for base_id, (ctx, skus) in wanted.items()}

    def refusal(self, ctx: Context, request: PlaceOrder) -> OutOfStock | None:
        free = self._free[ctx.base_id]
        for line in pricing.merge(request.lines):
            units_free = free.get(line.sku_id)
            if units_free is not None and line.units > units_free:
                return OutOfStock(sku_id=str(line.sku_id), units=line.units)
        return None


class _Catalogue:
    """Prices, parcels and whole carts that one batch has asked for."""

    def __init__(self) -> None:
        self._selling: dict[tuple[UUID, UUID | None, str, UUID], Sellable | SilkcastError] = {}
        self._homes: dict[UUID, str] = {}
        self._rates: dict[tuple[UUID, str], Decimal] = {}  # into the base's currency
        self._parcels: dict[tuple[UUID, str, str, int, UUID | None], tuple[str, int]] = {}
        self._carts: dict[Any, Priced | SilkcastError] = {}
        self._limits: dict[tuple[UUID, UUID], int] = {}  # by show and SKU: those of shows that are not the purchase's
        self._units_max = hold_bounds().units

    def learn(self, asked: Sequence[tuple[Context, PlaceOrder]]) -> None:
        """Look up together what the batch wants in one show and currency; what is wrong there is found cart by cart."""
        wanted: dict[tuple[UUID, UUID | None, str], tuple[Context, set[UUID]]] = {}
        for ctx, request in asked:
            skus = wanted.setdefault((ctx.base_id, _show(request), request.currency), (ctx, set()))[1]
            skus.update(line.sku_id for line in request.lines)
        for where, (ctx, skus) in wanted.items():
            found = sellables_or_why(ctx, skus, where[1], where[2])
            self._selling.update({(*where, sku_id): sells for sku_id, sells in found.items()})
        self._learn_limits(asked)

    def _learn_limits(self, asked: Sequence[tuple[Context, PlaceOrder]]) -> None:
        """Of what is bought beside a show on air; where all buy in the only one there is, nothing is asked."""
        beside: dict[UUID, tuple[Context, set[UUID], set[UUID]]] = {}
        for ctx, request in asked:
            others = [show.show_id for show in request.on_air if show.show_id != _show(request)]
            if others and not request.is_of_program:
                _, shows, skus = beside.setdefault(ctx.base_id, (ctx, set(), set()))
                shows.update(others)
                skus.update(line.sku_id for line in request.lines)
        for ctx, shows, skus in beside.values():
            self._limits.update(buyer_limits(ctx, shows, skus))

    def drafted(self, ctx: Context, request: PlaceOrder) -> Draft | SilkcastError:
        """The purchase priced and split per merchant, or the refusal; equal carts of a batch are priced once."""
        where = (ctx.base_id, _show(request), request.currency, request.country)
        name = (*where, request.shipping_option_id, request.lines, request.on_air, request.is_of_program)
        found = self._carts.get(name)
        if found is None:
            try:
                found = self._price(ctx, request)
            except SilkcastError as refusal:
                found = refusal
            self._carts[name] = found
        return Draft(request=request, priced=found) if isinstance(found, Priced) else found

    def _price(self, ctx: Context, request: PlaceOrder) -> Priced:
        lines = pricing.merge(request.lines)
        if not 0 < len(lines) <= LINES_MAX or any(not 0 < line.units <= UNITS_MAX for line in lines):
            raise CartInvalid(lines_max=LINES_MAX, units_max=UNITS_MAX)
        if self._units_max and not request.is_of_program and any(line.units > self._units_max for line in lines):
            raise TooManyUnits(most=self._units_max)
        selling = self._sellables((ctx.base_id, _show(request), request.currency), lines)
        for line in lines:
            if not selling[line.sku_id].is_listed:
                raise NotListed
            if request.country not in selling[line.sku_id].markets:
                raise NotCleared(country=request.country)
        self._check_costs(ctx, lines, selling)
        parcels = []
        for merchant_id, own in sorted(pricing.by_merchant(lines, selling).items(), key=lambda item: item[0].hex):
            weight_g = pricing.weight_g(own, selling)
            if weight_g > PARCEL_G_MAX:
                raise ParcelTooHeavy(most_kg=PARCEL_G_MAX // 1000)
            carrier, shipping_minor = self._parcel(ctx, request, weight_g)
            priced = pricing.price(merchant_id, own, selling, shipping_minor)
            parcels.append(Parcel(priced=priced, carrier=carrier, cost_minor=shipping_minor))
        total_minor = sum(parcel.priced.total_minor for parcel in parcels)
        if not self._is_bookable(ctx, Money(total_minor, request.currency)):
            raise TotalTooLarge(most=f"{Money(AMOUNT_MAX, request.currency).decimal():f}", currency=request.currency)
        return Priced(
            parcels=tuple(parcels), limits=tuple(self._limits_of(request, lines, selling)), total_minor=total_minor
        )

    def _limits_of(
        self, request: PlaceOrder, lines: Sequence[LineWanted], selling: dict[UUID, Sellable]
    ) -> Iterable[Limit]:
        """A program in its own name buys for many: the limit of the offer that it takes is all that binds it."""
        for show in request.on_air:
            is_own = show.show_id == _show(request)
            for line in lines if is_own or not request.is_of_program else ():
                known = selling[line.sku_id].per_buyer_max if is_own else self._limits.get((show.show_id, line.sku_id))
                if known is not None:
                    yield Limit(sku_id=line.sku_id, units=line.units, most=known, since=show.since)

    def _sellables(self, where: tuple[UUID, UUID | None, str], lines: Sequence[LineWanted]) -> dict[UUID, Sellable]:
        found: dict[UUID, Sellable] = {}
        for line in lines:
            sells = self._selling[(*where, line.sku_id)]
            if not isinstance(sells, Sellable):
                raise sells.with_traceback(None)  # one refusal for all carts of the batch
            found[line.sku_id] = sells
        return found

    def _check_costs(self, ctx: Context, lines: Sequence[LineWanted], selling: dict[UUID, Sellable]) -> None:
        for line in lines:
            if not self._is_bookable(ctx, selling[line.sku_id].cost * line.units):
                raise CostTooLarge(sku_id=str(line.sku_id))

    def _is_bookable(self, ctx: Context, amount: Money) -> bool:
        """NoRate, or too much, now rather than after the money has moved: no posting is more than total or cost."""
        if ctx.base_id not in self._homes:
            self._homes[ctx.base_id] = get_base(ctx.base_id).currency
        home, name = self._homes[ctx.base_id], (ctx.base_id, amount.currency)
        if name not in self._rates:
            self._rates[name] = get_rate(ctx, amount.currency, home, ctx.at)
        return is_bookable(amount, home, self._rates[name])

    def _parcel(self, ctx: Context, request: PlaceOrder, weight_g: int) -> tuple[str, int]:
        """(carrier, price in minor units of the purchase's currency)."""
        key = (ctx.base_id, request.country, request.currency, weight_g, request.shipping_option_id)
        if key not in self._parcels:
            option = get_option(ctx, request.country, weight_g, request.shipping_option_id)
            rate = get_rate(ctx, option.price.currency, request.currency, ctx.at)
            self._parcels[key] = (option.carrier, exchange(option.price, request.currency, rate).minor)
        return self._parcels[key]


def _show(request: PlaceOrder) -> UUID | None:
    return request.placement.show_id if request.placement else None
