"""/control/shows/<id>: the console of one show, and what its buttons do."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from silkcast.domains.catalog.api import SetOffer, find_limit
from silkcast.domains.control_room.answers import done, go_on, part_or_page, posting
from silkcast.domains.control_room.errors import ViewersUnknown
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import may, wanted_part
from silkcast.domains.control_room.queries.console import Console
from silkcast.domains.insight.api import find_viewers_by_minute
from silkcast.domains.payments.api import EnterAdSpend
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, OverlayKind, ShowState
from silkcast.domains.studio.engine.scenes import CAMERAS_LEAST
from silkcast.domains.studio.errors import ShowNotLive
from silkcast.kernel.actions import run
from silkcast.kernel.context import Context, permits
from silkcast.kernel.errors import Missing
from silkcast.kernel.http import context, retry_key
from silkcast.kernel.ids import ProductId, ShowId, SkuId
from silkcast.kernel.rest import allowed

POSITION_MAX = 1_000
PER_BUYER_MOST = 1_000_000
VERBS = {
    "air": "studio.go_live",
    "scene": "studio.switch_scene",
    "overlays": "studio.set_overlay",
    "rundown": "studio.arrange_rundown",
    "offers": "catalog.set_offer",
    "show_destinations": "studio.set_show_destination",
    "ad_spend": "payments.enter_ad_spend",
    "ledger": "read.ledger",
    "orders": "read.orders",
}


def console(request: HttpRequest, show_id: UUID) -> HttpResponse:
    ctx = allowed(request, "read.shows")
    if not permits(ctx, "read.rooms"):  # a merchant's own people: not the studio, but what their goods earned in it
        return HttpResponseRedirect(f"{address(show_id)}/airtime")
    part = wanted_part(request)
    return _part(request, show_id, part) if part else whole(request, show_id)


def whole(request: HttpRequest, show_id: UUID) -> HttpResponse:
    ctx = allowed(request, "read.rooms")
    shown = Console(request, show_id).whole()
    page = {**shown, "section": "shows", "show_ids": [show_id], "may": may(ctx, **VERBS)}
    return TemplateResponse(request, "control_room/show.html", page)


def _part(request: HttpRequest, show_id: UUID, name: str) -> HttpResponse:
    ctx = allowed(request, "read.rooms")
    shown = Console(request, show_id).part(name)
    if shown is None:
        raise Missing(kind="part", name=name)
    return TemplateResponse(request, f"control_room/_{name}.html", {**shown, "may": may(ctx, **VERBS)})


def address(show_id: UUID) -> str:
    return f"/control/shows/{show_id}"


def _act(request: HttpRequest, wanted: Any) -> Context:
    """Run an action of the page's form; what the page shows next is read after it."""
    ctx = context(request)
    run(ctx, wanted, key=retry_key(request))
    return ctx


def _answer(request: HttpRequest, show_id: UUID, part: str) -> HttpResponse:
    return part_or_page(request, partial(_part, request, show_id, part), address(show_id))


@posting(again=whole)
def start(request: HttpRequest, show_id: UUID) -> HttpResponse:
    _act(request, studio.GoLive(show_id=ShowId(show_id)))
    return go_on(request, address(show_id))


@posting(again=whole)
def end(request: HttpRequest, show_id: UUID) -> HttpResponse:
    _act(request, studio.EndShow(show_id=ShowId(show_id)))
    return go_on(request, address(show_id))


@posting(again=whole)
def scene(request: HttpRequest, show_id: UUID) -> HttpResponse:
    fields = Fields(request.POST)
    layout, cameras = fields.choice("layout", Layout), fields.ids("cameras")
    fields.refuse()
    shown = cameras[: CAMERAS_LEAST[layout]]  # a layout's own button names every camera, those on air first
    _act(request, studio.SwitchScene(show_id=ShowId(show_id), layout=layout, camera_ids=shown))
    return _answer(request, show_id, "cameras")


@posting(again=whole)
def overlay(request: HttpRequest, show_id: UUID) -> HttpResponse:
    fields = Fields(request.POST)
    kind = fields.choice("kind", OverlayKind)
    fields.refuse()
    _act(request, studio.SetOverlay(show_id=ShowId(show_id), kind=kind, visible=fields.flag("visible")))
    return _answer(request, show_id, "overlays")


