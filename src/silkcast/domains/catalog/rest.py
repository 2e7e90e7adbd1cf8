"""`/api/v1`: products with their SKUs and prices, and the rates that turn prices into other currencies."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductRole, ProductView
from silkcast.domains.catalog.errors import NoRate
from silkcast.domains.catalog.models import ExchangeRate
from silkcast.kernel.errors import Contradicts, Invalid, Missing
from silkcast.kernel.ids import MerchantId, ProductId, SkuId
from silkcast.kernel.rest import Body, Cost, Flag, Limit, Offset, Page, Price, Whole, act, allowed, page
from silkcast.kernel.texts import LINE

router = Router(tags=["catalog"])
CURRENCY = "^[A-Z]{3}$"
Currency = Annotated[
    str | None, Query(pattern=CURRENCY, description="Show prices in this currency instead of the base's own.")
]
Text = Annotated[str, Field(max_length=200, pattern=LINE)]
LongText = Annotated[str, Field(max_length=10_000)]
Markets = Annotated[tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...], Field(max_length=250)]


def _currency(request: HttpRequest, asked: str | None) -> str:
    """Bases are this domain's siblings, so the door says which currency is the asker's own."""
    return asked or cast("str", request.home_currency)  # type: ignore[attr-defined]


@router.get("/products", response=Page[ProductView])
def list_products(
    request: HttpRequest,
    search: Annotated[str, Query(max_length=100)] = "",
    currency: Currency = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, object]:
    """Newest first; searched in every language and by SKU code. A SKU without a price in the currency is left out."""
    ctx = allowed(request, "read.products")
    found, total = catalog.list_products(
        ctx, currency=_currency(request, currency), search=search, offset=offset, limit=limit
    )
    return page(found, total, offset)


@router.get("/products/{uuid:product_id}", response=ProductView)
def read_product(request: HttpRequest, product_id: UUID, currency: Currency = None) -> ProductView:
    ctx = allowed(request, "read.products")
    return catalog.get_product(ctx, product_id, currency=_currency(request, currency))


class SkuWanted(Body):
    code: Annotated[str, Field(min_length=1, max_length=40, pattern=LINE)]
    name: Text = ""
    name_zh: Text = ""
    price: Price
    was: Price | None = None
    cost: Cost
    weight_g: Annotated[Whole, Field(ge=1, le=catalog.WEIGHT_G_MAX)]

    def asked(self) -> catalog.NewSku:
        return catalog.NewSku(**{name: getattr(self, name) for name in SkuWanted.model_fields})


class ProductWords(Body):
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
    title_zh: Text = ""
    description: LongText = ""
    description_zh: LongText = ""
    role: ProductRole
    markets: Markets = Field(description="Countries (ISO 3166-1 alpha-2) that the product is cleared for.")


class ProductWanted(ProductWords):
    """`merchant_id` may be left out by a merchant's own key. `image`: a file name below /media/products/."""

    merchant_id: UUID | None = None
    image: Annotated[str, Field(pattern=r"^(products/[A-Za-z0-9][A-Za-z0-9._-]*)?$", max_length=120)] = ""
    sku: SkuWanted


class ProductAnswer(Schema):
    product_id: UUID
    sku_id: UUID | None = None


@router.post("/products", response={201: ProductAnswer})
def add_product(request: HttpRequest, wanted: ProductWanted) -> object:
    """Put a product with its first SKU into the catalogue."""
    merchant_id = wanted.merchant_id or allowed(request, "catalog.set_product").merchant_id
    if merchant_id is None:
        raise Invalid(reason="merchant_id")
    asked = catalog.AddProduct(
        merchant_id=MerchantId(merchant_id),
        title=wanted.title,
        title_zh=wanted.title_zh,
        description=wanted.description,
        description_zh=wanted.description_zh,
        role=wanted.role,
        image=wanted.image,
        markets=wanted.markets,
        sku=wanted.sku.asked(),
    )
    try:
        return act(request, asked)
    except Contradicts:  # the database knows no such merchant in this base
        raise Missing(kind="merchant", id=str(merchant_id)) from None


