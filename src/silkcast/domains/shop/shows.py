"""Shows as visitors see them: the list of what is on air, the live page with its parts, and its still picture."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from silkcast.domains.audience import api as audience
from silkcast.domains.audience.contracts import ShowMetrics, nickname
from silkcast.domains.catalog import api as catalog
from silkcast.domains.shop import goods
from silkcast.domains.shop.answers import page
from silkcast.domains.shop.links import TOPICS_OF_SHOW, events_url
from silkcast.domains.shop.visitor import Visitor, base_with_id, visitor_of
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import LineState, ShowState, ShowView
from silkcast.kernel.canonical import read_uuid
from silkcast.kernel.errors import Missing
from silkcast.kernel.settings import load
from silkcast.kernel.wire import WireError, call_blocking

logger = logging.getLogger(__name__)
PARTS = frozenset({"pin", "shelf", "shelf_list", "comments", "product_sheet"})
COMMENTS_SHOWN = 50
POSTER_S_MAX = 1.0
POSTER_KEPT_S = 2
STATE_WORDS = {ShowState.PLANNED: "planned", ShowState.LIVE: "on_air", ShowState.ENDED: "ended"}


@require_safe
def live(request: HttpRequest, show_id: UUID) -> HttpResponse:
    """`/live/<show>` and its parts; each part reads only what it shows."""
    visitor = visitor_of(request, base_with_id(studio.base_of_show(show_id)))
    show = studio.get_show(visitor.ctx, show_id)
    part = request.GET.get("part", "")
    if part == "comments":
        context: dict[str, Any] = {"show": show, "comments": comments(visitor, show)}
    elif part == "product_sheet":
        context = _sheet(visitor, show, request.GET.get("product", ""))
    elif part in PARTS:
        context = {"show": show, **rundown(visitor, show)}
    else:
        context = _whole(visitor, show)
    return page(request, visitor, "live", context, parts=PARTS)


def _whole(visitor: Visitor, show: ShowView) -> dict[str, Any]:
    base_id = visitor.base.id
    metrics = metrics_of(visitor, show)
    is_live = show.state is ShowState.LIVE
    return {
        "show": {
            "id": show.id,
            "title": show.title,
            "state": STATE_WORDS[show.state],
            "host_name": show.host_name,
            "started_at": show.started_at,
            "planned_at": show.planned_at,
            "zone": visitor.base.time_zone,
            "likes": metrics.likes if metrics else None,
            "online": metrics.online if metrics else None,
            "simulated": visitor.base.is_simulated,
            "share_url": f"{load().origin}/live/{show.id}",
        },
        "hls_url": f"/hls/{base_id}/{show.id}/index.m3u8" if is_live else None,
        "poster_url": poster_url(show) if is_live else None,
        "viewer": {
            "token": audience.viewer_token(
                base_id, show.id, visitor.viewer, has_begun=show.state is not ShowState.PLANNED
            ),
            "name": nickname(str(base_id), visitor.viewer),
            "signals_url": "/api/v1/signals",
            "now_ms": int(visitor.ctx.at.timestamp() * 1000),
        },
        "comments": comments(visitor, show),
        "events_url": events_url(base_id, [show.id], TOPICS_OF_SHOW),
        **rundown(visitor, show),
    }


def rundown(visitor: Visitor, show: ShowView) -> dict[str, Any]:
    """The show's products at their prices there, and the one on pitch. After the show they cost what they always do."""
    if show.state is ShowState.PLANNED:  # what a show will offer is its own surprise
        return {"offers": [], "on_pitch": None}
    lines = studio.list_rundown(visitor.ctx, show, visitor.ctx.at)
    on_pitch = next((line.product_id for line in lines if line.state is LineState.ON_PITCH), None)
    products = goods.products_by_id(visitor, [line.product_id for line in lines], priced_by(show))
    found = goods.offers(visitor, products, on_pitch)
    return {"offers": found, "on_pitch": next((offer for offer in found if offer.on_pitch), None)}


def _sheet(visitor: Visitor, show: ShowView, product: str) -> dict[str, Any]:
    try:
        product_id = read_uuid(product)
    except ValueError:
        raise Missing(kind="product", id=product[:40]) from None
    found = catalog.get_product(visitor.ctx, product_id, currency=visitor.currency, show_id=priced_by(show))
    about, skus = goods.shown(visitor, found)
    return {"show": show, "product": about, "skus": skus}


def priced_by(show: ShowView) -> UUID | None:
    """Offers hold while the show is on air."""
    return show.id if show.state is ShowState.LIVE else None


def show_on_air(visitor: Visitor, show_id: UUID | None) -> UUID | None:
    """The id again, if that is a show of this base and on air."""
    if show_id is None:
        return None
    try:
        return priced_by(studio.get_show(visitor.ctx, show_id))
    except Missing:
        return None


def metrics_of(visitor: Visitor, show: ShowView) -> ShowMetrics | None:
    """None while the signals role is away: the page itself goes on."""
    try:
        return audience.show_metrics(visitor.base.id, show.id, in_brief=True)
    except WireError as error:
        logger.warning("shop.no_metrics", extra={"facts": {"show_id": str(show.id), "code": error.code}})
        return None


def comments(visitor: Visitor, show: ShowView) -> list[dict[str, Any]]:
    try:
        found = audience.list_comments(visitor.base.id, show.id, limit=COMMENTS_SHOWN)
    except WireError as error:
        logger.warning("shop.no_comments", extra={"facts": {"show_id": str(show.id), "code": error.code}})
        return []
    return [
        {
            "id": comment.id,
            "name": comment.viewer,
            "text": comment.text,
            "at": datetime.fromtimestamp(comment.at_ms / 1000, UTC),
        }
        for comment in found
    ]


def poster_url(show: ShowView) -> str:
    return f"/live/{show.id}/poster.jpg"


@require_safe
def poster(request: HttpRequest, show_id: UUID) -> HttpResponse:
    """A still as viewers see it, after the delay; 204 while there is none. One serves all within two seconds."""
    picture = cache.get(f"poster:{show_id}")
    if picture is None:
        base = base_with_id(studio.base_of_show(show_id))
        show = studio.get_show(visitor_of(request, base).ctx, show_id)
        picture = _still(show) if show.state is ShowState.LIVE else b""
        if not picture:
            return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
        cache.set(f"poster:{show_id}", picture, POSTER_KEPT_S)
    headers = {"Cache-Control": f"public, max-age={POSTER_KEPT_S}"}
    return HttpResponse(picture, content_type="image/jpeg", headers=headers)


def _still(show: ShowView) -> bytes:
    """Nothing from a room that is away or does not answer in time: it may a second later."""
    try:
        still = call_blocking(load().socket(f"room-{show.room_id}"), "room.poster", {}, deadline_s=POSTER_S_MAX)
    except WireError:
        return b""
    return still if isinstance(still, bytes) else b""
