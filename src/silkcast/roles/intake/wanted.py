"""What a purchase looks like on the wire, and the refusals that need no database."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any
from uuid import UUID

import msgspec

from silkcast.kernel.errors import Invalid
from silkcast.kernel.languages import TAG_CHARS_MAX
from silkcast.kernel.words import error_body

Text = Annotated[str, msgspec.Meta(max_length=200)]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z")]


class Line(msgspec.Struct, forbid_unknown_fields=True):
    sku_id: UUID
    units: Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class AddressIn(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    line1: Text
    country: Country
    city: Text = ""
    postcode: Text = ""
    phone: Text = ""
    line2: Text = ""
    region: Text = ""


class BuyerIn(msgspec.Struct, forbid_unknown_fields=True):
    email: Text
    address: AddressIn


class Purchase(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /api/v1/orders`. `viewer`: who buys, where a program asks; a buyer's token says it itself.

    `country` may repeat the address's, and say nothing else.
    """

    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]
    lines: Annotated[list[Line], msgspec.Meta(min_length=1, max_length=50)]
    buyer: BuyerIn
    country: Country | None = None
    show_id: UUID | None = None
    destination_id: UUID | None = None
    shipping_option_id: UUID | None = None
    viewer: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")] | None = None
    language: Annotated[str, msgspec.Meta(max_length=TAG_CHARS_MAX)] = "en"


class BodyInvalid(Invalid):
    code = "orders.body_invalid"


_item = re.compile(r"\[(\d+)\]")
_decode = msgspec.json.Decoder(Purchase).decode


def purchase(body: bytes) -> Purchase:
    """The typed purchase, or BodyInvalid saying where it is wrong."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        why, _, place = str(error)[:200].rpartition(" - at `$.")
        if not why:
            raise BodyInvalid(reason=place) from None
        field = _item.sub(r".\1", place.rstrip("`"))
        raise BodyInvalid(reason=f"{field}: {why}", field=field) from None


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def answer(status: int, body: Any) -> dict[str, Any]:
    return {"status": status, "body": msgspec.json.encode(body), "headers": {}}


def refused(code: str, facts: dict[str, Any], status: int) -> dict[str, Any]:
    headers = {"Retry-After": str(facts["retry_after_s"])} if "retry_after_s" in facts else {}
    return {**answer(status, error_body(code, facts)), "headers": headers}
