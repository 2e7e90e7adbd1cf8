"""What states, kinds and roles are called on screen; the studio brings words of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from silkcast.domains.base.contracts import Role, RoomKind, SignInOutcome
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.inventory.contracts import MovementKind, WarehouseKind
from silkcast.domains.orders.contracts import OrderState
from silkcast.domains.payments.contracts import PaymentState, PostingKind
from silkcast.domains.shipping.contracts import ConsignmentState
from silkcast.domains.studio.contracts import ShowState
from silkcast.kernel.context import ActorKind
from silkcast.kernel.words import sentence

Words = str | Promise

ROLES: dict[Role, Words] = {
    Role.OPERATOR: _("Operator"),
    Role.CREW: _("Crew"),
    Role.HOST: _("Host"),
    Role.FINANCE: _("Finance"),
    Role.MERCHANT: _("Merchant"),
}
SIGN_IN_OUTCOMES: dict[SignInOutcome, Words] = {
    SignInOutcome.SIGNED_IN: _("Signed in"),
    SignInOutcome.REFUSED: _("Wrong password"),
    SignInOutcome.SIGNED_OUT: _("Signed out"),
    SignInOutcome.ENDED: _("Signed out from elsewhere"),
    SignInOutcome.RENEWED: _("Password set"),
    SignInOutcome.LINK_MADE: _("Password link made"),
    SignInOutcome.DEACTIVATED: _("Deactivated"),
    SignInOutcome.REACTIVATED: _("Reactivated"),
}
ROOM_KINDS: dict[RoomKind, Words] = {
    RoomKind.STANDARD: _("Standard room"),
    RoomKind.GREEN_SCREEN: _("Green-screen room"),
    RoomKind.HALL: _("Hall"),
}
ROOM_STATES: dict[str, Words] = {
    "on_air": _("On air"),
    "ready": _("Ready"),
    "off": pgettext_lazy("room", "Off"),
}
SHOW_STATES: dict[ShowState, str] = {  # as templates and scripts name them
    ShowState.PLANNED: "planned",
    ShowState.LIVE: "on_air",
    ShowState.ENDED: "ended",
}
PRODUCT_ROLES: dict[ProductRole, Words] = {
    ProductRole.TRAFFIC: _("Traffic product"),
    ProductRole.PROFIT: _("Profit product"),
    ProductRole.IMAGE: _("Image product"),
}
WAREHOUSE_KINDS: dict[WarehouseKind, Words] = {
    WarehouseKind.DOMESTIC: _("Domestic warehouse"),
    WarehouseKind.OVERSEAS: _("Overseas warehouse"),
    WarehouseKind.BONDED: _("Bonded warehouse"),
}
MOVEMENTS: dict[MovementKind, Words] = {
    MovementKind.RECEIVE: _("Goods arrived"),
    MovementKind.COUNT: _("Counted"),
    MovementKind.TRANSFER: _("Transferred"),
    MovementKind.RESERVE: _("Reserved for an order"),
    MovementKind.RELEASE: _("Given back by an order"),
    MovementKind.SHIP: _("Shipped to a buyer"),
}
ORDER_STATES: dict[OrderState, Words] = {
    OrderState.AWAITING: _("Awaiting payment"),
    OrderState.PAID: _("Paid"),
    OrderState.SHIPPED: _("Shipped"),
    OrderState.DELIVERED: _("Delivered"),
    OrderState.COMPLETED: _("Receipt confirmed"),
    OrderState.REFUNDED: _("Refunded"),
    OrderState.CANCELLED: _("Cancelled"),
}
PAYMENT_STATES: dict[PaymentState, Words] = {
    PaymentState.PROCESSING: _("The gateway is being asked"),
    PaymentState.CAPTURED: _("Captured"),
    PaymentState.DECLINED: _("Declined"),
    PaymentState.UNKNOWN: _("Not known yet: the gateway is asked again"),
    PaymentState.RETURNING: _("Captured, but it could not be booked: on its way back to the buyer"),
    PaymentState.RETURNED: _("Captured, but it could not be booked: back with the buyer"),
}
PARCEL_STATES: dict[ConsignmentState, Words] = {
    ConsignmentState.LABELLED: _("Label made"),
    ConsignmentState.HANDED_OVER: _("Handed over to the carrier"),
    ConsignmentState.IN_TRANSIT: _("On its way"),
    ConsignmentState.OUT_FOR_DELIVERY: _("Out for delivery"),
    ConsignmentState.DELIVERED: _("Delivered"),
}
# The chart of accounts (payments/engine/accounts.py), for those who read no code.
ACCOUNTS: dict[str, Words] = {
    "provider": _("Payment provider"),
    "escrow": _("Escrow"),
    "merchant_cost": _("Costs of the merchant"),
    "merchant_payable": _("Payable to the merchant"),
    "platform_payable": _("Payable to platforms"),
    "commission_due": _("Commission due"),
    "commission_income": _("Commission earned"),
    "carrier_expected": _("Shipping expected"),
    "carrier_payable": _("Payable to carriers"),
    "ad_payable": _("Payable for advertising"),
    "ad_cost": _("Cost of advertising"),
    "memo_cost_of_goods": _("Cost of goods (memo)"),
    "memo_goods": _("Goods handed over (memo)"),
}
POSTINGS: dict[PostingKind, Words] = {
    PostingKind.CAPTURE: _("Captured into escrow"),
    PostingKind.REFUND: _("Refunded to the buyer"),
    PostingKind.COST_OF_GOODS: _("Cost of goods"),
    PostingKind.SHIPPING: _("Shipping"),
    PostingKind.PLATFORM_FEE: _("Platform fee"),
    PostingKind.GATEWAY_FEE: _("Gateway fee"),
    PostingKind.COMMISSION: _("Commission"),
    PostingKind.AD_SPEND: _("Ad spend"),
    PostingKind.RELEASE: _("Released to the merchant"),
    PostingKind.RELEASE_COSTS: _("Costs covered on release"),
    PostingKind.COMMISSION_EARNED: _("Commission earned"),
}
ACTORS: dict[ActorKind, Words] = {
    ActorKind.PERSON: _("Somebody"),
    ActorKind.KEY: _("An API key"),
    ActorKind.RULE: _("A rule"),
    ActorKind.BUYER: _("A buyer"),
    ActorKind.SYSTEM: _("Silkcast itself"),
}
GATEWAYS: dict[str, Words] = {"sandbox": _("Sandbox gateway (simulated)")}
CARRIERS: dict[str, Words] = {"sandbox": _("Sandbox carrier (simulated)")}
SCOPES: dict[str, Words] = {
    "shows.read": _("Read shows, rooms and products"),
    "shows.write": _("Run shows and set up rooms"),
    "products.write": _("Change products, prices and stock"),
    "orders.read": _("Read orders"),
    "orders.write": _("Place, pay and refund orders"),
    "buyers.read": _("Read buyers' names and addresses"),
    "buyers.erase": _("Erase buyers"),
    "ledger.read": _("Read the airtime ledger"),
    "ledger.write": _("Enter ad spend"),
    "signals.write": _("Send viewers' signals"),
    "events.read": _("Read events and the audit"),
    "people.read": _("Read people and roles"),
    "people.write": _("Invite people and change what they may do"),
    "keys.write": _("Make and revoke API keys"),
    "base.write": _("Set the base's name and time zone"),
    "merchants.write": _("Take in merchants"),
}
LANGUAGES: dict[str, Words] = {
    "en": _("English"),
    "zh": _("Chinese"),
    "de": _("German"),
    "fr": _("French"),
    "es": _("Spanish"),
    "pt": _("Portuguese"),
    "it": _("Italian"),
    "nl": _("Dutch"),
    "ja": _("Japanese"),
    "ko": _("Korean"),
    "th": _("Thai"),
    "vi": _("Vietnamese"),
    "id": _("Indonesian"),
    "ar": _("Arabic"),
}


def language_words(code: str) -> Words:
    return LANGUAGES.get(code.partition("-")[0], code)


def studio_words(group: str, kind: StrEnum | str) -> str:
    """The studio's word for a state, a layout, a phase…: `studio.layout.full`."""
    return sentence(f"studio.{group}.{kind}", {}, get_language() or "en")


def options(labels: Mapping[Any, Words]) -> list[dict[str, Words]]:
    """A label table as the options of a select."""
    return [{"value": str(kind), "words": words} for kind, words in labels.items()]


def named_options(rows: Iterable[Any]) -> list[dict[str, str]]:
    return [{"value": str(row.id), "words": row.name} for row in rows]
