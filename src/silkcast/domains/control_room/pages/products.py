"""/control/products: the catalogue, and one product with its SKUs, prices and stock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.catalog.api import AddProduct, AddSku, ChangeProduct, ListProduct, NewSku, SetPrice
from silkcast.domains.catalog.contracts import ProductRole, SkuView
from silkcast.domains.control_room.answers import go_on, id_in, part_or_page, posting
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import home, may, wanted_part
from silkcast.domains.control_room.queries import products as queries
from silkcast.domains.control_room.queries.listing import page_number
from silkcast.domains.control_room.queries.products import ProductPage
from silkcast.domains.inventory.api import MoveStock
from silkcast.domains.inventory.contracts import MovementKind
from silkcast.kernel.actions import run
from silkcast.kernel.errors import Missing
from silkcast.kernel.http import retry_key
from silkcast.kernel.ids import MerchantId, ProductId
from silkcast.kernel.rest import allowed

TITLE_MAX = 120
DESCRIPTION_MAX = 4_000
CODE_MAX = 40
NAME_MAX = 80
WEIGHT_G_MAX = 1_000_000
UNITS_MAX = 10_000_000
MOVED_BY_HAND = frozenset({MovementKind.RECEIVE.value, MovementKind.TRANSFER.value, MovementKind.COUNT.value})
VERBS = {"products": "catalog.set_product", "stock": "inventory.move_stock"}


def products(request: HttpRequest) -> HttpResponse:
    ctx = allowed(request, "read.products")
    query = request.GET.get("query", "")
    page: dict[str, Any] = queries.listed(ctx, home(request), query=query, number=page_number(request))
    page["may"] = may(ctx, **VERBS)
    if wanted_part(request) == "products":
        return TemplateResponse(request, "control_room/_products.html", page)
    if page["may"]["products"]:
        page.update(queries.choices(ctx))
    return TemplateResponse(request, "control_room/products.html", {**page, "section": "products", "values": {}})


@posting(again=products)
def add(request: HttpRequest) -> HttpResponse:
    ctx = allowed(request, "catalog.set_product")
    fields = Fields(request.POST)
    wanted = AddProduct(
        merchant_id=ctx.merchant_id or MerchantId(fields.id("merchant_id")),
        title=fields.text("title", most=TITLE_MAX),
        title_zh=fields.text("title_zh", most=TITLE_MAX, required=False),
        description=fields.text("description", most=DESCRIPTION_MAX, required=False, lines=True),
        role=fields.choice("role", ProductRole),
        markets=fields.countries("markets"),
        sku=_new_sku(fields, home(request).currency, code="sku_code", name="sku_name"),
    )
    fields.refuse()
    added = run(ctx, wanted, key=retry_key(request))
    return go_on(request, address(id_in(added, "product_id")))


def address(product_id: UUID) -> str:
    return f"/control/products/{product_id}"


def _new_sku(fields: Fields, currency: str, *, code: str, name: str) -> NewSku:
    return NewSku(
        code=fields.text(code, most=CODE_MAX),
        name=fields.text(name, most=NAME_MAX, required=False),
        price=fields.money("price", currency),
        cost=fields.money("cost", currency, least_minor=0),
        weight_g=fields.whole("weight_g", least=1, most=WEIGHT_G_MAX),
    )


def product(request: HttpRequest, product_id: UUID) -> HttpResponse:
    ctx = allowed(request, "read.products")
    found = ProductPage(ctx, home(request), product_id)
    part = wanted_part(request)
    if part:
        return _part(request, found, part)
    return TemplateResponse(
        request,
        "control_room/product.html",
        {**found.whole(), "section": "products", "live_kinds": ["stock"], "may": may(ctx, **VERBS), "values": {}},
    )


def _part(request: HttpRequest, found: ProductPage, name: str) -> HttpResponse:
    ctx = allowed(request, "read.products")
    parts = {"skus": found.skus, "movements": found.movements}
    if name not in parts:
        raise Missing(kind="part", name=name)
    return TemplateResponse(request, f"control_room/_{name}.html", {**parts[name](), "may": may(ctx, **VERBS)})


def _skus_again(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """The SKUs as they are after the change."""
    ctx = allowed(request, "read.products")

    def part() -> HttpResponse:
        return _part(request, ProductPage(ctx, home(request), product_id), "skus")

    return part_or_page(request, part, address(product_id))


@posting(again=product)
def change(request: HttpRequest, product_id: UUID) -> HttpResponse:
    ctx = allowed(request, "catalog.set_product")
    fields = Fields(request.POST)
    wanted = ChangeProduct(
        product_id=ProductId(product_id),
        title=fields.text("title", most=TITLE_MAX),
        title_zh=fields.text("title_zh", most=TITLE_MAX, required=False),
        description=fields.text("description", most=DESCRIPTION_MAX, required=False, lines=True),
        description_zh=fields.text("description_zh", most=DESCRIPTION_MAX, required=False, lines=True),
        role=fields.choice("role", ProductRole),
        markets=fields.countries("markets"),
    )
    fields.refuse()
    run(ctx, wanted, key=retry_key(request))
    return go_on(request, address(product_id))


@posting(again=product)
def listing(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Put on sale, or take off it."""
    ctx = allowed(request, "catalog.set_product")
    is_listed = Fields(request.POST).flag("listed")
    run(ctx, ListProduct(product_id=ProductId(product_id), is_listed=is_listed), key=retry_key(request))
    return go_on(request, address(product_id))


