"""/control/orders: the list of orders, and one order with its payment, parcels and postings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.control_room.answers import part_or_page, posting
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import home, may, wanted_part
from silkcast.domains.control_room.queries import order as order_queries
from silkcast.domains.control_room.queries import orders as queries
from silkcast.domains.control_room.queries.listing import page_number
from silkcast.domains.orders.api import EraseBuyer, RefundOrder, SettleProblem, get_order, subject
from silkcast.domains.payments.errors import RefundTooLarge
from silkcast.domains.shipping.api import label_file, labels
from silkcast.kernel.actions import run
from silkcast.kernel.context import Context, id_asked_by
from silkcast.kernel.errors import Missing
from silkcast.kernel.http import retry_key
from silkcast.kernel.ids import OrderId, new_id
from silkcast.kernel.money import Money
from silkcast.kernel.places import UTC
from silkcast.kernel.rest import allowed
from silkcast.ui.templatetags.silkcast import money

VERBS = {
    "refund": "orders.refund",
    "settle": "orders.settle_problem",
    "erase": "orders.erase_buyer",
    "events": "read.events",
    "ledger": "read.ledger",
    "labels": "read.buyers",
}


def orders(request: HttpRequest) -> HttpResponse:
    ctx = allowed(request, "read.orders")
    page: dict[str, Any] = queries.listed(
        ctx,
        query=request.GET.get("query", ""),
        state=request.GET.get("state", ""),
        number=page_number(request),
    )
    if wanted_part(request) == "orders_list":
        return TemplateResponse(request, "control_room/_orders_list.html", page)
    return TemplateResponse(request, "control_room/orders.html", {**page, "section": "orders", "hears_orders": True})


def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    ctx = allowed(request, "read.orders")
    page = _page(request, ctx, order_id)
    part = wanted_part(request)
    if part == "order":
        return TemplateResponse(request, "control_room/_order.html", page)
    if part == "refund_form":
        payment = page["order"]["payment"]
        if not page["may"]["refund"] or payment is None or not payment["refundable"]:
            raise Missing(kind="part", name=part)
        return TemplateResponse(request, "control_room/_refund_form.html", page)
    return TemplateResponse(request, "control_room/order.html", {**page, "section": "orders", "hears_orders": True})


@posting(again=order)
def refund(request: HttpRequest, order_id: UUID) -> HttpResponse:
    ctx = allowed(request, "orders.refund")
    found = get_order(ctx, order_id)
    fields = Fields(request.POST)
    amount = fields.money("amount", found.total.currency)
    reason = fields.text("reason")
    key = retry_key(request)
    wanted = RefundOrder(
        order_id=found.id,
        merchant_id=found.merchant_id,
        # A repeat of the form is the same refund, so its id follows from the form's own.
        refund_id=id_asked_by(ctx, found.id, "refund", key) if key else new_id(),
        amount=amount,
        reason=reason,
    )
    fields.refuse()
    try:
        run(ctx, wanted, key=key)
    except RefundTooLarge as refusal:
        left = Money(refusal.facts["left"], found.total.currency)
        fields.complain("amount", "field_amount_most", most=money(left))
        fields.refuse()
    return part_or_page(request, lambda: _order(request, ctx, order_id), f"/control/orders/{order_id}")


@posting(again=order)
def settle_problem(request: HttpRequest, order_id: UUID) -> HttpResponse:
    ctx = allowed(request, "orders.settle_problem")
    fields = Fields(request.POST)
    problem_at = fields.moment("problem_at", UTC)
    fields.refuse()
    run(ctx, SettleProblem(order_id=OrderId(order_id), problem_at=problem_at), key=retry_key(request))
    return part_or_page(request, lambda: _order(request, ctx, order_id), f"/control/orders/{order_id}")


@posting(again=order)
def erase(request: HttpRequest, order_id: UUID) -> HttpResponse:
    ctx = allowed(request, "orders.erase_buyer")
    run(ctx, EraseBuyer(checkout_id=get_order(ctx, order_id).checkout_id), key=retry_key(request))
    return part_or_page(request, lambda: _order(request, ctx, order_id), f"/control/orders/{order_id}")


def _page(request: HttpRequest, ctx: Context, order_id: UUID) -> dict[str, Any]:
    allowed_here = may(ctx, **VERBS)
    return {**order_queries.order_page(ctx, home(request), order_id, allowed_here), "may": allowed_here}


def _order(request: HttpRequest, ctx: Context, order_id: UUID) -> HttpResponse:
    return TemplateResponse(request, "control_room/_order.html", _page(request, ctx, order_id))


def label(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    """A parcel's label: it carries an address, so it is for those who may see buyers."""
    ctx = allowed(request, "read.orders")
    allowed(request, "read.buyers")
    order_id, file = label_file(ctx, parcel_id)
    pdf = labels.read(subject(get_order(ctx, order_id).checkout_id), file)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="label-{parcel_id}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer
