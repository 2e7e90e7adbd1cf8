"""The page of a purchase, open to whoever holds its link: follow it, pay again after a refusal, confirm the receipt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from silkcast.domains.base.api import context_of_buyer, get_base, merchant_names
from silkcast.domains.catalog import api as catalog
from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import CheckoutState, CheckoutView, OrderState, OrderView
from silkcast.domains.orders.errors import CheckoutClosed
from silkcast.domains.payments.api import payments_of
from silkcast.domains.payments.contracts import PaymentView
from silkcast.domains.payments.errors import PaymentOpen
from silkcast.domains.shipping.api import consignments
from silkcast.domains.shipping.contracts import ConsignmentState, ConsignmentView
from silkcast.domains.shop import goods
from silkcast.domains.shop.answers import answer, go, is_fragment, page, refusal, refused_fragment
from silkcast.domains.shop.checkout import money_of, test_cards
from silkcast.domains.shop.placing import card_of
from silkcast.domains.shop.shows import show_on_air
from silkcast.domains.shop.visitor import Visitor, visitor_of
from silkcast.kernel.actions import run
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing, SilkcastError
from silkcast.kernel.http import retry_key
from silkcast.kernel.ids import OrderId
from silkcast.kernel.words import sentence

PAYABLE = (CheckoutState.AWAITING, CheckoutState.DECLINED)
ROAD = (OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED)
RECEIVABLE = (OrderState.SHIPPED, OrderState.DELIVERED)


@require_safe
def read(request: HttpRequest, token: str) -> HttpResponse:
    """`?seen=`: the total that the buyer agreed to, where the price changed in the moment of placing."""
    visitor, checkout = _opened(request, token)
    context = _context(visitor, checkout, token)
    seen = money_of(request.GET.get("seen", ""))
    if seen is not None and seen != checkout.total and context["purchase"]["may_pay"]:
        context["total_seen"] = seen
    return page(request, visitor, "order", context, parts=("order",))


@require_POST
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Try another card while the goods are held."""
    visitor, checkout = _opened(request, token)
    ctx = _buyer(visitor, checkout)
    try:
        gateway = orders.gateway_for(visitor.base)
        orders.pay(ctx, checkout.id, card_of(request.POST), gateway, key=retry_key(request))
    except (CheckoutClosed, PaymentOpen):
        pass  # paid, being paid or too late: the page shows which
    except SilkcastError as error:
        return _refused(request, visitor, checkout, token, error)
    return _after(request, visitor, checkout, token)


@require_POST
def let_go(request: HttpRequest, token: str) -> HttpResponse:
    """The buyer will not pay: the goods are free for others at once."""
    visitor, checkout = _opened(request, token)
    try:
        run(_buyer(visitor, checkout), orders.LetGo(checkout_id=checkout.id), key=retry_key(request))
    except CheckoutClosed:
        pass  # paid or being paid: the page shows which
    except SilkcastError as error:
        return _refused(request, visitor, checkout, token, error)
    return _after(request, visitor, checkout, token)


@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """The buyer has the parcel of one of the orders."""
    visitor, checkout = _opened(request, token)
    wanted = request.POST.get("number", "")
    try:
        order_id = _order_called(checkout, wanted)
        run(_buyer(visitor, checkout), orders.ConfirmReceipt(order_id=order_id), key=retry_key(request))
    except SilkcastError as error:
        return _refused(request, visitor, checkout, token, error)
    return _after(request, visitor, checkout, token)


@require_POST
def problem(request: HttpRequest, token: str) -> HttpResponse:
    """Something is wrong with the parcel of one of the orders: its money stays held."""
    visitor, checkout = _opened(request, token)
    words = request.POST.get("words", "")
    try:
        order_id = _order_called(checkout, request.POST.get("number", ""))
        wanted = orders.ReportProblem(order_id=order_id, words=words)
        run(_buyer(visitor, checkout), wanted, key=retry_key(request))
    except SilkcastError as error:
        return _refused(request, visitor, checkout, token, error)
    return _after(request, visitor, checkout, token)


def _order_called(checkout: CheckoutView, number: str) -> OrderId:
    order = next((order for order in checkout.orders if str(order.number) == number), None)
    if order is None:
        raise Missing(kind="order", number=number[:20])
    return order.id


def _opened(request: HttpRequest, token: str) -> tuple[Visitor, CheckoutView]:
    base_id, checkout_id = orders.open_order_token(token)
    visitor = visitor_of(request, get_base(base_id))
    return visitor, orders.get_checkout(visitor.ctx, checkout_id)


def _buyer(visitor: Visitor, checkout: CheckoutView) -> Context:
    """The link makes its holder the buyer, on whichever device it is opened."""
    return context_of_buyer(visitor.base.id, checkout.viewer, datetime.now(UTC), visitor.ctx.language)


def _refused(
    request: HttpRequest, visitor: Visitor, checkout: CheckoutView, token: str, error: SilkcastError
) -> HttpResponse:
    if is_fragment(request):
        return refused_fragment(request, error, visitor.ctx.language)
    shown, status = refusal(error, visitor.ctx.language)
    context = {**_context(visitor, checkout, token), "refusal": shown}
    return page(request, visitor, "order", context, status=status)


def _after(request: HttpRequest, visitor: Visitor, checkout: CheckoutView, token: str) -> HttpResponse:
    if not is_fragment(request):
        return go(request, visitor, f"/o/{token}")
    again = orders.get_checkout(visitor.ctx, checkout.id)
    return answer(request, visitor, "shop/_order.html", _context(visitor, again, token))


