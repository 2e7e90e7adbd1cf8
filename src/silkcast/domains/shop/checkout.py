"""The checkout: one page, one payment, however many merchants; the goods are held the moment it is sent."""

from __future__ import annotations

import contextlib
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import CheckoutState, PlacedOrder
from silkcast.domains.orders.errors import CheckoutClosed, NoGateway
from silkcast.domains.payments.api import TEST_CARDS
from silkcast.domains.payments.contracts import Card
from silkcast.domains.payments.errors import PaymentOpen
from silkcast.domains.shop import wanted as wanted_
from silkcast.domains.shop.addresses import address_fields
from silkcast.domains.shop.answers import go, is_fragment, page, refusal, refused_fragment
from silkcast.domains.shop.cart import checked
from silkcast.domains.shop.carts import of_cart, show_of, sku_of, units_of
from silkcast.domains.shop.errors import CartEmpty, PriceChanged
from silkcast.domains.shop.links import events_url
from silkcast.domains.shop.placing import buyer_of, card_of, place, values_of
from silkcast.domains.shop.shows import show_on_air
from silkcast.domains.shop.visitor import Visitor, base_of_visit, visitor_of
from silkcast.domains.shop.wanted import Wanted
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.http import retry_key
from silkcast.kernel.ids import CheckoutId, new_id
from silkcast.kernel.money import EXPONENTS, Money
from silkcast.kernel.texts import as_meant
from silkcast.kernel.wire import WireRefused
from silkcast.kernel.words import sentence
from silkcast.ui.templatetags.silkcast import money

CART_KEY = re.compile(r"cart-[0-9a-f]{32}")
OVER = (CheckoutState.EXPIRED, CheckoutState.RETURNED)
PARTS = ("checkout", "summary", "country")


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """`/checkout`, of the cart, or of one thing named by `sku_id`, `units` and `show_id`.

    Posted with `part=country` it buys nothing: it is the form again, for another country.
    """
    visitor = visitor_of(request, base_of_visit(request))
    if request.method == "POST" and request.GET.get("part") != "country":
        return _buy(request, visitor)
    typed = request.POST if request.method == "POST" else request.GET
    context = checkout_context(visitor, wanted_of(visitor, typed), values_of(typed))
    return page(request, visitor, "checkout", context, parts=PARTS)


def wanted_of(visitor: Visitor, form: QueryDict) -> Wanted:
    if not form.get("sku_id"):
        of = show_of(form, "of")
        purchases = of_cart(visitor)
        empty = Wanted(lines=(), show_id=None)
        return next((own for own in purchases if own.show_id == of), next(iter(purchases), empty))
    line = (sku_of(form), checked(units_of(form)))
    return Wanted(lines=(line,), show_id=show_on_air(visitor, show_of(form)), is_direct=True)


def checkout_context(visitor: Visitor, wanted: Wanted, values: dict[str, str]) -> dict[str, Any]:
    basket = wanted_.basket(visitor, wanted)
    country = wanted_.country_of(basket, as_meant(values["country"]).upper())
    quote = wanted_.quote(visitor, basket, country, values["shipping_option"])
    direct = None
    if wanted.is_direct:
        sku_id, units = wanted.lines[0]
        direct = {"sku_id": str(sku_id), "units": units, "show_id": wanted.show_id or ""}
    seen = money_of(values["goods_seen"])  # when the form was opened
    if seen is None or seen.currency != basket.goods.currency:
        seen = basket.goods
    return {
        "takes_payments": takes_payments(visitor),
        "events_url": events_url(visitor.base.id),
        "of": wanted.show_id if not wanted.is_direct else None,
        "goods_seen": quoted(seen),
        "goods_were": seen if seen != basket.goods else None,
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
        "address": address_fields(country, values, visitor.ctx.language),
        "direct": direct,
        "cart_key": "" if wanted.is_direct else visitor.cart.key(wanted.lines, wanted.show_id),
        "test_cards": test_cards(visitor),
    }


