from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid


class CartFull(Conflict):
    """The cart travels in a cookie, so it has a bound."""

    code = "shop.cart_full"


class CartEmpty(Conflict):
    code = "shop.cart_empty"


class UnitsInvalid(Invalid):
    code = "shop.units_invalid"
