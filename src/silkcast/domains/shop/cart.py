"""The cart: a few lines in a signed cookie, so that a stranger's shopping writes nothing to the database."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from silkcast.domains.shop.errors import CartFull, UnitsInvalid
from silkcast.kernel.canonical import from_base64
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.http import opened, signed
from silkcast.kernel.money import Money
from silkcast.kernel.settings import hold_bounds

LINES_MAX = 30  # with these a cookie stays below 4 KB
UNITS_MAX = 99
DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """`show_id`: the show it was taken from, whose offer it keeps. `seen`: the price it was taken at."""

    sku_id: UUID
    units: int
    show_id: UUID | None = None
    seen: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """A line for each SKU in the order of adding; what is taken again is taken from where it was taken last.

    `name` is another one after each purchase; a cart from before carts had names has none.
    """

    base_id: UUID
    lines: tuple[CartLine, ...] = ()
    name: str = ""

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    def add(self, sku_id: UUID, units: int, show_id: UUID | None, seen: Money | None = None) -> Cart:
        before = next((line.units for line in self.lines if line.sku_id == sku_id), 0)
        total = min(before + checked(units), units_max())
        return self._with(CartLine(sku_id=sku_id, units=total, show_id=show_id, seen=seen))

    def set_units(self, sku_id: UUID, units: int) -> Cart:
        """So many of a SKU; none takes it out."""
        if units == 0:
            return self.without([sku_id])
        found = next((line for line in self.lines if line.sku_id == sku_id), CartLine(sku_id=sku_id, units=units))
        return self._with(replace(found, units=checked(units)))

    def _with(self, line: CartLine) -> Cart:
        held = {other.sku_id: other for other in self.lines} | {line.sku_id: line}
        if len(held) > LINES_MAX:
            raise CartFull(lines_max=LINES_MAX)
        return replace(self, lines=tuple(held.values()), name=self.name or secrets.token_urlsafe(9))

    def without(self, sku_ids: Collection[UUID]) -> Cart:
        return replace(self, lines=tuple(line for line in self.lines if line.sku_id not in sku_ids))

    def after_buying(self, sku_ids: Collection[UUID]) -> Cart:
        return replace(self.without(sku_ids), name=secrets.token_urlsafe(9))

    def key(self, lines: Collection[tuple[UUID, int]], show_id: UUID | None) -> str:
        """One for buying these lines from this cart, from whichever page it is asked; none where it has no name."""
        wished = f"{self.name} {show_id} {sorted((sku_id.hex, units) for sku_id, units in lines)}"
        return f"cart-{hashlib.sha256(wished.encode()).hexdigest()[:32]}" if self.name and lines else ""


def units_max() -> int:
    """Of one SKU: no cart takes what no purchase may hold."""
    return min(hold_bounds().units or UNITS_MAX, UNITS_MAX)


def checked(units: int) -> int:
    if not 0 < units <= units_max():
        raise UnitsInvalid(units_max=units_max())
    return units


def cookie_name(base_id: UUID) -> str:
    return f"cart_{base_id.hex}"


def sealed(cart: Cart) -> str:
    """Ids as 22 letters and each show once, so that a full cart fits a cookie."""
    shows = list(dict.fromkeys(line.show_id for line in cart.lines if line.show_id is not None))
    lines = [
        [
            _short(line.sku_id),
            line.units,
            shows.index(line.show_id) if line.show_id is not None else -1,
            f"{line.seen.minor} {line.seen.currency}" if line.seen is not None else "",
        ]
        for line in cart.lines
    ]
    return signed(
        "cart", days=DAYS, base=cart.base_id.hex, shows=[_short(show) for show in shows], lines=lines, name=cart.name
    )


def _short(number: UUID) -> str:
    return base64.urlsafe_b64encode(number.bytes).rstrip(b"=").decode()


def _long(text: str) -> UUID:
    return UUID(bytes=from_base64(text))


def _money(text: str) -> Money | None:
    minor, _, currency = text.partition(" ")
    return Money(int(minor), currency) if currency else None


def unsealed(text: str | None, base_id: UUID) -> Cart:
    """The cart of a cookie; an empty one for a forged, old or foreign cookie."""
    try:
        claims = opened("cart", text or "")
    except SilkcastError:
        return Cart(base_id=base_id)
    if claims["base"] != base_id.hex or "shows" not in claims:
        return Cart(base_id=base_id)
    shows = [_long(show) for show in claims["shows"]]
    lines = tuple(
        CartLine(sku_id=_long(sku), units=units, show_id=shows[show] if show >= 0 else None, seen=_money(seen))
        for sku, units, show, seen in claims["lines"]
    )
    return Cart(base_id=base_id, lines=lines, name=claims.get("name", ""))