def quoted(total: Money) -> str:
    """How the form says which total its sender saw."""
    return f"{total.minor} {total.currency}"


def money_of(text: str) -> Money | None:
    """What `quoted` wrote; None for anything else."""
    minor, _, currency = text.partition(" ")
    if not (minor.isascii() and minor.isdigit() and len(minor) < 16 and currency in EXPONENTS):
        return None
    return Money(int(minor), currency)


def takes_payments(visitor: Visitor) -> bool:
    try:
        return bool(orders.gateway_for(visitor.base))
    except NoGateway:
        return False


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
        seen = money_of(request.POST.get("quoted", ""))
        placed = _placed(visitor, wanted, values, card_of(request.POST), seen, _key(request))
        is_charged = _pay(visitor, placed, request, seen)
    except SilkcastError as error:
        if is_fragment(request):
            refused = refused_fragment(request, error, visitor.ctx.language)
            if isinstance(error, PriceChanged):
                refused["HX-Trigger"] = "silkcast:priced"
            return refused
        shown, status = refusal(error, visitor.ctx.language)
        context = {**checkout_context(visitor, wanted, values), "refusal": shown}
        return page(request, visitor, "checkout", context, status=status)
    if not wanted.is_direct:
        visitor = visitor.with_cart(visitor.cart.after_buying([sku_id for sku_id, _ in wanted.lines]))
    asked = f"?seen={quote(quoted(seen))}" if seen and not is_charged else ""
    return go(request, visitor, f"/o/{placed.token}{asked}")


def _key(request: HttpRequest) -> str:
    """Of the form; all forms of one cart as it is have the same one, so that two windows buy it once."""
    of_cart = request.POST.get("cart_key", "")
    return of_cart if CART_KEY.fullmatch(of_cart) else retry_key(request) or str(new_id())


def _placed(
    visitor: Visitor, wanted: Wanted, values: dict[str, str], card: Card, seen: Money | None, key: str
) -> PlacedOrder:
    """Everything that can be refused without holding goods is refused first. What was placed before under the key,
    and may still be paid or is, is what became of this too, also where another window said another address."""
    while (before := orders.find_placed(visitor.ctx, key)) is not None:
        if orders.get_checkout(visitor.ctx, UUID(before.checkout_id)).state not in OVER:
            return before
        key = f"{key[:60]}-{before.number}"
    if not wanted.lines:
        raise CartEmpty
    orders.gateway_for(visitor.base)
    buyer = buyer_of(values)
    orders.checked_card(card, visitor.ctx.at)
    if seen is not None:
        basket = wanted_.basket(visitor, wanted)
        now = wanted_.quote(visitor, basket, buyer.address.country, values["shipping_option"]).total
        if seen != now:
            raise PriceChanged(now=money(now), seen=money(seen))
    try:
        return place(visitor, wanted, buyer, values["shipping_option"], key)
    except WireRefused:
        before = orders.find_placed(visitor.ctx, key)  # in the same moment, from another window
        if before is None:
            raise
        return before


def _pay(visitor: Visitor, placed: PlacedOrder, request: HttpRequest, seen: Money | None) -> bool:
    """Charge what the buyer saw. False where the price changed at that moment: the order's page says so and asks."""
    if seen is not None and seen != Money(placed.total_minor, placed.currency):
        return False
    gateway = orders.gateway_for(visitor.base)
    checkout_id = CheckoutId(UUID(placed.checkout_id))
    # A second sending of the same form: the order's page says how the first one went.
    form = retry_key(request)
    key = f"{placed.number}-{form[:60]}" if form else None  # one form may pay for two: what it bought first was let go
    with contextlib.suppress(CheckoutClosed, PaymentOpen):
        orders.pay(visitor.ctx, checkout_id, card_of(request.POST), gateway, key=key)
    return True
