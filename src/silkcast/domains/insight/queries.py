from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from silkcast.domains.base.api import get_base, list_merchants, merchant_names
from silkcast.domains.catalog.api import list_products, product_of_skus
from silkcast.domains.catalog.contracts import ProductView
from silkcast.domains.insight.audience import find_metrics, viewers_of_minutes
from silkcast.domains.insight.contracts import Airtime, AirtimeMinute, AirtimePart, Books, Figures
from silkcast.domains.insight.engine import airtime as engine
from silkcast.domains.insight.engine.airtime import MINUTE_MS, Side, Span, Sums
from silkcast.domains.orders.api import sold_lines
from silkcast.domains.payments.api import ledger_lines, ledger_total
from silkcast.domains.payments.contracts import LedgerLine
from silkcast.domains.studio.api import get_show, list_pitches, programme_ms
from silkcast.domains.studio.contracts import ShowView
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import MerchantId
from silkcast.kernel.money import Money

READINGS_MAX = 3  # of a show on air whose books move between two reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """One show's postings of one view, twice: by minute, and as the books' own totals."""

    lines: Sequence[LedgerLine]
    by_minute: Sums
    totals: Sums


def seen_by(ctx: Context, merchant_id: UUID | None) -> Context:
    """The context of a merchant's view, or of the base's when none is named; Missing for what is not theirs to see."""
    if merchant_id is None or merchant_id == ctx.merchant_id:
        return ctx
    if all(merchant.id != merchant_id for merchant in list_merchants(ctx)):
        raise Missing(kind="merchant", id=str(merchant_id))
    return replace(ctx, merchant_id=MerchantId(merchant_id))


def get_airtime(ctx: Context, show_id: UUID) -> Airtime:
    """A show minute by minute: the whole base's view, or the one merchant's whose context it is."""
    show = get_show(ctx, show_id)
    side = Side.MERCHANT if ctx.merchant_id is not None else Side.BASE
    currency = get_base(ctx.base_id).currency
    ledger = _read(ctx, show_id)
    length = engine.minutes_on_air(programme_ms(show, ctx.at))
    spans = [
        Span(product_id=pitch.product_id, started_ms=pitch.started_ms, ended_ms=pitch.ended_ms)
        for pitch in list_pitches(ctx, show_id)
    ]
    products = _products(ctx, {span.product_id for span in spans}, currency)
    spans = [span for span in spans if span.product_id in products]
    metrics = find_metrics(ctx, show_id)
    rows = engine.minutes(
        ledger.lines,
        sold_lines(ctx, show_id),
        viewers=viewers_of_minutes(show, metrics, ctx.at) if metrics is not None else None,
        pitches=spans,
        length=length,
    )
    titles = {product_id: title_of(product, ctx.language) for product_id, product in products.items()}
    return Airtime(
        show=show,
        side=side,
        merchant_id=ctx.merchant_id,
        currency=currency,
        minutes=tuple(_minute(row, show, side, currency, titles) for row in rows),
        totals=_totals(rows, side, currency, metrics.viewers if metrics is not None else None),
        books=Books(
            is_equal=ledger.by_minute == ledger.totals,
            airtime=Money(engine.total(rows).profit(side), currency),
            ledger=Money(ledger.totals.profit(side), currency),
        ),
        pitches=tuple((span, titles[span.product_id]) for span in spans),
    )


def list_parts(ctx: Context, show_id: UUID) -> list[AirtimePart]:
    """The same minutes split by merchant, SKU and pitch."""
    show = get_show(ctx, show_id)
    side = Side.MERCHANT if ctx.merchant_id is not None else Side.BASE
    currency = get_base(ctx.base_id).currency
    rows = engine.parts(_read(ctx, show_id).lines, sold_lines(ctx, show_id))
    products = _products_of_skus(ctx, {row.sku_id for row in rows if row.sku_id is not None}, currency)
    begun = {pitch.id: pitch.started_ms // MINUTE_MS for pitch in list_pitches(ctx, show_id)}
    merchants = merchant_names(ctx)
    parts = []
    for row in rows:
        product, code, name = products.get(row.sku_id, ("", "", "")) if row.sku_id else ("", "", "")
        parts.append(
            AirtimePart(
                **_figures(row.sums, side, currency),
                viewers=None,
                orders=row.orders,
                units=row.units,
                shipping_estimated=row.has_estimate,
                minute=row.minute,
                at=_at(show, row.minute),
                merchant=merchants.get(row.merchant_id, "") if row.merchant_id else "",
                product=product,
                sku_code=code,
                sku_name=name,
                pitch_minute=begun.get(row.pitch_id) if row.pitch_id else None,
            )
        )
    return parts


def _read(ctx: Context, show_id: UUID) -> Ledger:
    """Lines and totals of one moment: a sale between the two reads is no difference, so they are read again."""
    for _ in range(READINGS_MAX):
        lines = ledger_lines(ctx, show_id)
        found = Ledger(
            lines=lines,
            by_minute=engine.sums_of((line.kind, line.base_minor) for line in lines),
            totals=engine.sums_of(ledger_total(ctx, show_id).items()),
        )
        if found.by_minute == found.totals:
            break
    return found


def title_of(product: ProductView, language: str) -> str:
    return product.title_zh if language.startswith("zh") and product.title_zh else product.title


def _products(ctx: Context, product_ids: Iterable[UUID], currency: str) -> dict[UUID, ProductView]:
    """Those that the context may see: a merchant's view names no other's products."""
    wanted = sorted(product_ids)
    if not wanted:
        return {}
    found, _ = list_products(ctx, currency=currency, ids=wanted, limit=len(wanted))
    return {product.id: product for product in found}


def _products_of_skus(ctx: Context, sku_ids: set[UUID], currency: str) -> dict[UUID, tuple[str, str, str]]:
    """(product's title, SKU's code, SKU's name) of each."""
    products = _products(ctx, set(product_of_skus(ctx, sku_ids).values()), currency)
    return {
        sku.id: (title_of(product, ctx.language), sku.code, sku.name)
        for product in products.values()
        for sku in product.skus
        if sku.id in sku_ids
    }


def _at(show: ShowView, minute: int) -> datetime:
    assert show.started_at is not None, "money was earned in a show that never began"
    return show.started_at + timedelta(minutes=minute)


def _minute(row: engine.Minute, show: ShowView, side: Side, currency: str, titles: Mapping[UUID, str]) -> AirtimeMinute:
    return AirtimeMinute(
        **_figures(row.sums, side, currency),
        viewers=row.viewers,
        orders=row.orders,
        units=row.units,
        shipping_estimated=row.has_estimate,
        minute=row.minute,
        at=_at(show, row.minute),
        pitched=tuple(titles[product_id] for product_id in row.products),
    )


def _totals(rows: Sequence[engine.Minute], side: Side, currency: str, viewers: int | None) -> Figures:
    """`viewers` are the show's distinct ones: those of its minutes do not add up."""
    return Figures(
        **_figures(engine.total(rows), side, currency),
        viewers=viewers,
        orders=sum(row.orders for row in rows),
        units=sum(row.units for row in rows),
        shipping_estimated=any(row.has_estimate for row in rows),
    )


def _figures(sums: Sums, side: Side, currency: str) -> dict[str, Any]:
    parts = {field: Money(getattr(sums, field), currency) for field in engine.FIELD_OF_KIND.values()}
    return {
        **parts,
        "net": Money(sums.net, currency),
        "profit": Money(sums.profit(side), currency),
        "ad_spend_spread": sums.ad_spend != 0,
    }
