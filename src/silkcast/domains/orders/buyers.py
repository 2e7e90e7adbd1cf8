"""The one erasable store of what a buyer is: name, address, e-mail."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from uuid import UUID

import msgspec

from silkcast.domains.orders.contracts import Buyer
from silkcast.domains.orders.errors import AddressInvalid
from silkcast.domains.orders.models import BuyerRecord
from silkcast.kernel.context import Context
from silkcast.kernel.storage.keys import keyring

TEXT_MAX = 200


def subject(checkout_id: UUID) -> str:
    return f"checkout:{checkout_id}"


def check(buyer: Buyer) -> None:
    """Refuse what no carrier could deliver to, naming the field."""
    address = buyer.address
    required = {
        "email": buyer.email,
        "name": address.name,
        "line1": address.line1,
        "city": address.city,
        "postcode": address.postcode,
        "country": address.country,
    }
    for field, text in required.items():
        if not text.strip():
            raise AddressInvalid(field=field)
    if "@" not in buyer.email or len(address.country) != 2 or not address.country.isalpha():
        raise AddressInvalid(field="email" if "@" not in buyer.email else "country")
    if any(len(text) > TEXT_MAX for text in (buyer.email, *dataclasses.astuple(address))):
        raise AddressInvalid(field="address")


def seal(checkout_id: UUID, buyer: Buyer) -> bytes:
    return keyring().seal(subject(checkout_id), msgspec.json.encode(buyer))


def find_buyer(ctx: Context, checkout_id: UUID) -> Buyer | None:
    """Who bought; None once erased."""
    record = BuyerRecord.objects.of(ctx.base_id).filter(checkout_id=checkout_id).first()
    if record is None:
        return None
    plain = keyring().unseal(subject(checkout_id), bytes(record.sealed))
    return msgspec.json.decode(plain, type=Buyer) if plain is not None else None


def find_buyers(ctx: Context, checkout_ids: Iterable[UUID]) -> dict[UUID, Buyer | None]:
    """Who bought, by checkout; None for those erased."""
    found: dict[UUID, Buyer | None] = {}
    for record in BuyerRecord.objects.of(ctx.base_id).filter(checkout_id__in=set(checkout_ids)):
        plain = keyring().unseal(subject(record.checkout_id), bytes(record.sealed))
        found[record.checkout_id] = msgspec.json.decode(plain, type=Buyer) if plain is not None else None
    return found


def forget(checkout_id: UUID) -> None:
    keyring().forget(subject(checkout_id))
