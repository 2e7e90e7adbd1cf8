"""The shop's plain pages: home, a product, privacy, the choice of currency and of shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductView
from silkcast.domains.shop import goods, shows
from silkcast.domains.shop.answers import SEE_OTHER, page
from silkcast.domains.shop.cookies import CURRENCY, cookies_of
from silkcast.domains.shop.links import TOPICS_OF_LIST, events_url
from silkcast.domains.shop.visitor import (
    VISITOR_DAYS,
    Visitor,
    base_called,
    base_of_visit,
    base_with_id,
    remember,
    set_cookie,
    visitor_of,
)
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import ShowView
from silkcast.kernel.canonical import read_whole
from silkcast.kernel.errors import Missing
from silkcast.kernel.http import is_here
from silkcast.kernel.settings import load

CARDS_PER_PAGE = 24
PAGES_MAX = 10_000
UPCOMING_SHOWN = 6
QUERY_MAX = 80
NAME_BYTES_MAX = 255  # of a file, on every file system that we know
PICTURE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`/`: what is on air, what comes next, and everything that is sold."""
    visitor = visitor_of(request, base_of_visit(request))
    on_air = studio.list_live_shows(visitor.ctx)
    context: dict[str, Any] = {
        "live": _on_air(visitor, on_air),
        "events_url": events_url(visitor.base.id, [show.id for show in on_air], TOPICS_OF_LIST),
    }
    if request.GET.get("part") != "live":
        query = request.GET.get("query", "").strip()[:QUERY_MAX]
        context |= {"upcoming": _upcoming(visitor), "page": _products(visitor, request, query, on_air), "query": query}
    return page(request, visitor, "home", context, parts=("live", "products"))


def _on_air(visitor: Visitor, on_air: list[ShowView]) -> list[dict[str, Any]]:
    pitches = studio.open_pitches(visitor.ctx, [show.id for show in on_air])
    return [
        {
            "id": show.id,
            "title": show.title,
            "host_name": show.host_name,
            "online": metrics.online if (metrics := shows.metrics_of(visitor, show)) else None,
            "picture_url": shows.poster_url(show),
            "url": f"/live/{show.id}",
            "started_at": show.started_at,
            "card": _card_on_pitch(visitor, show, pitch.product_id) if (pitch := pitches.get(show.id)) else None,
        }
        for show in on_air
    ]


def _card_on_pitch(visitor: Visitor, show: ShowView, product_id: UUID) -> goods.Card | None:
    """At the price of that show."""
    return next(iter(goods.cards(visitor, goods.products_by_id(visitor, [product_id], show.id))), None)


def _upcoming(visitor: Visitor) -> list[dict[str, Any]]:
    planned = studio.list_upcoming_shows(visitor.ctx, limit=UPCOMING_SHOWN)
    return [
        {
            "id": show.id,
            "title": show.title,
            "host_name": show.host_name,
            "planned_at": show.planned_at,
            "zone": visitor.base.time_zone,
        }
        for show in planned
        if show.planned_at is not None
    ]


def _products(visitor: Visitor, request: HttpRequest, query: str, on_air: list[ShowView]) -> Page[goods.Card]:
    try:
        number = min(max(read_whole(request.GET.get("page", "1")), 1), PAGES_MAX)
    except ValueError:
        number = 1
    offset = (number - 1) * CARDS_PER_PAGE
    found, total = catalog.list_products(
        visitor.ctx, currency=visitor.currency, search=query, listed_only=True, offset=offset, limit=CARDS_PER_PAGE
    )
    shown: Page[Any] = Paginator(range(total), CARDS_PER_PAGE).get_page(number)
    selling = _shows_with(visitor, [product.id for product in found], on_air)
    shown.object_list = goods.cards(visitor, _priced(visitor, found, selling), selling)
    return shown


def _shows_with(
    visitor: Visitor, product_ids: list[UUID], on_air: list[ShowView], wanted: str = ""
) -> dict[UUID, UUID]:
    """For each product that is in a show on air, that show: the wanted one before the others."""
    presenting = studio.shows_presenting(visitor.ctx, product_ids, [show.id for show in on_air])
    in_order = sorted((show.id for show in on_air), key=lambda show_id: str(show_id) != wanted)
    return {
        product_id: next(show_id for show_id in in_order if show_id in show_ids)
        for product_id, show_ids in presenting.items()
    }


def _priced(visitor: Visitor, found: list[ProductView], selling: dict[UUID, UUID]) -> list[ProductView]:
    """What buying it here costs: a product's page sells at the price of the show on air that has it."""
    priced: dict[UUID, ProductView] = {}
    for show_id in set(selling.values()):
        of_show = [product_id for product_id, at in selling.items() if at == show_id]
        priced |= {product.id: product for product in goods.all_by_id(visitor, of_show, show_id)}
    return [priced.get(product.id, product) for product in found]


@require_safe
def product(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """`/p/<product>`; with `?show=` at the prices of that show while it is on air."""
    visitor = visitor_of(request, base_with_id(catalog.base_of_product(product_id)))
    show = _show_with(visitor, product_id, request.GET.get("show", ""))
    found = catalog.get_product(visitor.ctx, product_id, currency=visitor.currency, show_id=show.id if show else None)
    about, skus = goods.shown(visitor, found)
    context = {
        "product": about,
        "skus": skus,
        "show": {"id": show.id, "title": show.title, "url": f"/live/{show.id}"} if show else None,
        "events_url": events_url(visitor.base.id),
    }
    return page(request, visitor, "product", context)


def _show_with(visitor: Visitor, product_id: UUID, wanted: str) -> ShowView | None:
    """The show on air that has the product: the wanted one before the others."""
    on_air = studio.list_live_shows(visitor.ctx)
    show_id = _shows_with(visitor, [product_id], on_air, wanted).get(product_id)
    return next((show for show in on_air if show.id == show_id), None)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request, base_of_visit(request))
    return page(request, visitor, "privacy", {"cookies": cookies_of(visitor.base.id)})


@require_safe
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    """`/s/<slug>`: into that base's shop."""
    response = HttpResponse(status=SEE_OTHER, headers={"Location": "/"})
    remember(response, visitor_of(request, base_called(slug)))
    return response


@require_POST
def choose_currency(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request, base_of_visit(request))
    wanted, onward = request.POST.get("currency", ""), request.POST.get("next", "/")
    response = HttpResponse(status=SEE_OTHER, headers={"Location": onward if is_here(onward) else "/"})
    if wanted in visitor.currencies:
        set_cookie(response, CURRENCY, wanted, days=VISITOR_DAYS)
    return response


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A product's picture: the only files of the media folder that anyone may have."""
    folder = load().data / "media" / "products"
    file = folder / name
    kind = PICTURE_TYPES.get(Path(name).suffix.lower())
    if kind is None or len(name.encode()) > NAME_BYTES_MAX:
        raise Missing(kind="picture")
    if file.parent != folder or file.is_symlink() or not file.is_file():
        raise Missing(kind="picture", name=name)
    return FileResponse(file.open("rb"), content_type=kind, headers={"Cache-Control": "public, max-age=3600"})
