"""The checkout: one page, one payment, however many merchants; the goods are held the moment it is sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import PlacedOrder
from silkcast.domains.orders.errors import CheckoutClosed
from silkcast.domains.payments.api import TEST_CARDS
from silkcast.domains.payments.contracts import Card
from silkcast.domains.payments.errors import PaymentOpen
from silkcast.domains.shop import wanted as wanted_
from silkcast.domains.shop.answers import go, is_fragment, page, refusal, refused_fragment
from silkcast.domains.shop.cart import checked
from silkcast.domains.shop.carts import of_cart, show_of, sku_of, units_of
from silkcast.domains.shop.errors import CartEmpty
from silkcast.domains.shop.placing import buyer_of, card_of, place, values_of
from silkcast.domains.shop.shows import show_on_air
from silkcast.domains.shop.visitor import Visitor, base_of_visit, visitor_of
from silkcast.domains.shop.wanted import Wanted
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.http import retry_key
from silkcast.kernel.ids import CheckoutId, new_id
from silkcast.kernel.money import Money
from silkcast.kernel.words import sentence

PARTS = ("checkout", "summary")


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """`/checkout`, of the cart, or of one thing named by `sku_id`, `units` and `show_id`."""
    visitor = visitor_of(request, base_of_visit(request))
    if request.method == "POST":
        return _buy(request, visitor)
    wanted = wanted_of(visitor, request.GET)
    return page(request, visitor, "checkout", checkout_context(visitor, wanted, values_of(request.GET)), parts=PARTS)


def wanted_of(visitor: Visitor, form: QueryDict) -> Wanted:
    if not form.get("sku_id"):
        return of_cart(visitor)
    line = (sku_of(form), checked(units_of(form)))
    return Wanted(lines=(line,), show_id=show_on_air(visitor, show_of(form)), is_direct=True)


def checkout_context(visitor: Visitor, wanted: Wanted, values: dict[str, str]) -> dict[str, Any]:
    basket = wanted_.basket(visitor, wanted)
    country = wanted_.country_of(basket, values["country"])
    quote = wanted_.quote(visitor, basket, country, values["shipping_option"])
    direct = None
    if wanted.is_direct:
        sku_id, units = wanted.lines[0]
        direct = {"sku_id": str(sku_id), "units": units, "show_id": wanted.show_id or ""}
    return {
        "groups": basket.groups,
        "unsold": basket.unsold,
        "goods": basket.goods,
        "shipping": quote.shipping,
        "total": quote.total,
        "quoted": quoted(quote.total),
        "totals_by_order": quote.totals_by_order,
        "shipping_options": quote.options,
        "countries": wanted_.countries(basket, visitor.ctx.language),
        "values": {**values, "country": country},
        "direct": direct,
        "test_cards": test_cards(visitor),
    }


def quoted(total: Money) -> str:
    """How the form says which total its sender saw."""
    return f"{total.minor} {total.currency}"


def test_cards(visitor: Visitor) -> list[dict[str, str]]:
    """What may be typed where no money moves."""
    if not visitor.base.is_simulated:
        return []
    return [
        {"number": card.number, "words": sentence(f"shop.card_{card.behaviour}", {}, visitor.ctx.language)}
        for card in TEST_CARDS
    ]


def _buy(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    values = values_of(request.POST)
    wanted = wanted_of(visitor, request.POST)
    try:
        placed = _placed(visitor, wanted, values, card_of(request.POST), retry_key(request) or str(new_id()))
        _pay(visitor, placed, request)
    except SilkcastError as error:
        if is_fragment(request):
            return refused_fragment(request, error, visitor.ctx.language)
        shown, status = refusal(error, visitor.ctx.language)
        context = {**checkout_context(visitor, wanted, values), "refusal": shown}
        return page(request, visitor, "checkout", context, status=status)
    if not wanted.is_direct:
        visitor = visitor.with_cart(visitor.cart.emptied())
    return go(request, visitor, f"/o/{placed.token}")


def _placed(visitor: Visitor, wanted: Wanted, values: dict[str, str], card: Card, key: str) -> PlacedOrder:
    """Everything that can be refused without holding goods is refused first."""
    if not wanted.lines:
        raise CartEmpty
    orders.gateway_for(visitor.base)
    buyer = buyer_of(values)
    orders.check_buyer(buyer)
    orders.check_card(card, visitor.ctx.at)
    return place(visitor, wanted, buyer, values["shipping_option"], key)


def _pay(visitor: Visitor, placed: PlacedOrder, request: HttpRequest) -> None:
    """Charge what the buyer saw. Had the price changed meanwhile, the order's page asks again with the new total."""
    seen = request.POST.get("quoted", "")
    if seen and seen != quoted(Money(placed.total_minor, placed.currency)):
        return
    gateway = orders.gateway_for(visitor.base)
    checkout_id = CheckoutId(UUID(placed.checkout_id))
    try:
        orders.pay(visitor.ctx, checkout_id, card_of(request.POST), gateway, key=retry_key(request))
    except (CheckoutClosed, PaymentOpen):
        return  # a second sending of the same form: the order's page says how the first one went
