from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Context as DecimalContext
from decimal import Decimal
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Value

from silkcast.domains.catalog.contracts import PitchCard, ProductRole, ProductView, Sellable, SkuView
from silkcast.domains.catalog.errors import NoPrice, NoRate, NotListed, SkuUnknown
from silkcast.domains.catalog.models import CatalogText, ExchangeRate, Offer, Price, Product, Sku
from silkcast.kernel.context import Context
from silkcast.kernel.ids import BaseId, MerchantId, ProductId, SkuId
from silkcast.kernel.languages import broader
from silkcast.kernel.money import AMOUNT_MAX, Money, exchange
from silkcast.kernel.searching import found_in
from silkcast.kernel.storage.lookups import columns_of
from silkcast.media.lettering.check import undrawable

Texts = dict[tuple[UUID, str, str], str]
Columns = tuple[Any, ...]
Entered = tuple[str, int, int | None]  # currency, price, price before; in minor units
PRODUCT_COLUMNS = ("id", "merchant_id", "role", "image", "markets", "is_listed")
SKU_COLUMNS = ("id", "product_id", "merchant_id", "code", "cost_minor", "cost_currency", "weight_g")
PRICE_COLUMNS = ("sku_id", "currency", "amount_minor", "was_minor")
OFFER_COLUMNS = ("sku_id", "currency", "price_minor", "was_minor", "per_buyer_max")
INVERSE = DecimalContext(prec=12)
CARD_TITLE_MAX = 400  # of one text in a room's document


def find_rate(ctx: Context, unit: str, quote: str, at: datetime) -> Decimal | None:
    """Units of `quote` per unit of `unit` at a moment: the entered rate, or the inverse of the opposite one."""
    if unit == quote:
        return Decimal(1)
    rows = ExchangeRate.objects.of(ctx.base_id).filter(valid_from__lte=at).order_by("-valid_from")
    straight = rows.filter(unit=unit, quote=quote).first()
    if straight is not None:
        return Decimal(straight.rate)
    opposite = rows.filter(unit=quote, quote=unit).first()
    return INVERSE.divide(Decimal(1), opposite.rate) if opposite is not None else None


def get_rate(ctx: Context, unit: str, quote: str, at: datetime) -> Decimal:
    rate = find_rate(ctx, unit, quote, at)
    if rate is None:
        raise NoRate(unit=unit, quote=quote)
    return rate


def currencies(ctx: Context, own: str) -> list[str]:
    """Currencies in which a buyer may see prices: of those of prices and of entered rates, what converts to our own.

    A price in a currency without such a rate sells nothing there: its shipping could not be priced.
    """
    rates = ExchangeRate.objects.of(ctx.base_id).filter(valid_from__lte=ctx.at).values_list("quote", "unit")
    prices = Price.objects.of(ctx.base_id).values_list("currency", Value(""))
    known = set(rates.order_by().union(prices.order_by()))
    sold = {currency for currency, _ in known}
    return sorted(c for c in sold if c == own or not known.isdisjoint({(c, own), (own, c)}))


def sellables(ctx: Context, sku_ids: Iterable[UUID], show_id: UUID | None, currency: str) -> dict[UUID, Sellable]:
    """Every given SKU at its price now; raises SkuUnknown and NoPrice naming the SKU."""
    found: dict[UUID, Sellable] = {}
    for sku_id, sells in sellables_or_why(ctx, sku_ids, show_id, currency).items():
        if not isinstance(sells, Sellable):
            raise sells
        found[sku_id] = sells
    return found


def sellables_or_why(
    ctx: Context, sku_ids: Iterable[UUID], show_id: UUID | None, currency: str
) -> dict[UUID, Sellable | SkuUnknown | NoPrice]:
    """Every given SKU at its price now, or why it has none: the show's offer, else the price in the currency, else
    converted. Reads the whole base: buyers buy from every merchant."""
    wanted = set(sku_ids)
    skus = columns_of(Sku, SKU_COLUMNS, ctx.base_id, id=wanted)
    known = {row[0] for row in skus}
    products = columns_of(Product, ("id", "markets", "is_listed"), ctx.base_id, id={row[1] for row in skus})
    found = _selling(ctx, skus, {row[0]: (row[1], row[2]) for row in products}, show_id, currency)
    return {
        sku_id: found.get(sku_id)
        or (NoPrice(sku_id=str(sku_id), currency=currency) if sku_id in known else SkuUnknown(sku_id=str(sku_id)))
        for sku_id in wanted
    }