@posting(again=product)
def add_sku(request: HttpRequest, product_id: UUID) -> HttpResponse:
    ctx = allowed(request, "catalog.set_product")
    fields = Fields(request.POST)
    sku = _new_sku(fields, home(request).currency, code="code", name="name")
    fields.refuse()
    run(ctx, AddSku(product_id=ProductId(product_id), sku=sku), key=retry_key(request))
    return _skus_again(request, product_id)


@posting(again=product)
def price(request: HttpRequest, product_id: UUID) -> HttpResponse:
    ctx = allowed(request, "catalog.set_price")
    fields = Fields(request.POST)
    currency = home(request).currency
    sku_id = fields.id("sku_id")
    amount, cost = fields.money("price", currency), fields.money("cost", currency, least_minor=0)
    fields.refuse()
    sku = _sku_of(request, product_id, sku_id)
    was = sku.was if sku.was is not None and sku.was.minor > amount.minor else None  # nothing to strike any more
    run(ctx, SetPrice(sku_id=sku.id, price=amount, was=was, cost=cost), key=retry_key(request))
    return _skus_again(request, product_id)


@posting(again=product)
def stock(request: HttpRequest, product_id: UUID) -> HttpResponse:
    ctx = allowed(request, "inventory.move_stock")
    fields = Fields(request.POST)
    sku_id, kind = fields.id("sku_id"), fields.one_of("kind", MOVED_BY_HAND)
    warehouse_id = fields.id("warehouse_id")
    is_transfer = kind == MovementKind.TRANSFER.value
    to_warehouse_id = fields.id("to_warehouse_id") if is_transfer else None
    if is_transfer and to_warehouse_id == warehouse_id:
        fields.complain("to_warehouse_id", "field_choice")
    units = fields.whole("units", most=UNITS_MAX)
    reason = fields.text("reason", most=TITLE_MAX)
    fields.refuse()
    sku = _sku_of(request, product_id, sku_id)
    wanted = MoveStock(
        kind=MovementKind(kind),
        sku_id=sku.id,
        merchant_id=sku.merchant_id,
        warehouse_id=warehouse_id,
        to_warehouse_id=to_warehouse_id,
        units=units,
        reason=reason,
    )
    run(ctx, wanted, key=retry_key(request))
    return _skus_again(request, product_id)


def _sku_of(request: HttpRequest, product_id: UUID, sku_id: UUID) -> SkuView:
    """The product's own SKU: what a form names is not believed."""
    found = ProductPage(allowed(request, "read.products"), home(request), product_id).sku(sku_id)
    if found is None:
        raise Missing(kind="sku", id=str(sku_id))
    return found