@router.put("/products/{uuid:product_id}", response=ProductAnswer)
def change_product(request: HttpRequest, product_id: UUID, wanted: ProductWords) -> object:
    """Give a product other words, another role, other markets; a text left out falls back to the other language."""
    asked = catalog.ChangeProduct(
        product_id=ProductId(product_id),
        title=wanted.title,
        title_zh=wanted.title_zh,
        description=wanted.description,
        description_zh=wanted.description_zh,
        role=wanted.role,
        markets=wanted.markets,
    )
    return act(request, asked)


class Listing(Body):
    is_listed: Flag


@router.put("/products/{uuid:product_id}/listing", response=ProductAnswer)
def list_product(request: HttpRequest, product_id: UUID, wanted: Listing) -> object:
    """Put a product on sale, or take it off: nobody can order it from that moment, in no show either."""
    return act(request, catalog.ListProduct(product_id=ProductId(product_id), is_listed=wanted.is_listed))


@router.post("/products/{uuid:product_id}/skus", response={201: ProductAnswer})
def add_sku(request: HttpRequest, product_id: UUID, wanted: SkuWanted) -> object:
    """Add a variant to a product."""
    return act(request, catalog.AddSku(product_id=ProductId(product_id), sku=wanted.asked()))


class PriceWanted(Body):
    """`was`: the price struck through beside it; `cost`: what the SKU costs the merchant, if that changed too."""

    price: Price
    was: Price | None = None
    cost: Cost | None = None


class PriceAnswer(Schema):
    sku_id: UUID


@router.put("/skus/{uuid:sku_id}/price", response=PriceAnswer)
def set_price(request: HttpRequest, sku_id: UUID, wanted: PriceWanted) -> object:
    """Set a SKU's price in one currency. Orders placed before keep theirs."""
    asked = catalog.SetPrice(sku_id=SkuId(sku_id), price=wanted.price, was=wanted.was, cost=wanted.cost)
    return act(request, asked)


class Rate(Schema):
    """`rate` units of `quote` per unit of `unit`, as decimal text."""

    unit: str
    quote: str
    rate: Decimal
    valid_from: datetime
    source: str


@router.get("/rates", response=Page[Rate])
def list_rates(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """Every rate that was entered, newest first."""
    rows = ExchangeRate.objects.scoped(allowed(request, "read.products")).order_by("-valid_from", "-id")
    return page(list(rows[offset : offset + limit]), rows.count(), offset)


class RateNow(Schema):
    unit: str
    quote: str
    rate: Decimal
    at: datetime


@router.get("/rates/{unit}/{quote}", response=RateNow)
def read_rate(request: HttpRequest, unit: str, quote: str) -> RateNow:
    """The rate that holds now: the entered one, or the inverse of the opposite one."""
    ctx = allowed(request, "read.products")
    rate = catalog.find_rate(ctx, unit, quote, ctx.at)
    if rate is None:
        raise NoRate(unit=unit, quote=quote)
    return RateNow(unit=unit, quote=quote, rate=rate, at=ctx.at)


class RateWanted(Body):
    unit: Annotated[str, Field(pattern=CURRENCY)]
    quote: Annotated[str, Field(pattern=CURRENCY)]
    rate: Annotated[str, Field(pattern=r"^[0-9]{1,10}(\.[0-9]{1,10})?$", description="Decimal text.")]
    source: Annotated[str, Field(min_length=1, max_length=80, pattern=LINE)]


@router.post("/rates", response={204: None})
def enter_rate(request: HttpRequest, wanted: RateWanted) -> None:
    """Enter an exchange rate that holds from now on, for the whole base."""
    act(request, catalog.EnterRate(unit=wanted.unit, quote=wanted.quote, rate=wanted.rate, source=wanted.source))
