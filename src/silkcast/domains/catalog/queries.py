from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from silkcast.domains.catalog.contracts import PitchCard, ProductRole, ProductView, Sellable, SkuView
from silkcast.domains.catalog.errors import NoPrice, NoRate, SkuUnknown
from silkcast.domains.catalog.models import CatalogText, ExchangeRate, Offer, Price, Product, Sku
from silkcast.kernel.context import Context
from silkcast.kernel.ids import BaseId, MerchantId, ProductId, SkuId
from silkcast.kernel.money import Money, exchange

Texts = dict[tuple[UUID, str, str], str]


def find_rate(ctx: Context, unit: str, quote: str, at: datetime) -> Decimal | None:
    """Units of `quote` per unit of `unit` at a moment: the entered rate, or the inverse of the opposite one."""
    if unit == quote:
        return Decimal(1)
    rows = ExchangeRate.objects.of(ctx.base_id).filter(valid_from__lte=at).order_by("-valid_from")
    straight = rows.filter(unit=unit, quote=quote).first()
    if straight is not None:
        return Decimal(straight.rate)
    opposite = rows.filter(unit=quote, quote=unit).first()
    return (1 / Decimal(opposite.rate)).quantize(Decimal("1e-10")) if opposite is not None else None


def get_rate(ctx: Context, unit: str, quote: str, at: datetime) -> Decimal:
    rate = find_rate(ctx, unit, quote, at)
    if rate is None:
        raise NoRate(unit=unit, quote=quote)
    return rate


def currencies(ctx: Context) -> list[str]:
    """Currencies in which a buyer may see prices: those of prices and of entered rates."""
    priced = set(Price.objects.of(ctx.base_id).values_list("currency", flat=True).distinct())
    quoted = set(ExchangeRate.objects.of(ctx.base_id).values_list("quote", flat=True).distinct())
    return sorted(priced | quoted)


def sellables(
    ctx: Context, sku_ids: Iterable[UUID], show_id: UUID | None, currency: str, *, leave_out: bool = False
) -> dict[UUID, Sellable]:
    """Every given SKU at its price now: the show's offer, else the price in the currency, else converted.

    Raises SkuUnknown and NoPrice naming the SKU; `leave_out` leaves out one that has no price instead. Reads the
    whole base: buyers buy from every merchant.
    """
    wanted = set(sku_ids)
    skus = {row.id: row for row in Sku.objects.of(ctx.base_id).filter(id__in=wanted)}
    if wanted - set(skus):
        raise SkuUnknown(sku_id=str(next(iter(wanted - set(skus)))))
    products = {
        row.id: row for row in Product.objects.of(ctx.base_id).filter(id__in={s.product_id for s in skus.values()})
    }
    offers = _offers(ctx, show_id, wanted)
    prices: dict[UUID, list[Price]] = {}
    for row in Price.objects.of(ctx.base_id).filter(sku_id__in=wanted).order_by("currency"):
        prices.setdefault(row.sku_id, []).append(row)
    rates: dict[str, Decimal | None] = {}
    found: dict[UUID, Sellable] = {}
    for sku_id, sku in skus.items():
        try:
            price, was, offer = _priced(ctx, sku_id, offers.get(sku_id), prices.get(sku_id, ()), currency, rates)
        except NoPrice:
            if leave_out:
                continue
            raise
        found[sku_id] = Sellable(
            sku_id=SkuId(sku_id),
            product_id=ProductId(sku.product_id),
            merchant_id=MerchantId(sku.merchant_id),
            code=sku.code,
            price=price,
            was=was,
            cost=Money(sku.cost_minor, sku.cost_currency),
            weight_g=sku.weight_g,
            per_buyer_max=offer.per_buyer_max if offer else None,
            markets=tuple(products[sku.product_id].markets),
            is_offer=offer is not None,
        )
    return found


def _offers(ctx: Context, show_id: UUID | None, sku_ids: set[UUID]) -> dict[UUID, Offer]:
    if show_id is None:
        return {}
    return {row.sku_id: row for row in Offer.objects.of(ctx.base_id).filter(show_id=show_id, sku_id__in=sku_ids)}


def _priced(
    ctx: Context,
    sku_id: UUID,
    offer: Offer | None,
    prices: Sequence[Price],
    currency: str,
    rates: dict[str, Decimal | None],
) -> tuple[Money, Money | None, Offer | None]:
    if offer is not None:
        known = Money(offer.price_minor, offer.currency)
        was = Money(offer.was_minor, offer.currency) if offer.was_minor else None
    else:
        row = next((p for p in prices if p.currency == currency), prices[0] if prices else None)
        if row is None:
            raise NoPrice(sku_id=str(sku_id), currency=currency)
        known = Money(row.amount_minor, row.currency)
        was = Money(row.was_minor, row.currency) if row.was_minor else None
    if known.currency not in rates:
        rates[known.currency] = find_rate(ctx, known.currency, currency, ctx.at)
    rate = rates[known.currency]
    if rate is None:
        raise NoPrice(sku_id=str(sku_id), currency=currency)
    return exchange(known, currency, rate), exchange(was, currency, rate) if was else None, offer


