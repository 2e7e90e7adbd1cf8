from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.inventory.contracts import Need


@dataclass(frozen=True, slots=True)
class Shelf:
    stock_id: UUID
    warehouse_id: UUID
    units_free: int


@dataclass(slots=True)
class Pick:
    need: Need
    stock_id: UUID
    warehouse_id: UUID
    units: int


class Allocation:
    """Fills carts one after another, each wholly or not at all, from the shelves in the order given."""

    def __init__(self, shelves: Mapping[UUID, Sequence[Shelf]]) -> None:
        self._shelves = {sku_id: [_Left(shelf, shelf.units_free) for shelf in rows] for sku_id, rows in shelves.items()}

    def take(self, cart: Sequence[Need]) -> list[Pick] | Need:
        """What to take from where, or the need that can't be met; then nothing is taken.

        Needs of one SKU within a cart are counted together, so two lines cannot both take the last unit.
        """
        taken: list[tuple[_Left, Pick]] = []
        for need in cart:
            missing = need.units
            for left in self._shelves.get(need.sku_id, ()):
                units = min(missing, left.units)
                if units > 0:
                    taken.append((left, Pick(need, left.shelf.stock_id, left.shelf.warehouse_id, units)))
                    left.units -= units
                    missing -= units
                if not missing:
                    break
            if missing:
                for left, pick in taken:
                    left.units += pick.units
                return need
        return [pick for _, pick in taken]

    def taken(self) -> dict[UUID, int]:
        """Units set aside so far, by shelf."""
        lefts = [left for rows in self._shelves.values() for left in rows]
        return {left.shelf.stock_id: left.shelf.units_free - left.units for left in lefts}


@dataclass(slots=True)
class _Left:
    """What is still free on a shelf."""

    shelf: Shelf
    units: int
