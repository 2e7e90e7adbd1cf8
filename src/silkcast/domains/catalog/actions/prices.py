from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from silkcast.domains.catalog.events import OfferSet, PriceChanged, RateEntered
from silkcast.domains.catalog.models import ExchangeRate, Offer, Price, Sku
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.events import announce
from silkcast.kernel.ids import MerchantId, ShowId, SkuId, new_id
from silkcast.kernel.money import Money, check, check_rate

PER_BUYER_MOST = 1_000_000  # units
RATE = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,10})?")


def was_minor(was: Money | None, price: Money) -> int | None:
    """The struck price as it is stored: without a currency, so it has the price's own; and above the price."""
    if was is None:
        return None
    if was.currency != price.currency or was.minor <= price.minor:
        raise Invalid(reason="was")
    return check(was, "was").minor


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrice:
    sku_id: SkuId
    price: Money
    was: Money | None = None
    cost: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRef:
    sku_id: SkuId


@action("catalog.set_price", request=SetPrice, permission="catalog.set_price", icon="edit", by_merchant=True)
def set_price(ctx: Context, request: SetPrice) -> PriceRef:
    """Set a SKU's price in one currency, and its cost if given."""
    check(request.price, "price", least=1)
    if request.cost is not None:
        check(request.cost, "cost")
    sku = Sku.objects.scoped(ctx).one(id=request.sku_id)
    values = {"amount_minor": request.price.minor, "was_minor": was_minor(request.was, request.price)}
    rows = Price.objects.scoped(ctx).filter(sku_id=sku.id, currency=request.price.currency)
    if not rows.update(**values):
        Price(
            base_id=ctx.base_id,
            merchant_id=sku.merchant_id,
            sku_id=sku.id,
            currency=request.price.currency,
            **values,
        ).save(force_insert=True)
    if request.cost is not None:
        Sku.objects.scoped(ctx).filter(id=sku.id).update(
            cost_minor=request.cost.minor, cost_currency=request.cost.currency
        )
    announce(
        ctx,
        PriceChanged(
            sku_id=request.sku_id,
            merchant_id=MerchantId(sku.merchant_id),
            currency=request.price.currency,
            amount_minor=request.price.minor,
        ),
    )
    return PriceRef(sku_id=request.sku_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOffer:
    show_id: ShowId
    sku_id: SkuId
    price: Money
    was: Money | None = None
    per_buyer_max: int | None = None


@action("catalog.set_offer", request=SetOffer, permission="catalog.set_offer", icon="edit")
def set_offer(ctx: Context, request: SetOffer) -> PriceRef:
    """Set the price and terms of a SKU in a show."""
    check(request.price, "price", least=1)
    if request.per_buyer_max is not None and not 0 < request.per_buyer_max <= PER_BUYER_MOST:
        raise Invalid(reason="per_buyer_max")
    sku = Sku.objects.scoped(ctx).one(id=request.sku_id)
    values = {
        "currency": request.price.currency,
        "price_minor": request.price.minor,
        "was_minor": was_minor(request.was, request.price),
        "per_buyer_max": request.per_buyer_max,
    }
    if not Offer.objects.scoped(ctx).filter(show_id=request.show_id, sku_id=sku.id).update(**values):
        Offer(base_id=ctx.base_id, merchant_id=sku.merchant_id, show_id=request.show_id, sku_id=sku.id, **values).save(
            force_insert=True
        )
    announce(
        ctx,
        OfferSet(
            show_id=request.show_id,
            sku_id=request.sku_id,
            merchant_id=MerchantId(sku.merchant_id),
            currency=request.price.currency,
            price_minor=request.price.minor,
        ),
    )
    return PriceRef(sku_id=request.sku_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterRate:
    """`rate` units of `quote` per unit of `unit`, as decimal text."""

    unit: str
    quote: str
    rate: str
    source: str


@action("catalog.enter_rate", request=EnterRate, permission="catalog.enter_rate", icon="swap")
def enter_rate(ctx: Context, request: EnterRate) -> PriceRef | None:
    """Enter an exchange rate that holds from now on."""
    if not RATE.fullmatch(request.rate) or request.unit == request.quote:
        raise Invalid(reason="rate")
    check_rate(Decimal(request.rate), request.unit, request.quote)
    rate_id = new_id()
    ExchangeRate(
        id=rate_id,
        base_id=ctx.base_id,
        unit=request.unit,
        quote=request.quote,
        rate=Decimal(request.rate),
        valid_from=ctx.at,
        source=request.source,
    ).save(force_insert=True)
    announce(ctx, RateEntered(rate_id=rate_id, unit=request.unit, quote=request.quote))
    return None
