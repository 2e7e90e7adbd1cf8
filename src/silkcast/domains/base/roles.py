"""What each role may do: the table from which every grant is made, and from which the permission test is read."""

from __future__ import annotations

from uuid import UUID

from silkcast.domains.base.contracts import Role
from silkcast.kernel.context import Context, require
from silkcast.kernel.ids import MerchantId

# Verbs are names of actions, and `read.*` for what only looks.
READ_AIR = frozenset({"read.shows", "read.products", "read.rooms", "read.destinations", "read.events"})
RUN_SHOW = frozenset(
    {
        "studio.plan_show",
        "studio.go_live",
        "studio.end_show",
        "studio.switch_scene",
        "studio.set_overlay",
        "studio.arrange_rundown",
        "studio.pitch",
        "studio.set_show_destination",
        "catalog.set_offer",
    }
)
SET_UP = frozenset(
    {
        "studio.set_camera",
        "studio.set_scene",
        "studio.set_destination",
        "studio.set_room_picture",
        "base.set_room",
        "catalog.enter_rate",
        "inventory.add_warehouse",
        "shipping.add_rate_card",
    }
)
GOODS = frozenset({"catalog.set_product", "catalog.set_price", "inventory.move_stock"})
MONEY = frozenset(
    {"read.orders", "read.buyers", "read.ledger", "orders.refund", "orders.settle_problem", "payments.enter_ad_spend"}
)
PEOPLE = frozenset(
    {
        "read.people",
        "base.invite",
        "base.grant",
        "base.set_person",
        "base.set_api_key",
        "base.add_merchant",
        "base.set_base",
    }
)
# What everybody with a role may do, to their own account.
OWN = frozenset({"base.own_account"})

VERBS: dict[Role, frozenset[str]] = {
    Role.OPERATOR: READ_AIR | RUN_SHOW | SET_UP | GOODS | MONEY | PEOPLE | {"read.audit", "orders.erase_buyer"},
    Role.CREW: READ_AIR | RUN_SHOW | {"read.orders"},
    Role.HOST: READ_AIR | {"studio.pitch", "studio.arrange_rundown"},
    Role.FINANCE: READ_AIR | MONEY,
    Role.MERCHANT: frozenset({"read.shows", "read.products", "read.orders", "read.buyers", "read.ledger"})
    | GOODS
    | {"orders.refund"},
}
BUYING = frozenset({"orders.place", "orders.pay", "orders.confirm_receipt", "orders.report_problem"})

# Scopes of an API key, and the verbs that each allows.
SCOPES: dict[str, frozenset[str]] = {
    "shows.read": READ_AIR,
    "shows.write": RUN_SHOW | SET_UP,
    "products.write": GOODS | {"catalog.set_offer"},
    "buyers.read": frozenset({"read.buyers"}),
    "people.read": frozenset({"read.people"}),
    "people.write": frozenset({"base.invite", "base.grant", "base.set_person"}),
    "keys.write": frozenset({"base.set_api_key"}),
    "base.write": frozenset({"base.set_base"}),
    "merchants.write": frozenset({"base.add_merchant"}),
    "orders.read": frozenset({"read.orders"}),
    "orders.write": BUYING | {"orders.refund", "orders.settle_problem"},
    "buyers.erase": frozenset({"orders.erase_buyer"}),
    "ledger.read": frozenset({"read.ledger"}),
    "ledger.write": frozenset({"payments.enter_ad_spend"}),
    "signals.write": frozenset({"signals.append"}),
    "events.read": frozenset({"read.events", "read.audit"}),
}
# Those with which a merchant's key can do anything: all else is the base's alone.
MERCHANT_SCOPES = frozenset(scope for scope, verbs in SCOPES.items() if verbs & VERBS[Role.MERCHANT])
BUYER_VERBS = BUYING | {"signals.append"}


def require_role(ctx: Context, role: Role, merchant_id: UUID | None) -> None:
    """NotAllowed unless the actor may do all that the role may: nobody gives, or takes over, more than they have."""
    for verb in sorted(VERBS[role]):
        require(ctx, verb, merchant_id=MerchantId(merchant_id) if merchant_id else None)
