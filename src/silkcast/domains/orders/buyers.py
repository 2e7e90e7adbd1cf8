"""The one erasable store of what a buyer is: name, address, e-mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from silkcast.domains.orders.contracts import Buyer
from silkcast.domains.orders.errors import AddressInvalid
from silkcast.domains.orders.models import BuyerRecord
from silkcast.kernel.context import Context
from silkcast.kernel.storage.keys import keyring

TEXT_MAX = 200
REQUIRED = ("email", "name", "line1", "city", "postcode", "country")


def subject(checkout_id: UUID) -> str:
    return f"checkout:{checkout_id}"


def check(buyer: Buyer) -> None:
    """Refuse what no carrier could deliver to, naming the field."""
    address = buyer.address
    required = (buyer.email, address.name, address.line1, address.city, address.postcode, address.country)
    for field, text in zip(REQUIRED, required, strict=True):
        if not text or text.isspace():
            raise AddressInvalid(field=field)
    if "@" not in buyer.email or len(address.country) != 2 or not address.country.isalpha():
        raise AddressInvalid(field="email" if "@" not in buyer.email else "country")
    if max(map(len, (*required, address.line2, address.region, address.phone))) > TEXT_MAX:
        raise AddressInvalid(field="address")


def seal_many(buyers: Sequence[tuple[UUID, bytes]]) -> list[bytes]:
    """Each buyer, as JSON, sealed under the key of its checkout; all keys are made durable by one sync."""
    return keyring().seal_many([(subject(checkout_id), plain) for checkout_id, plain in buyers])


def seal(checkout_id: UUID, text: str) -> bytes:
    """Words about a purchase that may name its buyer."""
    return keyring().seal(subject(checkout_id), text.encode())


def find_buyer(ctx: Context, checkout_id: UUID) -> Buyer | None:
    """Who bought; None once erased."""
    record = BuyerRecord.objects.of(ctx.base_id).filter(id=checkout_id).first()
    if record is None:
        return None
    plain = keyring().unseal(subject(checkout_id), bytes(record.sealed))
    return msgspec.json.decode(plain, type=Buyer) if plain is not None else None


def find_buyers(ctx: Context, checkout_ids: Iterable[UUID]) -> dict[UUID, Buyer | None]:
    """Who bought, by checkout; None for those erased."""
    found: dict[UUID, Buyer | None] = {}
    for record in BuyerRecord.objects.of(ctx.base_id).filter(id__in=set(checkout_ids)):
        plain = keyring().unseal(subject(record.id), bytes(record.sealed))
        found[record.id] = msgspec.json.decode(plain, type=Buyer) if plain is not None else None
    return found


def forget(checkout_id: UUID) -> None:
    keyring().forget(subject(checkout_id))