def texts(ctx: Context, object_ids: Iterable[UUID]) -> Texts:
    rows = CatalogText.objects.of(ctx.base_id).filter(object_id__in=set(object_ids))
    return {(row.object_id, row.language, row.field): row.text for row in rows}


def pick(words: Texts, object_id: UUID, field: str, language: str) -> str:
    """The text in the language, else English, else any."""
    wanted = "zh" if language.startswith("zh") else language[:2]
    for tried in (wanted, "en", "zh"):
        if (object_id, tried, field) in words:
            return words[object_id, tried, field]
    return ""


def titles(ctx: Context, product_ids: Iterable[UUID], language: str) -> dict[UUID, str]:
    wanted = set(product_ids)
    words = texts(ctx, wanted)
    return {product_id: pick(words, product_id, "title", language) for product_id in wanted}


def names(ctx: Context, sku_ids: Iterable[UUID], language: str) -> dict[UUID, str]:
    wanted = set(sku_ids)
    words = texts(ctx, wanted)
    return {sku_id: pick(words, sku_id, "name", language) for sku_id in wanted}


def owner_of_sku(ctx: Context, sku_id: UUID) -> MerchantId:
    return MerchantId(Sku.objects.of(ctx.base_id).one(id=sku_id).merchant_id)


def base_of_product(product_id: UUID) -> BaseId | None:
    """For a public page, which knows the product's id alone."""
    found = Product.objects.across_bases().filter(id=product_id).values_list("base_id", flat=True).first()
    return BaseId(found) if found else None


def product_of_skus(ctx: Context, sku_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    return dict(Sku.objects.of(ctx.base_id).filter(id__in=set(sku_ids)).values_list("id", "product_id"))


def list_products(
    ctx: Context,
    *,
    currency: str,
    show_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    search: str = "",
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[ProductView], int]:
    """Products with their SKUs, newest first, and how many there are; searched in every language and by SKU code."""
    rows = Product.objects.scoped(ctx).order_by("-created_at", "-id")
    if ids is not None:
        rows = rows.filter(id__in=ids)
    if search:
        worded = CatalogText.objects.scoped(ctx).filter(field="title", text__icontains=search)
        coded = Sku.objects.scoped(ctx).filter(code__icontains=search)
        rows = rows.filter(
            id__in=[*worded.values_list("object_id", flat=True), *coded.values_list("product_id", flat=True)]
        )
    total = rows.count()
    page = list(rows[offset : offset + limit])
    if ids is not None:
        page.sort(key=lambda row: list(ids).index(row.id))
    return _views(ctx, page, show_id, currency), total


def get_product(ctx: Context, product_id: UUID, *, currency: str, show_id: UUID | None = None) -> ProductView:
    return _views(ctx, [Product.objects.scoped(ctx).one(id=product_id)], show_id, currency)[0]


def _views(ctx: Context, rows: Sequence[Product], show_id: UUID | None, currency: str) -> list[ProductView]:
    skus = list(Sku.objects.of(ctx.base_id).filter(product_id__in=[row.id for row in rows]).order_by("position"))
    words = texts(ctx, [*(row.id for row in rows), *(sku.id for sku in skus)])
    selling = sellables(ctx, [sku.id for sku in skus], show_id, currency, leave_out=True)
    language = ctx.language
    return [
        ProductView(
            id=ProductId(row.id),
            merchant_id=MerchantId(row.merchant_id),
            title=words.get((row.id, "en", "title"), pick(words, row.id, "title", language)),
            title_zh=words.get((row.id, "zh", "title"), ""),
            description=words.get((row.id, "en", "description"), ""),
            description_zh=words.get((row.id, "zh", "description"), ""),
            role=ProductRole(row.role),
            image=row.image,
            markets=tuple(row.markets),
            skus=tuple(
                SkuView(
                    id=SkuId(sku.id),
                    product_id=ProductId(row.id),
                    merchant_id=MerchantId(row.merchant_id),
                    code=sku.code,
                    name=pick(words, sku.id, "name", language),
                    price=selling[sku.id].price,
                    was=selling[sku.id].was,
                    cost=selling[sku.id].cost,
                    weight_g=sku.weight_g,
                )
                for sku in skus
                if sku.product_id == row.id and sku.id in selling
            ),
        )
        for row in rows
    ]


def pitch_card(ctx: Context, show_id: UUID, product_id: UUID, language: str, currency: str) -> PitchCard:
    """What the price card of a product on air says: its first SKU, in the show's language with Chinese beside it."""
    first = Sku.objects.of(ctx.base_id).filter(product_id=product_id).order_by("position").first()
    if first is None:
        raise SkuUnknown(sku_id=str(product_id))
    selling = sellables(ctx, [first.id], show_id, currency)[first.id]
    words = texts(ctx, [product_id])
    shown = pick(words, product_id, "title", language)
    chinese = words.get((product_id, "zh", "title"), "")
    title = f"{shown} {chinese}" if chinese and chinese != shown else shown
    return PitchCard(sku_id=first.id, title=title, price=selling.price, was=selling.was)
