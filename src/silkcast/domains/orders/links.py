"""The link under which a buyer follows a purchase, without signing in."""

from __future__ import annotations

from uuid import UUID

from silkcast.kernel.http import opened, signed
from silkcast.kernel.ids import BaseId, CheckoutId

LINK_DAYS = 400


def order_token(base_id: UUID, checkout_id: UUID) -> str:
    return signed("purchase", days=LINK_DAYS, base=base_id, checkout=checkout_id)


def open_order_token(token: str) -> tuple[BaseId, CheckoutId]:
    """The base and the purchase that a link names; BadToken for a forged one."""
    claims = opened("purchase", token)
    return BaseId(UUID(claims["base"])), CheckoutId(UUID(claims["checkout"]))