@posting(again=whole)
def pitch(request: HttpRequest, show_id: UUID) -> HttpResponse:
    fields = Fields(request.POST)
    line_id, state = fields.id("line_id"), fields.one_of("state", frozenset({"start", "end"}))
    fields.refuse()
    if state == "start":
        _act(request, studio.StartPitch(show_id=ShowId(show_id), line_id=line_id))
    else:
        _act(request, studio.EndPitch(show_id=ShowId(show_id), line_id=line_id))
    return _answer(request, show_id, "rundown")


@posting(again=whole)
def offer(request: HttpRequest, show_id: UUID) -> HttpResponse:
    ctx = allowed(request, "read.shows")
    show = studio.get_show(ctx, show_id)
    fields = Fields(request.POST)
    sku_id = fields.id("sku_id")
    price, was = fields.money("price", show.currency), fields.maybe_money("was", show.currency)
    if was is not None and was.minor <= price.minor:
        fields.complain("was", "field_was")
    if "per_buyer_max" in request.POST:
        most = fields.maybe_whole("per_buyer_max", least=1, most=PER_BUYER_MOST)
    else:
        most = find_limit(ctx, show.id, sku_id)
    fields.refuse()
    _act(request, SetOffer(show_id=show.id, sku_id=SkuId(sku_id), price=price, was=was, per_buyer_max=most))
    return _answer(request, show_id, "rundown")


@posting(again=whole)
def add_line(request: HttpRequest, show_id: UUID) -> HttpResponse:
    fields = Fields(request.POST)
    product_id = fields.id("product_id")
    fields.refuse()
    _act(request, studio.AddToRundown(show_id=ShowId(show_id), product_id=ProductId(product_id)))
    return _answer(request, show_id, "rundown")


@posting(again=whole)
def move_line(request: HttpRequest, show_id: UUID) -> HttpResponse:
    fields = Fields(request.POST)
    line_id, position = fields.id("line_id"), fields.whole("position", most=POSITION_MAX)
    fields.refuse()
    _act(request, studio.MoveInRundown(show_id=ShowId(show_id), line_id=line_id, position=position))
    return _answer(request, show_id, "rundown")


@posting(again=whole)
def remove_line(request: HttpRequest, show_id: UUID) -> HttpResponse:
    fields = Fields(request.POST)
    line_id = fields.id("line_id")
    fields.refuse()
    _act(request, studio.RemoveFromRundown(show_id=ShowId(show_id), line_id=line_id))
    return _answer(request, show_id, "rundown")


@posting(again=whole)
def destination(request: HttpRequest, show_id: UUID) -> HttpResponse:
    fields = Fields(request.POST)
    destination_id = fields.id("destination_id")
    fields.refuse()
    enabled = fields.flag("enabled")
    _act(
        request,
        studio.SetShowDestination(show_id=ShowId(show_id), destination_id=destination_id, enabled=enabled),
    )
    return _answer(request, show_id, "destinations")


@posting(again=whole)
def retry_destination(request: HttpRequest, show_id: UUID) -> HttpResponse:
    fields = Fields(request.POST)
    destination_id = fields.id("destination_id")
    fields.refuse()
    _act(request, studio.RetryDestination(show_id=ShowId(show_id), destination_id=destination_id))
    return _answer(request, show_id, "destinations")


@posting(again=whole)
def ad_spend(request: HttpRequest, show_id: UUID) -> HttpResponse:
    ctx = allowed(request, "payments.enter_ad_spend")
    show = studio.get_show(ctx, show_id)
    fields = Fields(request.POST)
    amount = fields.money("amount", show.currency)
    fields.refuse()
    if show.state is ShowState.PLANNED:
        raise ShowNotLive(number=show.number)
    viewers = find_viewers_by_minute(ctx, show)
    if viewers is None:
        raise ViewersUnknown
    _act(request, EnterAdSpend(show_id=show.id, amount=amount, viewers_by_minute=viewers))
    return done(request, _("The ad spend is entered."), address(show_id))
