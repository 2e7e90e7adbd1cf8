from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from silkcast.domains.catalog.actions.prices import was_minor
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.catalog.errors import SkuCodeTaken
from silkcast.domains.catalog.events import ProductAdded, ProductChanged, ProductListed
from silkcast.domains.catalog.models import CatalogText, Price, Product, Sku
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.events import announce
from silkcast.kernel.ids import MerchantId, ProductId, SkuId, new_id
from silkcast.kernel.money import Money, check
from silkcast.kernel.places import country_of
from silkcast.kernel.searching import folded
from silkcast.kernel.signs import is_alike, shows

WEIGHT_G_MAX = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSku:
    code: str
    name: str
    name_zh: str = ""
    price: Money
    was: Money | None = None
    cost: Money
    weight_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddProduct:
    """Words are plain data: field -> language -> text. The first SKU comes with the product."""

    merchant_id: MerchantId
    title: str
    title_zh: str = ""
    description: str = ""
    description_zh: str = ""
    role: ProductRole
    image: str = ""
    markets: tuple[str, ...]
    sku: NewSku
    product_id: ProductId | None = None
    sku_id: SkuId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRef:
    product_id: ProductId
    sku_id: SkuId | None = None


@action("catalog.add_product", request=AddProduct, permission="catalog.set_product", icon="plus", by_merchant=True)
def add_product(ctx: Context, request: AddProduct) -> ProductRef:
    """Put a product with its first SKU into the catalogue."""
    if not shows(request.title):
        raise Invalid(reason="title")
    product = Product(
        id=request.product_id or new_id(),
        base_id=ctx.base_id,
        merchant_id=request.merchant_id,
        role=request.role.value,
        image=request.image,
        markets=_countries(request.markets),
        created_at=ctx.at,
    )
    product.save(force_insert=True)
    write_text(ctx, product.id, {"title": request.title, "description": request.description}, "en")
    write_text(ctx, product.id, {"title": request.title_zh, "description": request.description_zh}, "zh")
    sku_id = _add_sku(ctx, product, request.sku, request.sku_id)
    _make_found(ctx, product)
    product_id = ProductId(product.id)
    announce(ctx, ProductAdded(product_id=product_id, merchant_id=request.merchant_id))
    return ProductRef(product_id=product_id, sku_id=sku_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProduct:
    product_id: ProductId
    title: str
    title_zh: str = ""
    description: str = ""
    description_zh: str = ""
    role: ProductRole
    markets: tuple[str, ...] = field(default=())


@action(
    "catalog.change_product", request=ChangeProduct, permission="catalog.set_product", icon="edit", by_merchant=True
)
def change_product(ctx: Context, request: ChangeProduct) -> ProductRef:
    """Give a product other words, another role, other markets."""
    if not shows(request.title):
        raise Invalid(reason="title")
    product = Product.objects.scoped(ctx).one(id=request.product_id)
    product.role = request.role.value
    if request.markets:
        product.markets = _countries(request.markets)
    product.save(update_fields=["role", "markets"])
    write_text(ctx, product.id, {"title": request.title, "description": request.description}, "en")
    write_text(ctx, product.id, {"title": request.title_zh, "description": request.description_zh}, "zh")
    _make_found(ctx, product)
    announce(ctx, ProductChanged(product_id=request.product_id, merchant_id=MerchantId(product.merchant_id)))
    return ProductRef(product_id=request.product_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProduct:
    product_id: ProductId
    is_listed: bool


@action("catalog.list_product", request=ListProduct, permission="catalog.set_product", icon="bag", by_merchant=True)
def list_product(ctx: Context, request: ListProduct) -> ProductRef:
    """Put a product on sale, or take it off: nobody can order it from that moment, in no show either."""
    product = Product.objects.scoped(ctx).one(id=request.product_id)
    if product.is_listed is not request.is_listed:
        product.is_listed = request.is_listed
        product.save(update_fields=["is_listed"])
        merchant_id = MerchantId(product.merchant_id)
        announce(
            ctx, ProductListed(product_id=request.product_id, merchant_id=merchant_id, is_listed=request.is_listed)
        )
    return ProductRef(product_id=request.product_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSku:
    product_id: ProductId
    sku: NewSku
    sku_id: SkuId | None = None


@action("catalog.add_sku", request=AddSku, permission="catalog.set_product", icon="plus", by_merchant=True)
def add_sku(ctx: Context, request: AddSku) -> ProductRef:
    """Add a variant to a product."""
    product = Product.objects.scoped(ctx).one(id=request.product_id)
    sku_id = _add_sku(ctx, product, request.sku, request.sku_id)
    _make_found(ctx, product)
    announce(ctx, ProductChanged(product_id=request.product_id, merchant_id=MerchantId(product.merchant_id)))
    return ProductRef(product_id=request.product_id, sku_id=sku_id)


def _add_sku(ctx: Context, product: Product, new: NewSku, sku_id: SkuId | None) -> SkuId:
    code = new.code.strip()
    if not (shows(code) and (shows(new.name) or not new.name)) or not 0 < new.weight_g <= WEIGHT_G_MAX:
        raise Invalid(reason="sku")
    check(new.price, "price", least=1)
    check(new.cost, "cost")
    if is_alike(code, Sku.objects.scoped(ctx).filter(merchant_id=product.merchant_id).values_list("code", flat=True)):
        raise SkuCodeTaken(sku_code=code)
    sku = Sku(
        id=sku_id or new_id(),
        base_id=ctx.base_id,
        merchant_id=product.merchant_id,
        product_id=product.id,
        code=code,
        cost_minor=new.cost.minor,
        cost_currency=new.cost.currency,
        weight_g=new.weight_g,
        position=Sku.objects.scoped(ctx).filter(product_id=product.id).count(),
    )
    sku.save(force_insert=True)
    write_text(ctx, sku.id, {"name": new.name}, "en")
    write_text(ctx, sku.id, {"name": new.name_zh}, "zh")
    Price(
        base_id=ctx.base_id,
        merchant_id=product.merchant_id,
        sku_id=sku.id,
        currency=new.price.currency,
        amount_minor=new.price.minor,
        was_minor=was_minor(new.was, new.price),
    ).save(force_insert=True)
    return SkuId(sku.id)


def write_text(ctx: Context, object_id: UUID, fields: dict[str, str], language: str) -> None:
    """Set an object's words in one language; an empty text removes it, so that the fallback shows."""
    for name, text in fields.items():
        rows = CatalogText.objects.scoped(ctx).filter(object_id=object_id, language=language, field=name)
        if not shows(text):
            rows.delete()
        elif not rows.update(text=text.strip()):
            CatalogText(
                base_id=ctx.base_id, object_id=object_id, language=language, field=name, text=text.strip()
            ).save(force_insert=True)


def _make_found(ctx: Context, product: Product) -> None:
    """Have the search know its titles and codes as they are now."""
    titles = CatalogText.objects.scoped(ctx).filter(object_id=product.id, field="title").order_by("language")
    codes = Sku.objects.scoped(ctx).filter(product_id=product.id).order_by("position")
    product.searched = folded(*titles.values_list("text", flat=True), *codes.values_list("code", flat=True))
    product.save(update_fields=["searched"])


def _countries(markets: Sequence[str]) -> list[str]:
    return [country_of(code, field="markets") for code in dict.fromkeys(markets)]