def _selling(
    ctx: Context,
    skus: Sequence[Columns],
    products: Mapping[UUID, tuple[Sequence[str], bool]],
    show_id: UUID | None,
    currency: str,
) -> dict[UUID, Sellable]:
    """Those of the SKUs, read as SKU_COLUMNS, that have a price. `products`: their markets, and whether listed."""
    wanted = {row[0] for row in skus}
    limits, known = _offers(ctx, show_id, wanted)
    for sku_id, *price in sorted(columns_of(Price, PRICE_COLUMNS, ctx.base_id, sku_id=wanted), key=itemgetter(1)):
        if sku_id not in limits and (sku_id not in known or price[0] == currency):
            known[sku_id] = (price[0], price[1], price[2])
    rates: dict[str, Decimal | None] = {}
    found: dict[UUID, Sellable] = {}
    for sku_id, product_id, merchant_id, code, cost_minor, cost_currency, weight_g in skus:
        priced = _priced(ctx, known.get(sku_id), currency, rates)
        if priced is None:
            continue
        found[sku_id] = Sellable(
            sku_id=SkuId(sku_id),
            product_id=ProductId(product_id),
            merchant_id=MerchantId(merchant_id),
            code=code,
            price=priced[0],
            was=priced[1],
            cost=Money(cost_minor, cost_currency),
            weight_g=weight_g,
            per_buyer_max=limits.get(sku_id),
            markets=tuple(products[product_id][0]),
            is_listed=products[product_id][1],
        )
    return found


def _offers(
    ctx: Context, show_id: UUID | None, sku_ids: set[UUID]
) -> tuple[dict[UUID, int | None], dict[UUID, Entered]]:
    """What the show offers: the limit for each buyer, and the price."""
    if show_id is None:
        return {}, {}
    rows = columns_of(Offer, OFFER_COLUMNS, ctx.base_id, show_id=(show_id,), sku_id=sku_ids)
    return {row[0]: row[4] for row in rows}, {row[0]: (row[1], row[2], row[3]) for row in rows}


def prices_now(
    ctx: Context, sku_id: UUID, show_ids: Iterable[UUID | None], currencies: Iterable[str]
) -> dict[UUID | None, dict[str, Sellable]]:
    """The SKU in each of the shows (None: outside any) and each of the currencies; left out where it has no price."""
    shown, known = list(show_ids), list(currencies)
    return {
        show_id: {
            currency: sells
            for currency in known
            if isinstance(sells := sellables_or_why(ctx, [sku_id], show_id, currency)[sku_id], Sellable)
        }
        for show_id in shown
    }


def buyer_limits(ctx: Context, show_ids: Iterable[UUID], sku_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], int]:
    """By show and SKU, where an offer has one: units that one buyer can have."""
    rows = columns_of(Offer, ("show_id", "sku_id", "per_buyer_max"), ctx.base_id, show_id=show_ids, sku_id=sku_ids)
    return {(show_id, sku_id): most for show_id, sku_id, most in rows if most is not None}


def find_limit(ctx: Context, show_id: UUID, sku_id: UUID) -> int | None:
    """Units of the SKU that one buyer can have in the show."""
    rows = Offer.objects.scoped(ctx).filter(show_id=show_id, sku_id=sku_id)
    return rows.values_list("per_buyer_max", flat=True).first()


def _priced(
    ctx: Context, entered: Entered | None, currency: str, rates: dict[str, Decimal | None]
) -> tuple[Money, Money | None] | None:
    """The price and the one before it; None for what is worth nothing in the currency, or more than sells."""
    if entered is None:
        return None
    unit, minor, was_minor = entered
    if unit == currency:
        return Money(minor, unit), Money(was_minor, unit) if was_minor else None
    if unit not in rates:
        rates[unit] = find_rate(ctx, unit, currency, ctx.at)
    rate = rates[unit]
    if rate is None:
        return None
    price = exchange(Money(minor, unit), currency, rate)
    was = exchange(Money(was_minor, unit), currency, rate) if was_minor else None
    return (price, was) if 0 < price.minor <= AMOUNT_MAX else None


def texts(ctx: Context, object_ids: Iterable[UUID]) -> Texts:
    rows = columns_of(CatalogText, ("object_id", "language", "field", "text"), ctx.base_id, object_id=set(object_ids))
    return {(object_id, language, field): text for object_id, language, field, text in rows}


def pick(words: Texts, object_id: UUID, field: str, language: str) -> str:
    """The text in the language, else in a broader one, else English, else any."""
    for tried in (*broader(language), "en", "zh"):
        if (object_id, tried, field) in words:
            return words[object_id, tried, field]
    return ""


def titles(ctx: Context, product_ids: Iterable[UUID], language: str) -> dict[UUID, str]:
    wanted = set(product_ids)
    words = texts(ctx, wanted)
    return {product_id: pick(words, product_id, "title", language) for product_id in wanted}


def newest_titles(ctx: Context, language: str, limit: int) -> dict[UUID, str]:
    """Titles of the newest products, the newest first."""
    rows = Product.objects.scoped(ctx).order_by("-created_at", "-id")
    newest = list(rows.values_list("id", flat=True)[:limit])
    found = titles(ctx, newest, language)
    return {product_id: found[product_id] for product_id in newest}