def _context(visitor: Visitor, checkout: CheckoutView, token: str) -> dict[str, Any]:
    payment = payments_of(visitor.ctx, [checkout.id]).get(checkout.id)
    state = _state(checkout, visitor.ctx.at)
    may_pay = state in ("awaiting", "declined")
    show_id = next((order.show_id for order in checkout.orders if order.show_id), None)
    return {
        "purchase": {
            "number": str(checkout.number),
            "token": token,
            "at": checkout.placed_at,
            "zone": visitor.base.time_zone,
            "total": checkout.total,
            "state": state,
            "state_words": sentence(f"shop.purchase_{state}", {}, visitor.ctx.language),
            "card_words": f"{payment.brand} •••• {payment.last4}".strip() if payment and payment.last4 else None,
            "pay_by": checkout.expires_at if may_pay else None,
            "may_pay": may_pay,
            "live_url": f"/live/{show_id}" if show_on_air(visitor, show_id) else None,
            "address_lines": _address(visitor, checkout.id),
            "orders": _orders(visitor, checkout, payment),
        },
        "test_cards": test_cards(visitor) if may_pay else [],
    }


def _state(checkout: CheckoutView, at: datetime) -> str:
    """In the buyer's words; a hold that has run out is over even before it is swept up."""
    if checkout.state is CheckoutState.PAYING:
        return CheckoutState.UNKNOWN.value
    if checkout.state in PAYABLE and checkout.expires_at <= at:
        return CheckoutState.EXPIRED.value
    return checkout.state.value


def _address(visitor: Visitor, checkout_id: UUID) -> list[str]:
    """Empty once the buyer's record is erased."""
    buyer = orders.find_buyer(visitor.ctx, checkout_id)
    if buyer is None:
        return []
    to = buyer.address
    town = " ".join(part for part in (to.postcode, to.city, to.region) if part)
    return [line for line in (to.name, to.line1, to.line2, town, to.country, buyer.email) if line]


def _orders(visitor: Visitor, checkout: CheckoutView, payment: PaymentView | None) -> list[dict[str, Any]]:
    lines = [line for order in checkout.orders for line in order.lines]
    products = {product.id: product for product in _products(visitor, {line.product_id for line in lines})}
    names = catalog.names(visitor.ctx, {line.sku_id for line in lines}, visitor.ctx.language)
    merchants = merchant_names(visitor.ctx)
    parcels = consignments(visitor.ctx, [order.id for order in checkout.orders])
    language = visitor.ctx.language
    return [
        {
            "number": str(order.number),
            "merchant_name": merchants.get(order.merchant_id, ""),
            "state": order.state.value,
            "state_words": sentence(f"shop.order_{order.state.value}", {}, language),
            "total": order.total,
            "may_confirm": order.state in RECEIVABLE,
            "is_delivered": order.state is OrderState.DELIVERED,
            "problem_at": order.problem_at,
            "completes_at": _completes_at(order),
            "lines": [
                {
                    "title": goods.title_of(products[line.product_id], language),
                    "name": names.get(line.sku_id, ""),
                    "image_url": goods.image_url(products[line.product_id].image),
                    "units": line.units,
                    "total": line.total,
                }
                for line in order.lines
                if line.product_id in products
            ],
            "steps": _steps(order, payment, parcels.get(order.id, []), language),
            "parcels": [_parcel(parcel, language) for parcel in parcels.get(order.id, [])],
        }
        for order in checkout.orders
    ]


def _completes_at(order: OrderView) -> datetime | None:
    """When the money goes to the merchant by itself; None while it does not."""
    if order.state is not OrderState.DELIVERED or order.delivered_at is None or order.problem_at is not None:
        return None
    return order.delivered_at + timedelta(days=orders.COMPLETED_AFTER_DAYS)


def _products(visitor: Visitor, ids: set[UUID]) -> list[Any]:
    """Also those that have no price any more: they were bought."""
    found, _ = catalog.list_products(visitor.ctx, currency=visitor.currency, ids=list(ids), limit=len(ids))
    return found


def _steps(
    order: OrderView, payment: PaymentView | None, parcels: list[ConsignmentView], language: str
) -> list[dict[str, Any]]:
    """The road of an order; what a refund or an end of the hold has cut off stays undone."""
    reached = {OrderState.PAID: payment.captured_at if payment else None} | _parcel_times(parcels)
    done = ROAD.index(order.state) if order.state in ROAD else -1
    placed = {"words": sentence("shop.step_placed", {}, language), "at": order.placed_at, "state": "done"}
    steps: list[dict[str, Any]] = [placed]
    for place, state in enumerate(ROAD):
        mark = "done" if place <= done else "now" if place == done + 1 and _goes_on(order) else "todo"
        words = sentence(f"shop.step_{state.value}", {}, language)
        steps.append({"words": words, "at": reached.get(state) if place <= done else None, "state": mark})
    return steps


def _goes_on(order: OrderView) -> bool:
    return order.state not in (OrderState.REFUNDED, OrderState.CANCELLED)


def _parcel_times(parcels: list[ConsignmentView]) -> dict[OrderState, datetime | None]:
    arrived = [step.at for parcel in parcels for step in parcel.steps if step.state is ConsignmentState.DELIVERED]
    return {
        OrderState.SHIPPED: min((parcel.created_at for parcel in parcels), default=None),
        OrderState.DELIVERED: max(arrived, default=None),
    }


def _parcel(parcel: ConsignmentView, language: str) -> dict[str, Any]:
    first = {"at": parcel.created_at, "words": sentence("shop.parcel_labelled", {}, language), "place": ""}
    later = [
        {"at": step.at, "words": sentence(f"shop.parcel_{step.state.value}", {}, language), "place": step.place}
        for step in parcel.steps
    ]
    return {
        "carrier_words": sentence(f"shop.carrier_{parcel.carrier}", {}, language),
        "tracking": parcel.tracking_number,
        "steps": [first, *later][::-1],
    }
