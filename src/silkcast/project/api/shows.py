"""`/api/v1/shows/…`: what several domains know of one show. The show is the studio's, the rest lies below it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from silkcast.domains.audience import api as audience
from silkcast.domains.audience.contracts import Comment, ShowMetrics
from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductView
from silkcast.domains.payments import api as payments
from silkcast.domains.payments.contracts import LedgerLine, PostingKind
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import ShowView
from silkcast.kernel.context import Context
from silkcast.kernel.ids import ShowId, SkuId
from silkcast.kernel.rest import Body, Id, Limit, Offset, Page, Price, Whole, act, allowed, allowed_for_base, page

router = Router(tags=["shows"])


@router.get("/shows/{uuid:show_id}/metrics", response=ShowMetrics)
def read_metrics(request: HttpRequest, show_id: UUID) -> ShowMetrics:
    """The numbers of a show as of now, minute by minute and by SKU, of all merchants together."""
    ctx = allowed_for_base(request, "read.shows")
    return audience.show_metrics(ctx.base_id, studio.get_show(ctx, show_id).id)


class CommentPage(Schema):
    """`next`: what to give as `before` for what was said earlier; null at the beginning. The end is not counted."""

    items: list[Comment]
    next: str | None
    total: None = None


@router.get("/shows/{uuid:show_id}/comments", response=CommentPage)
def list_comments(
    request: HttpRequest,
    show_id: UUID,
    before: Annotated[Id | None, Query(description="Go on above a comment already seen.")] = None,
    limit: Limit = 50,
) -> CommentPage:
    """The last comments, oldest first, under nicknames. Those of erased viewers are gone."""
    ctx = allowed_for_base(request, "read.shows")
    show = studio.get_show(ctx, show_id)
    found = audience.list_comments(ctx.base_id, show.id, limit=limit, before=str(before) if before else None)
    return CommentPage(items=found, next=found[0].id if len(found) == limit else None)


@router.get("/shows/{uuid:show_id}/products", response=Page[ProductView])
def list_products(request: HttpRequest, show_id: UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """The rundown's products at their prices in the show, in its currency; a merchant's key sees its own."""
    ctx = allowed(request, "read.products")
    show = _show(ctx, show_id)
    ids = [line.product_id for line in studio.list_rundown(ctx, show, ctx.at)]
    found, total = catalog.list_products(ctx, currency=show.currency, show_id=show.id, ids=ids, limit=len(ids))
    return page(found[offset : offset + limit], total, offset)


def _show(ctx: Context, show_id: UUID) -> ShowView:
    return studio.get_show(ctx, show_id)


class OfferWanted(Body):
    """`was`: the price struck through beside it. `per_buyer_max`: units that one buyer can have in the show."""

    price: Price
    was: Price | None = None
    per_buyer_max: Annotated[Whole, Field(ge=1, le=catalog.PER_BUYER_MOST)] | None = None


class OfferAnswer(Schema):
    sku_id: UUID


@router.put("/shows/{uuid:show_id}/offers/{uuid:sku_id}", response=OfferAnswer)
def set_offer(request: HttpRequest, show_id: UUID, sku_id: UUID, wanted: OfferWanted) -> object:
    """Set the price and terms of a SKU in a show."""
    show = _show(allowed_for_base(request, "catalog.set_offer"), show_id)
    asked = catalog.SetOffer(
        show_id=show.id,
        sku_id=SkuId(sku_id),
        price=wanted.price,
        was=wanted.was,
        per_buyer_max=wanted.per_buyer_max,
    )
    return act(request, asked)


class Ledger(Schema):
    """The books' sums for a show by kind, in minor units of the base's currency, and the same minute by minute."""

    show_id: ShowId
    currency: str
    totals: dict[PostingKind, int]
    lines: list[LedgerLine]


@router.get("/shows/{uuid:show_id}/ledger", response=Ledger)
def read_ledger(request: HttpRequest, show_id: UUID) -> Ledger:
    """What a show earned and cost; a merchant's key sees its own postings alone."""
    ctx = allowed(request, "read.ledger")
    show = _show(ctx, show_id)
    return Ledger(
        show_id=show.id,
        currency=request.home_currency,  # type: ignore[attr-defined]
        totals=payments.ledger_total(ctx, show.id),
        lines=payments.ledger_lines(ctx, show.id),
    )


class SpendWanted(Body):
    amount: Price


class SpendAnswer(Schema):
    entry_id: UUID


@router.post("/shows/{uuid:show_id}/ad-spend", response={201: SpendAnswer})
def enter_ad_spend(request: HttpRequest, show_id: UUID, wanted: SpendWanted) -> object:
    """Enter what advertising a show cost; it is spread over its minutes by viewers, evenly where nobody watched."""
    ctx = allowed_for_base(request, "payments.enter_ad_spend")
    show = _show(ctx, show_id)
    asked = payments.EnterAdSpend(show_id=show.id, amount=wanted.amount, viewers_by_minute=_viewers(ctx, show))
    return act(request, asked)


def _viewers(ctx: Context, show: ShowView) -> tuple[int, ...]:
    if show.started_at is None:
        return (0,)
    metrics = audience.show_metrics(ctx.base_id, show.id)
    return audience.viewers_by_minute(metrics, _unix_ms(show.started_at), _unix_ms(show.ended_at or ctx.at))


def _unix_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
