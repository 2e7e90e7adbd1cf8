"""What a purchase looks like on the wire, and the refusals that need no database."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from uuid import UUID

import msgspec

from silkcast.kernel.errors import Invalid
from silkcast.kernel.words import error_body

Text = Annotated[str, msgspec.Meta(max_length=200)]


class Line(msgspec.Struct, forbid_unknown_fields=True):
    sku_id: UUID
    units: Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class AddressIn(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    line1: Text
    city: Text
    postcode: Text
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    phone: Text = ""
    line2: Text = ""
    region: Text = ""


class BuyerIn(msgspec.Struct, forbid_unknown_fields=True):
    email: Text
    address: AddressIn


class Purchase(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /api/v1/orders`. `viewer`: who buys, where a program asks; a buyer's token says it itself."""

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    lines: Annotated[list[Line], msgspec.Meta(min_length=1, max_length=50)]
    buyer: BuyerIn
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] | None = None
    show_id: UUID | None = None
    destination_id: UUID | None = None
    shipping_option_id: UUID | None = None
    viewer: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,64}$")] | None = None
    language: Annotated[str, msgspec.Meta(max_length=10)] = "en"


class BodyInvalid(Invalid):
    code = "orders.body_invalid"


_decode = msgspec.json.Decoder(Purchase).decode


def purchase(body: bytes) -> Purchase:
    """The typed purchase, or BodyInvalid saying where it is wrong."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BodyInvalid(reason=str(error)[:200]) from None


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def answer(status: int, body: Any) -> dict[str, Any]:
    return {"status": status, "body": msgspec.json.encode(body), "headers": {}}


def refused(code: str, facts: dict[str, Any], status: int) -> dict[str, Any]:
    headers = {"Retry-After": str(facts["retry_after_s"])} if "retry_after_s" in facts else {}
    return {**answer(status, error_body(code, facts)), "headers": headers}
