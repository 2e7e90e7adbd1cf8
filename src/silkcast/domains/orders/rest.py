"""`/api/v1`: orders from the placing to the parcel, with the money and the buyer behind each."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from silkcast.domains.base.api import get_base
from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import (
    LINES_MAX,
    UNITS_MAX,
    Buyer,
    CheckoutState,
    CheckoutView,
    OrderState,
    OrderView,
    PlacedOrder,
)
from silkcast.domains.payments import api as payments
from silkcast.domains.payments.contracts import Card, PaymentState, PaymentView, PostingView
from silkcast.domains.shipping import api as shipping
from silkcast.domains.shipping.contracts import ConsignmentView
from silkcast.kernel.context import ActorKind, Context, id_asked_by
from silkcast.kernel.errors import Invalid, Missing
from silkcast.kernel.http import client_of, context, retry_key
from silkcast.kernel.ids import CheckoutId, OrderId, new_id
from silkcast.kernel.languages import TAG_CHARS_MAX
from silkcast.kernel.money import Money
from silkcast.kernel.rest import (
    Body,
    Id,
    Limit,
    Moment,
    Offset,
    Page,
    Price,
    Whole,
    act,
    allowed,
    allowed_for_base,
    page,
    sliced,
)
from silkcast.kernel.settings import load
from silkcast.kernel.texts import LINE
from silkcast.kernel.wire import call_blocking

router = Router(tags=["orders"])
PLACE_S_MAX = 5.0
PDF = {"type": "string", "format": "binary"}
Text = Annotated[str, Field(max_length=200, pattern=LINE)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class LineIn(Body):
    sku_id: UUID
    units: Annotated[Whole, Field(ge=1, le=UNITS_MAX)]


class AddressIn(Body):
    """`city`, `region` and `postcode`: as far as the country's own addresses have them."""

    name: Text
    line1: Text
    country: Country
    city: Text = ""
    postcode: Text = ""
    phone: Text = ""
    line2: Text = ""
    region: Text = ""


class BuyerIn(Body):
    email: Text
    address: AddressIn


class Purchase(Body):
    """What a buyer wants, from one or more merchants. `show_id`: bought in a show, at its offers.

    `viewer`: who buys, where a program's key places the order; a viewer's own token says it itself. `country`: the one
    of the buyer's address; may be left out. `shipping_option_id`: the first way offered when left out.
    """

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=LINES_MAX)]
    buyer: BuyerIn
    country: Country | None = None
    show_id: UUID | None = None
    destination_id: UUID | None = None
    shipping_option_id: UUID | None = None
    viewer: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")] | None = None
    language: Annotated[str, Field(max_length=TAG_CHARS_MAX, examples=["en", "pt-BR", "zh-Hant"])] = "en"


@router.post("/orders", response={201: PlacedOrder})
def place_order(request: HttpRequest, purchase: Purchase) -> HttpResponse:
    """Place a purchase: priced, stock promised, one order per merchant; held ten minutes for the payment.

    A viewer can have so many purchases unpaid, and so can all viewers of an address. An offer's limit counts what its
    buyer bought since the show began, wherever. A program in its own name (no `viewer`) is bound by the offer it takes.

    Needs the Idempotency-Key header. Answered after the commit; a repeat under the key of an accepted purchase gets its
    first answer, also when nothing is left by then, and the key with another body is refused (422). A purchase that was
    refused (sold out, a limit) left nothing behind: its key may be tried again and may then win. With a viewer's token
    (`Authorization: Bearer <token>`) the viewer buys.
    """
    ctx = context(request)
    asked: dict[str, object] = {
        "idempotency_key": retry_key(request) or "",
        "body": request.body,
        "received_ms": time.time_ns() // 1_000_000,
    }
    if ctx.actor.kind is ActorKind.BUYER:
        asked |= {"base_id": str(ctx.base_id), "viewer": ctx.actor.id, "client": client_of(request)}
    else:
        allowed(request, "orders.place")
        asked["key"] = request.headers["Authorization"].partition(" ")[2].strip()
    answer = call_blocking(load().socket("intake"), "orders.place", asked, deadline_s=PLACE_S_MAX)
    return HttpResponse(
        answer["body"],
        status=answer["status"],
        content_type="application/json",
        headers={"Cache-Control": "no-store", **answer.get("headers", {})},
    )


@router.get("/orders", response=Page[OrderView])
def list_orders(
    request: HttpRequest,
    state: OrderState | None = None,
    show_id: Id | None = None,
    search: Annotated[str, Query(max_length=40, description="An order's number.")] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, object]:
    """Newest first. A merchant's key sees its own orders, also of purchases that it shares with others."""
    ctx = allowed(request, "read.orders")
    found, total = orders.list_orders(
        ctx, show_id=show_id, state=state.value if state else "", search=search, offset=offset, limit=limit
    )
    return page(found, total, offset)