def newest_markets(ctx: Context) -> tuple[str, ...]:
    """Where the newest product is sold; nowhere while there is none."""
    rows = Product.objects.scoped(ctx).order_by("-created_at", "-id")
    return tuple(rows.values_list("markets", flat=True).first() or ())


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


def listed_skus(
    ctx: Context, sku_ids: Iterable[UUID] | None = None, *, product_id: UUID | None = None
) -> dict[UUID, UUID]:
    """The SKUs that are on sale, each with its product: among those given, or of the product."""
    rows = Sku.objects.of(ctx.base_id)
    if sku_ids is not None:
        rows = rows.filter(id__in=set(sku_ids))
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    found = dict(rows.values_list("id", "product_id"))
    products = Product.objects.of(ctx.base_id).filter(id__in=set(found.values()), is_listed=True)
    listed = set(products.values_list("id", flat=True))
    return {sku_id: of for sku_id, of in found.items() if of in listed}


def list_products(
    ctx: Context,
    *,
    currency: str,
    show_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    search: str = "",
    listed_only: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[ProductView], int]:
    """Products with their SKUs, newest first, and how many there are; searched in every language and by SKU code."""
    rows = Product.objects.scoped(ctx).order_by("-created_at", "-id")
    if ids is not None:
        rows = rows.filter(id__in=ids)
    if listed_only:
        rows = rows.filter(is_listed=True)
    if search:
        rows = rows.filter(found_in("searched", search))
    page = list(rows.values_list(*PRODUCT_COLUMNS)[offset : offset + limit])
    total = rows.count() if ids is None or limit < len(ids) else len(page)
    if ids is not None:
        page.sort(key=lambda row: list(ids).index(row[0]))
    return _views(ctx, page, show_id, currency), total


def get_product(ctx: Context, product_id: UUID, *, currency: str, show_id: UUID | None = None) -> ProductView:
    row = Product.objects.scoped(ctx).one(id=product_id)
    return _views(ctx, [tuple(getattr(row, name) for name in PRODUCT_COLUMNS)], show_id, currency)[0]


def _views(ctx: Context, rows: Sequence[Columns], show_id: UUID | None, currency: str) -> list[ProductView]:
    skus = columns_of(Sku, (*SKU_COLUMNS, "position"), ctx.base_id, product_id={row[0] for row in rows})
    skus.sort(key=itemgetter(-1))
    words = texts(ctx, [*(row[0] for row in rows), *(sku[0] for sku in skus)])
    about = {row[0]: (row[4], row[5]) for row in rows}
    selling = _selling(ctx, [sku[:-1] for sku in skus], about, show_id, currency)
    of_product: dict[UUID, list[SkuView]] = {}
    titled: dict[UUID, str] = {}
    for (object_id, _, field), text in words.items():
        if field == "title":
            titled[object_id] = titled.get(object_id, "") + text
    for sku_id, product_id, *_ in skus:
        if sku_id in selling:
            name = pick(words, sku_id, "name", ctx.language)
            of_product.setdefault(product_id, []).append(_sku_view(selling[sku_id], name))
    return [
        ProductView(
            id=ProductId(product_id),
            merchant_id=MerchantId(merchant_id),
            title=words.get((product_id, "en", "title"), pick(words, product_id, "title", ctx.language)),
            title_zh=words.get((product_id, "zh", "title"), ""),
            description=words.get((product_id, "en", "description"), ""),
            description_zh=words.get((product_id, "zh", "description"), ""),
            role=ProductRole(role),
            image=image,
            markets=tuple(cleared_for),
            is_listed=is_listed,
            skus=tuple(of_product.get(product_id, ())),
            undrawable=undrawable(titled.get(product_id, "")),
        )
        for product_id, merchant_id, role, image, cleared_for, is_listed in rows
    ]


def _sku_view(sells: Sellable, name: str) -> SkuView:
    return SkuView(
        id=sells.sku_id,
        product_id=sells.product_id,
        merchant_id=sells.merchant_id,
        code=sells.code,
        name=name,
        price=sells.price,
        was=sells.was,
        cost=sells.cost,
        weight_g=sells.weight_g,
        per_buyer_max=sells.per_buyer_max,
    )


def pitch_card(ctx: Context, show_id: UUID, product_id: UUID, language: str, currency: str) -> PitchCard:
    """What the price card of a product on air says: its first SKU, in the show's language with Chinese beside it."""
    first = Sku.objects.of(ctx.base_id).filter(product_id=product_id).order_by("position").first()
    if first is None:
        raise SkuUnknown(sku_id=str(product_id))
    selling = sellables(ctx, [first.id], show_id, currency)[first.id]
    if not selling.is_listed:
        raise NotListed
    words = texts(ctx, [product_id])
    shown = pick(words, product_id, "title", language)
    chinese = words.get((product_id, "zh", "title"), "")
    title = f"{shown} {chinese}" if chinese and chinese != shown else shown
    return PitchCard(sku_id=first.id, title=title[:CARD_TITLE_MAX], price=selling.price, was=selling.was)
