"""The pages of the cart. Nothing here is kept on our side; units are promised when the order is placed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods, require_POST

from silkcast.domains.base import api as base_api
from silkcast.domains.base.contracts import BaseView
from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import Sellable
from silkcast.domains.shop import wanted as wanted_
from silkcast.domains.shop.answers import answer, done, go, is_fragment, page, refusal, refused_fragment
from silkcast.domains.shop.cart import units_max
from silkcast.domains.shop.errors import UnitsInvalid
from silkcast.domains.shop.links import events_url
from silkcast.domains.shop.shows import show_on_air
from silkcast.domains.shop.visitor import Visitor, base_of_visit, visitor_of
from silkcast.domains.shop.wanted import Wanted
from silkcast.domains.studio.api import get_show
from silkcast.kernel.canonical import read_uuid, read_whole
from silkcast.kernel.errors import Missing, SilkcastError
from silkcast.kernel.texts import as_meant
from silkcast.kernel.words import sentence


@require_http_methods(["GET", "HEAD", "POST"])
def cart(request: HttpRequest) -> HttpResponse:
    return _add(request) if request.method == "POST" else _read(request)


def _read(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request, base_of_visit(request))
    return page(request, visitor, "cart", cart_context(visitor), parts=("cart",))


def cart_context(visitor: Visitor) -> dict[str, Any]:
    """`purchases`: one for each show on air that something was taken from, since each keeps its own offers."""
    purchases = [(wanted, wanted_.basket(visitor, wanted)) for wanted in of_cart(visitor)]
    are_several = len(purchases) > 1
    return {
        "purchases": [
            {
                "of": wanted.show_id if are_several else None,
                "show_title": get_show(visitor.ctx, wanted.show_id).title if are_several and wanted.show_id else "",
                "groups": basket.groups,
                "unsold": basket.unsold,
                "goods": basket.goods,
            }
            for wanted, basket in purchases
            if basket.groups or basket.unsold
        ],
        "units": sum(basket.units for _, basket in purchases),
        "events_url": events_url(visitor.base.id),
    }


def of_cart(visitor: Visitor) -> list[Wanted]:
    """The cart by the shows on air that its lines were taken from; what was taken elsewhere goes with the first."""
    taken = dict.fromkeys(line.show_id for line in visitor.cart.lines if line.show_id is not None)
    on_air: list[UUID | None] = [show_id for show_id in taken if show_on_air(visitor, show_id)]
    on_air = on_air or [None]
    return [
        Wanted(
            lines=tuple((line.sku_id, line.units) for line in own),
            show_id=show_id,
            seen={line.sku_id: line.seen for line in own if line.seen is not None},
        )
        for show_id in on_air
        if (
            own := [
                line
                for line in visitor.cart.lines
                if line.show_id == show_id or (show_id == on_air[0] and line.show_id not in on_air)
            ]
        )
    ]


def _add(request: HttpRequest) -> HttpResponse:
    """Put something in; `then=checkout` goes on to pay."""
    sku_id, units = sku_of(request.POST), units_of(request.POST)
    visitor = visitor_of(request, _base_selling(request, sku_id))
    try:
        show_id = show_on_air(visitor, show_of(request.POST))
        seen = catalog.sellables_or_why(visitor.ctx, [sku_id], show_id, visitor.currency)[sku_id]
        price = seen.price if isinstance(seen, Sellable) else None
        visitor = visitor.with_cart(visitor.cart.add(sku_id, units, show_id, price))
    except SilkcastError as error:
        return _refused(request, visitor, error)
    if request.POST.get("then") == "checkout":
        return go(request, visitor, f"/checkout?of={show_id}" if show_id else "/checkout")
    if not is_fragment(request):
        return go(request, visitor, "/cart")
    words = sentence("shop.added", {}, visitor.ctx.language)
    return done(visitor, cart={"units": visitor.cart.units}, done={"words": words})


@require_POST
def set_units(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request, base_of_visit(request))
    try:
        visitor = visitor.with_cart(visitor.cart.set_units(sku_of(request.POST), units_of(request.POST)))
    except SilkcastError as error:
        return _refused(request, visitor, error)
    if is_fragment(request):
        return answer(request, visitor, "shop/_cart.html", cart_context(visitor))
    return go(request, visitor, "/cart")


def _refused(request: HttpRequest, visitor: Visitor, error: SilkcastError) -> HttpResponse:
    if is_fragment(request):
        return refused_fragment(request, error, visitor.ctx.language)
    shown, status = refusal(error, visitor.ctx.language)
    return page(request, visitor, "cart", {**cart_context(visitor), "refusal": shown}, status=status)


def _base_selling(request: HttpRequest, sku_id: UUID) -> BaseView:
    """The visited base, or another whose page stands open in a second tab."""
    visited = base_of_visit(request)
    for base in (visited, *(base for base in base_api.list_bases() if base.id != visited.id)):
        if catalog.product_of_skus(visitor_of(request, base).ctx, [sku_id]):
            return base
    raise Missing(kind="sku", id=str(sku_id))


def sku_of(form: QueryDict) -> UUID:
    try:
        return read_uuid(form.get("sku_id", ""))
    except ValueError:
        raise Missing(kind="sku", id=form.get("sku_id", "")[:40]) from None


def show_of(form: QueryDict, name: str = "show_id") -> UUID | None:
    try:
        return read_uuid(form.get(name, ""))
    except ValueError:
        return None


def units_of(form: QueryDict) -> int:
    try:
        return read_whole(as_meant(form.get("units", "")), digits_max=5)
    except ValueError:
        raise UnitsInvalid(units_max=units_max()) from None
