from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from silkcast.kernel.events import Event, event
from silkcast.kernel.ids import MerchantId, ProductId, ShowId, SkuId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductAdded(Event):
    topic: ClassVar[str] = "catalog.product_added"
    subject: ClassVar[str] = "product_id"
    product_id: ProductId
    merchant_id: MerchantId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChanged(Event):
    topic: ClassVar[str] = "catalog.product_changed"
    subject: ClassVar[str] = "product_id"
    product_id: ProductId
    merchant_id: MerchantId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductListed(Event):
    """It was put on sale, or taken off."""

    topic: ClassVar[str] = "catalog.product_listed"
    subject: ClassVar[str] = "product_id"
    product_id: ProductId
    merchant_id: MerchantId
    is_listed: bool


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChanged(Event):
    """The SKU sells at another price from now on; orders placed before keep theirs."""

    topic: ClassVar[str] = "catalog.price_changed"
    subject: ClassVar[str] = "sku_id"
    sku_id: SkuId
    merchant_id: MerchantId
    currency: str
    amount_minor: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSet(Event):
    topic: ClassVar[str] = "catalog.offer_set"
    subject: ClassVar[str] = "sku_id"
    show_id: ShowId
    sku_id: SkuId
    merchant_id: MerchantId
    currency: str
    price_minor: int


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RateEntered(Event):
    """An exchange rate holds from now on: whatever is converted between the two costs otherwise."""

    topic: ClassVar[str] = "catalog.rate_entered"
    subject: ClassVar[str] = "rate_id"
    rate_id: UUID
    unit: str
    quote: str
