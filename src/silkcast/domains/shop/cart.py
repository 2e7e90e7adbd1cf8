"""The cart: a few lines in a signed cookie, so that a stranger's shopping writes nothing to the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from silkcast.domains.shop.errors import CartFull, UnitsInvalid
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.http import opened, signed

LINES_MAX = 30  # with these a cookie stays below 4 KB
UNITS_MAX = 99
DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """Units by SKU in the order of adding. `show_id`: the show last bought from, whose offers hold for all lines."""

    base_id: UUID
    show_id: UUID | None = None
    lines: tuple[tuple[UUID, int], ...] = ()

    @property
    def units(self) -> int:
        return sum(units for _, units in self.lines)

    def add(self, sku_id: UUID, units: int, show_id: UUID | None) -> Cart:
        before = dict(self.lines).get(sku_id, 0)
        return replace(self.set_units(sku_id, min(before + checked(units), UNITS_MAX)), show_id=show_id or self.show_id)

    def set_units(self, sku_id: UUID, units: int) -> Cart:
        """So many of a SKU; none takes it out."""
        held = dict(self.lines)
        if units == 0:
            held.pop(sku_id, None)
        else:
            held[sku_id] = checked(units)
        if len(held) > LINES_MAX:
            raise CartFull(lines_max=LINES_MAX)
        return replace(self, lines=tuple(held.items()))

    def emptied(self) -> Cart:
        return replace(self, lines=())


def checked(units: int) -> int:
    if not 0 < units <= UNITS_MAX:
        raise UnitsInvalid(units_max=UNITS_MAX)
    return units


def cookie_name(base_id: UUID) -> str:
    return f"cart_{base_id.hex}"


def sealed(cart: Cart) -> str:
    lines = [[sku_id.hex, units] for sku_id, units in cart.lines]
    return signed("cart", days=DAYS, base=cart.base_id.hex, show=cart.show_id.hex if cart.show_id else "", lines=lines)


def unsealed(text: str | None, base_id: UUID) -> Cart:
    """The cart of a cookie; an empty one for a forged, old or foreign cookie."""
    try:
        claims = opened("cart", text or "")
    except SilkcastError:
        return Cart(base_id=base_id)
    if claims["base"] != base_id.hex:
        return Cart(base_id=base_id)
    lines = tuple((UUID(sku_id), int(units)) for sku_id, units in claims["lines"])
    return Cart(base_id=base_id, show_id=UUID(claims["show"]) if claims["show"] else None, lines=lines)
