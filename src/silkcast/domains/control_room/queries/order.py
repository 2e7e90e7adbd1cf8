from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from silkcast.domains.base.api import merchant_names
from silkcast.domains.base.contracts import BaseView
from silkcast.domains.catalog.api import list_products
from silkcast.domains.catalog.contracts import SkuView
from silkcast.domains.control_room.labels import (
    ACCOUNTS,
    CARRIERS,
    GATEWAYS,
    ORDER_STATES,
    PARCEL_STATES,
    PAYMENT_STATES,
    POSTINGS,
)
from silkcast.domains.control_room.queries import happenings
from silkcast.domains.control_room.queries.orders import may_see_buyers
from silkcast.domains.control_room.queries.rundown import title_of
from silkcast.domains.orders.api import find_buyer, find_problem, get_order
from silkcast.domains.orders.contracts import OrderView
from silkcast.domains.payments.api import payments_of, postings_of_order, refunded_of_order
from silkcast.domains.payments.contracts import PaymentState, PaymentView, PostingKind, PostingView
from silkcast.domains.shipping.api import consignments
from silkcast.domains.shipping.contracts import ConsignmentView
from silkcast.domains.studio.api import list_pitches, show_names
from silkcast.kernel.context import Context
from silkcast.kernel.money import Money

MINUTE_MS = 60_000


def order_page(ctx: Context, home: BaseView, order_id: UUID, may: Mapping[str, bool]) -> dict[str, Any]:
    """Postings for those alone who may read them by any other door."""
    order = get_order(ctx, order_id)
    postings = postings_of_order(ctx, order_id) if may["ledger"] else []
    merchants = merchant_names(ctx)
    show_title = show_names(ctx, {order.show_id}).get(order.show_id) if order.show_id is not None else None
    parcels = consignments(ctx, [order_id]).get(order_id, [])
    return {
        "order": {
            "id": order.id,
            "number": order.number,
            "state": order.state.value,
            "state_words": ORDER_STATES[order.state],
            "at": order.placed_at,
            "show": {"id": order.show_id, "title": show_title} if show_title is not None else None,
            "minute": _minute(order),
            "merchant_name": merchants.get(order.merchant_id, ""),
            "buyer": _buyer(ctx, order),
            "problem_at": order.problem_at,
            "problem": find_problem(ctx, order_id) if order.problem_at and may_see_buyers(ctx) else None,
            "lines": _lines(ctx, home, order),
            "goods": order.goods,
            "shipping": order.shipping,
            "total": order.total,
            **_in_base(order, postings, home.currency),
            "payment": _payment(ctx, order, postings),
            "parcels": [_parcel(parcel) for parcel in parcels],
            "postings": [_posting(row) for row in postings],
            "events": happenings.of_order(ctx, order_id),
        }
    }


def _minute(order: OrderView) -> int | None:
    return order.programme_ms // MINUTE_MS if order.programme_ms is not None else None


def _buyer(ctx: Context, order: OrderView) -> dict[str, Any] | None:
    buyer = find_buyer(ctx, order.checkout_id) if may_see_buyers(ctx) else None
    if buyer is None:
        return None
    address = buyer.address
    town = " ".join(part for part in (address.postcode, address.city, address.region) if part)
    lines = (address.line1, address.line2, town, address.country, address.phone)
    return {"name": address.name, "email": buyer.email, "address_lines": [line for line in lines if line]}


def _lines(ctx: Context, home: BaseView, order: OrderView) -> list[dict[str, Any]]:
    product_ids = list(dict.fromkeys(line.product_id for line in order.lines))
    found, _ = list_products(ctx, currency=home.currency, ids=product_ids, limit=len(product_ids))
    titles = {product.id: title_of(product) for product in found}
    skus: dict[UUID, SkuView] = {sku.id: sku for product in found for sku in product.skus}
    pitches = {row.id: row.started_ms // MINUTE_MS for row in list_pitches(ctx, order.show_id)} if order.show_id else {}
    minute = _minute(order)
    return [
        {
            "title": titles.get(line.product_id, ""),
            "sku_code": skus[line.sku_id].code if line.sku_id in skus else "",
            "sku_name": skus[line.sku_id].name if line.sku_id in skus else "",
            "units": line.units,
            "price": line.price,
            "total": line.total,
            "minute": minute,
            "pitch_words": _pitch_words(pitches.get(line.pitch_id) if line.pitch_id else None),
        }
        for line in order.lines
    ]


def _pitch_words(minute: int | None) -> str:
    if minute is None:
        return _("unpitched")
    return _("pitched since minute %(minute)d") % {"minute": minute}


def _in_base(order: OrderView, postings: list[PostingView], currency: str) -> dict[str, Any]:
    """The total at the rate of its own postings; nothing before there are any, or without a need."""
    captures = [row for row in postings if row.kind is PostingKind.CAPTURE and not row.reverses]
    if not captures or order.total.currency == currency:
        return {"total_base": None, "rate_words": None}
    total = sum((row.base_amount for row in captures), Money(0, currency))
    return {"total_base": total, "rate_words": f"1 {order.total.currency} = {captures[0].rate} {currency}"}


def _payment(ctx: Context, order: OrderView, postings: list[PostingView]) -> dict[str, Any] | None:
    """This order's share of the purchase that was paid: the rest of it is another merchant's."""
    payment = payments_of(ctx, [order.checkout_id]).get(order.checkout_id)
    if payment is None:
        return None
    nothing = Money(0, order.total.currency)
    is_captured = payment.state is PaymentState.CAPTURED
    fees = [row.amount for row in postings if row.kind is PostingKind.GATEWAY_FEE and not row.reverses]
    refunded, on_its_way = refunded_of_order(ctx, order.id)
    left = Money(order.total.minor - refunded - on_its_way, order.total.currency)
    return {
        "state_words": PAYMENT_STATES[payment.state],
        "gateway_words": GATEWAYS.get(payment.gateway, payment.gateway),
        "card_words": _card_words(payment),
        "captured_at": payment.captured_at,
        "captured": order.total if is_captured else nothing,
        "refunded": Money(refunded, order.total.currency),
        "fee": sum(fees, nothing),
        "refundable": left if is_captured else nothing,
    }


def _card_words(payment: PaymentView) -> str:
    return f"{payment.brand} ••••{payment.last4}".strip() if payment.last4 else "–"


def _parcel(parcel: ConsignmentView) -> dict[str, Any]:
    return {
        "number": parcel.number,
        "carrier_words": CARRIERS.get(parcel.carrier, parcel.carrier),
        "state_words": PARCEL_STATES[parcel.state],
        "tracking": parcel.tracking_number,
        "label_url": f"/control/parcels/{parcel.id}/label.pdf" if parcel.has_label else None,
        "steps": [
            {"at": step.at, "words": PARCEL_STATES[step.state], "place": step.place} for step in reversed(parcel.steps)
        ],
    }


def _posting(row: PostingView) -> dict[str, Any]:
    words = str(POSTINGS[row.kind])
    if row.is_estimate:
        words = _("%(words)s (estimate)") % {"words": words}
    if row.reverses:
        words = _("%(words)s, taken back") % {"words": words}
    return {
        "at": row.at,
        "debit": _account(row.debit),
        "credit": _account(row.credit),
        "amount": row.amount,
        "amount_base": row.base_amount if row.base_amount.currency != row.amount.currency else None,
        "words": words,
    }


def _account(name: str) -> str:
    """An account's own name without whose it is: an order has one merchant, and the page names it."""
    kind = name.partition(":")[0]
    return str(ACCOUNTS.get(kind, kind))
