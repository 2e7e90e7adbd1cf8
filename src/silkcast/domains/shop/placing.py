"""From the checkout's form to a placed purchase: what the buyer typed, checked here, placed by the intake role."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import msgspec
from django.http import QueryDict

from silkcast.domains.orders import api as orders
from silkcast.domains.orders.contracts import Buyer, PlacedOrder
from silkcast.domains.payments.contracts import Card
from silkcast.domains.shipping.contracts import Address
from silkcast.domains.shop.visitor import Visitor
from silkcast.domains.shop.wanted import Wanted
from silkcast.kernel.canonical import read_uuid
from silkcast.kernel.errors import Invalid
from silkcast.kernel.settings import load
from silkcast.kernel.wire import WireRefused, call_blocking

PLACE_S_MAX = 5.0
TEXT_MAX = 200
ADDRESS_FIELDS = ("name", "phone", "line1", "line2", "city", "region", "postcode", "country")
FIELDS = ("email", *ADDRESS_FIELDS, "shipping_option", "goods_seen")
CREATED = 201


def values_of(form: QueryDict) -> dict[str, str]:
    """What was typed, but the card: that is never shown again."""
    return {name: form.get(name, "")[: TEXT_MAX + 1] for name in FIELDS}


def buyer_of(values: dict[str, str]) -> Buyer:
    """As a carrier can use it; AddressInvalid names the field that none can."""
    address = Address(**{name: values[name] for name in ADDRESS_FIELDS})
    return orders.checked_buyer(Buyer(email=values["email"], address=address))


def card_of(form: QueryDict) -> Card:
    return Card(
        number=form.get("card_number", "").strip()[:30],
        expiry=form.get("card_expiry", "").strip()[:20],
        cvc=form.get("card_cvc", "").strip()[:5],
    )


def place(visitor: Visitor, wanted: Wanted, buyer: Buyer, option: str, key: str) -> PlacedOrder:
    """Placed once for a key, however often it is sent; WireRefused with the code of whatever the intake refused."""
    body: dict[str, Any] = {
        "currency": visitor.currency,
        "language": visitor.ctx.language,
        "lines": [{"sku_id": str(sku_id), "units": units} for sku_id, units in wanted.lines],
        "buyer": msgspec.to_builtins(buyer),
    }
    if wanted.show_id is not None:
        body["show_id"] = str(wanted.show_id)
    if option:
        body["shipping_option_id"] = str(_option_id(option))
    asked = {
        "base_id": str(visitor.base.id),
        "viewer": visitor.viewer,
        "client": visitor.client,
        "idempotency_key": key,
        "body": msgspec.json.encode(body),
        "received_ms": time.time_ns() // 1_000_000,
    }
    answer = call_blocking(load().socket("intake"), "orders.place", asked, deadline_s=PLACE_S_MAX)
    if answer["status"] != CREATED:
        error = msgspec.json.decode(answer["body"])["error"]
        raise WireRefused(error["code"], error["facts"], answer["status"])
    return msgspec.json.decode(answer["body"], type=PlacedOrder)


def _option_id(option: str) -> UUID:
    try:
        return read_uuid(option)
    except ValueError:
        raise Invalid(reason="shipping_option") from None
