"""The one erasable store of what a buyer is: name, address, e-mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

import msgspec

from silkcast.domains.orders.contracts import Buyer
from silkcast.domains.orders.errors import AddressInvalid
from silkcast.domains.orders.models import BuyerRecord
from silkcast.domains.shipping.api import find_rules
from silkcast.domains.shipping.contracts import Address
from silkcast.kernel.context import Context
from silkcast.kernel.signs import shows
from silkcast.kernel.storage.keys import keyring
from silkcast.kernel.texts import as_meant, is_email, is_line

TEXT_MAX = 200
ADDRESS = tuple(field.name for field in fields(Address))
CODES = frozenset({"email", "phone", "postcode", "country"})
ALWAYS_REQUIRED = ("email", "name", "line1", "country")


def subject(checkout_id: UUID) -> str:
    return f"checkout:{checkout_id}"


def checked(buyer: Buyer) -> Buyer:
    """The buyer as a carrier can use it, codes as they were meant; AddressInvalid names the first field that none can.

    Which fields there must be is the country's own rule.
    """
    said = {"email": buyer.email, **{name: getattr(buyer.address, name) for name in ADDRESS}}
    for name, text in said.items():
        if len(text) > TEXT_MAX:
            raise _invalid(name=name, why="long", most=TEXT_MAX)
        if not is_line(text):
            raise _invalid(name=name, why="lines")
    meant = {name: as_meant(text) if name in CODES else text.strip() for name, text in said.items()}
    meant["postcode"] = meant["postcode"].upper()
    for name in ALWAYS_REQUIRED:
        if not shows(meant[name]):  # nor is what nobody sees a name
            raise _invalid(name=name, why="missing")
    _check_form(meant)
    email = meant.pop("email")
    return Buyer(email=email, address=Address(**meant))


def _check_form(meant: Mapping[str, str]) -> None:
    if not is_email(meant["email"]):
        raise _invalid(name="email", why="wrong")
    rules = find_rules(meant["country"])
    if rules is None:
        raise _invalid(name="country", why="wrong")
    missing = rules.missing(meant["city"], meant["region"], meant["postcode"])
    if missing is not None:
        raise _invalid(name=missing, why="missing", word=rules.words[missing])
    if not rules.fits(meant["postcode"]):
        why = {"why": "unlike", "example": rules.example} if rules.example else {"why": "wrong"}
        raise _invalid(name="postcode", word=rules.words["postcode"], **why)


def _invalid(*, name: str, why: str, word: str = "", **facts: Any) -> AddressInvalid:
    field = f"buyer.{name}" if name == "email" else f"buyer.address.{name}"
    return AddressInvalid(field=field, field_word=word or f"shipping.{name}", why_word=f"orders.address_{why}", **facts)


def seal_many(buyers: Sequence[tuple[UUID, bytes]]) -> list[bytes]:
    """Each buyer, as JSON, sealed under the key of its checkout; all keys are made durable by one sync."""
    return keyring().seal_many([(subject(checkout_id), plain) for checkout_id, plain in buyers])


def seal(checkout_id: UUID, text: str) -> bytes:
    """Words about a purchase that may name its buyer."""
    return keyring().seal(subject(checkout_id), text.encode())


def unseal(checkout_id: UUID, sealed: bytes) -> str | None:
    """None once the key is forgotten."""
    plain = keyring().unseal(subject(checkout_id), sealed)
    return plain.decode() if plain is not None else None


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