class Payment(Schema):
    """Of the whole purchase; but `refunded` and `refunding` (the gateway is being asked) are this order's."""

    state: PaymentState
    gateway: str
    brand: str
    last4: str
    captured_at: datetime | None
    refunded: Money
    refunding: Money


class OrderDetail(Schema):
    order: OrderView
    payment: Payment | None
    consignments: list[ConsignmentView]


@router.get("/orders/{uuid:order_id}", response=OrderDetail)
def read_order(request: HttpRequest, order_id: UUID) -> OrderDetail:
    ctx = allowed(request, "read.orders")
    order = orders.get_order(ctx, order_id)
    paid = payments.payments_of(ctx, [order.checkout_id]).get(order.checkout_id)
    parcels = shipping.consignments(ctx, [order_id]).get(order_id, [])
    return OrderDetail(order=order, payment=_payment(ctx, order, paid) if paid else None, consignments=parcels)


def _payment(ctx: Context, order: OrderView, paid: PaymentView) -> Payment:
    done, under_way = payments.refunded_of_order(ctx, order.id)
    return Payment(
        state=paid.state,
        gateway=paid.gateway,
        brand=paid.brand,
        last4=paid.last4,
        captured_at=paid.captured_at,
        refunded=Money(done, order.total.currency),
        refunding=Money(under_way, order.total.currency),
    )


@router.get("/orders/{uuid:order_id}/buyer", response=Buyer)
def read_buyer(request: HttpRequest, order_id: UUID) -> Buyer:
    """Who bought and where it goes; 404 once the record is erased. Needs the scope `buyers.read`."""
    ctx = allowed(request, "read.buyers")
    buyer = orders.find_buyer(ctx, orders.get_order(ctx, order_id).checkout_id)
    if buyer is None:
        raise Missing(kind="buyer", order_id=str(order_id))
    return buyer


