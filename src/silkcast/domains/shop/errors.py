from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid


class CartFull(Conflict):
    """The cart travels in a cookie, so it has a bound."""

    code = "shop.cart_full"


class CartEmpty(Conflict):
    code = "shop.cart_empty"


class PriceChanged(Conflict):
    """What was seen costs otherwise by now; nothing was ordered."""

    code = "shop.price_changed"


class UnitsInvalid(Invalid):
    code = "shop.units_invalid"
