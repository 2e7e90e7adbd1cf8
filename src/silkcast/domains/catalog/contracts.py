from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from silkcast.kernel.ids import MerchantId, ProductId, SkuId
from silkcast.kernel.money import Money


class ProductRole(StrEnum):
    """A product's part in the mix of a show (引流款/利润款/形象款)."""

    TRAFFIC = "traffic"
    PROFIT = "profit"
    IMAGE = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sellable:
    """A SKU as it sells now in one currency, in a show or outside one."""

    sku_id: SkuId
    product_id: ProductId
    merchant_id: MerchantId
    code: str
    price: Money
    was: Money | None
    cost: Money
    weight_g: int
    per_buyer_max: int | None
    markets: tuple[str, ...]
    is_listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuView:
    id: SkuId
    product_id: ProductId
    merchant_id: MerchantId
    code: str
    name: str
    price: Money
    was: Money | None
    cost: Money
    weight_g: int
    per_buyer_max: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    """`undrawable`: letters of its titles that the price card has no glyphs for."""

    id: ProductId
    merchant_id: MerchantId
    title: str
    title_zh: str
    description: str
    description_zh: str
    role: ProductRole
    image: str
    markets: tuple[str, ...]
    is_listed: bool = True
    skus: tuple[SkuView, ...] = ()
    undrawable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchCard:
    sku_id: UUID
    title: str
    price: Money
    was: Money | None