@router.get("/orders/{uuid:order_id}/postings", response=Page[PostingView])
def list_postings(request: HttpRequest, order_id: UUID, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """Every movement of money that the order caused, oldest first."""
    ctx = allowed(request, "read.ledger")
    return sliced(payments.postings_of_order(ctx, orders.get_order(ctx, order_id).id), offset, limit)


@router.get(
    "/orders/{uuid:order_id}/consignments/{uuid:consignment_id}/label.pdf",
    openapi_extra={"responses": {200: {"description": "The label.", "content": {"application/pdf": {"schema": PDF}}}}},
)
def read_label(request: HttpRequest, order_id: UUID, consignment_id: UUID) -> HttpResponse:
    """The parcel's label, to print. It bears the buyer's address: needs the scope `buyers.read`."""
    ctx = allowed(request, "read.buyers")
    order = orders.get_order(ctx, order_id)
    labelled_order_id, file = shipping.label_file(ctx, consignment_id)
    if labelled_order_id != order.id:
        raise Missing(kind="consignment", id=str(consignment_id))
    pdf = shipping.labels.read(orders.subject(order.checkout_id), file)
    headers = {"Content-Disposition": f'inline; filename="label-{order.number}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


class RefundWanted(Body):
    amount: Price
    reason: Text = ""


class RefundAnswer(Schema):
    refund_id: UUID


@router.post("/orders/{uuid:order_id}/refunds", response={202: RefundAnswer})
def refund(request: HttpRequest, order_id: UUID, wanted: RefundWanted) -> object:
    """Give money back, never more than was captured. The gateway is asked next; `refunding` shows it until then."""
    ctx = allowed(request, "orders.refund")
    order = orders.get_order(ctx, order_id)
    key = retry_key(request)
    asked = orders.RefundOrder(
        order_id=order.id,
        merchant_id=order.merchant_id,
        refund_id=id_asked_by(ctx, order.id, "refund", key) if key else new_id(),
        amount=wanted.amount,
        reason=wanted.reason,
    )
    return act(request, asked)


class ReceiptAnswer(Schema):
    order_id: UUID


@router.post("/orders/{uuid:order_id}/receipt", response=ReceiptAnswer)
def confirm_receipt(request: HttpRequest, order_id: UUID) -> object:
    """The buyer has it: escrow pays the merchant, the base and the fees. Not for a merchant's own key."""
    allowed_for_base(request, "orders.confirm_receipt")
    return act(request, orders.ConfirmReceipt(order_id=OrderId(order_id)))


class Problem(Body):
    words: Annotated[str, Field(min_length=1, max_length=1_000)]


@router.post("/orders/{uuid:order_id}/problem", response=ReceiptAnswer)
def report_problem(request: HttpRequest, order_id: UUID, wanted: Problem) -> object:
    """Something is wrong: the money stays held until that is settled. Not for a merchant's own key."""
    allowed_for_base(request, "orders.report_problem")
    return act(request, orders.ReportProblem(order_id=OrderId(order_id), words=wanted.words))


class Settled(Body):
    """`problem_at`: as the order that was read says it; a newer word of the buyer is not settled with it (409)."""

    problem_at: Moment


@router.post("/orders/{uuid:order_id}/problem/settle", response=ReceiptAnswer)
def settle_problem(request: HttpRequest, order_id: UUID, wanted: Settled) -> object:
    """What was wrong is settled; the money goes out as it does for every other order. Not for a merchant's own key."""
    allowed_for_base(request, "orders.settle_problem")
    return act(request, orders.SettleProblem(order_id=OrderId(order_id), problem_at=wanted.problem_at))


class Checkout(Schema):
    """One purchase. A merchant's key sees its own orders of it, and their sum as the total."""

    id: UUID
    number: int
    state: CheckoutState
    placed_at: datetime
    expires_at: datetime
    total: Money
    orders: list[OrderView]


def _checkout(ctx: Context, checkout_id: UUID) -> tuple[CheckoutView, Checkout]:
    whole = orders.get_checkout(ctx, checkout_id)
    own = [order for order in whole.orders if ctx.merchant_id in (None, order.merchant_id)]
    if not own:
        raise Missing(kind="checkout", id=str(checkout_id))
    total = Money(sum(order.total.minor for order in own), whole.total.currency)
    fields = {name: getattr(whole, name) for name in ("id", "number", "state", "placed_at", "expires_at")}
    return whole, Checkout(**fields, total=total, orders=own)


@router.get("/checkouts/{uuid:checkout_id}", response=Checkout)
def read_checkout(request: HttpRequest, checkout_id: UUID) -> Checkout:
    return _checkout(allowed(request, "read.orders"), checkout_id)[1]


class ErasedAnswer(Schema):
    """`checkouts`: how many purchases of this buyer were made anonymous."""

    checkouts: int


@router.post("/checkouts/{uuid:checkout_id}/erasure", response=ErasedAnswer)
def erase_buyer(request: HttpRequest, checkout_id: UUID) -> object:
    """Forget who bought, here and in their other purchases: names, addresses, labels, comments. Orders and books stay.

    Refused (409) while a parcel still needs its address.
    """
    allowed_for_base(request, "orders.erase_buyer")
    return act(request, orders.EraseBuyer(checkout_id=CheckoutId(checkout_id)))


class CardIn(Body):
    """A card of the sandbox gateway (see /test-cards). Never stored, logged or announced."""

    number: Annotated[str, Field(max_length=30)]
    expiry: Annotated[str, Field(max_length=20, description="MM/YY or MM/YYYY")]
    cvc: Annotated[str, Field(max_length=4)]


class CardWanted(Body):
    card: CardIn


class Paid(Schema):
    """`unknown`: the gateway did not answer in time; it is asked until it does. Read the checkout again then.

    `expired`: it was let go.
    """

    state: CheckoutState


@router.post("/checkouts/{uuid:checkout_id}/pay", response=Paid)
def pay(request: HttpRequest, checkout_id: UUID, wanted: CardWanted) -> object:
    """Charge a card for a purchase while its hold lasts. A declined one may be paid again, under a new key."""
    ctx = allowed(request, "orders.pay")
    _require_whole(ctx, checkout_id)
    gateway = orders.gateway_for(get_base(ctx.base_id))
    card = Card(number=wanted.card.number, expiry=wanted.card.expiry, cvc=wanted.card.cvc)
    return orders.pay(ctx, CheckoutId(checkout_id), card, gateway, key=retry_key(request))


@router.post("/checkouts/{uuid:checkout_id}/let-go", response=Paid)
def let_go(request: HttpRequest, checkout_id: UUID) -> object:
    """End an unpaid purchase before its time: its goods are free again, and so is its buyer's place."""
    _require_whole(allowed(request, "orders.pay"), checkout_id)
    return act(request, orders.LetGo(checkout_id=CheckoutId(checkout_id)))


def _require_whole(ctx: Context, checkout_id: UUID) -> None:
    """A merchant's key acts for all of a purchase only where all of it is the merchant's."""
    whole, own = _checkout(ctx, checkout_id)
    if len(own.orders) < len(whole.orders):
        raise Invalid(reason="checkout_id")
