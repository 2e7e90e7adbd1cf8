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


@dataclass(frozen=True, slots=True)
class Pick:
    need: Need
    stock_id: UUID
    warehouse_id: UUID
    units: int


def allocate(
    carts: Sequence[Sequence[Need]], shelves: Mapping[UUID, Sequence[Shelf]]
) -> tuple[list[list[Pick]], dict[int, Need]]:
    """Fill carts in the order given, each wholly or not at all, from the shelves in the order given.

    Returns one list of picks per cart and, for each cart that could not be filled, the need that failed. Needs of
    one SKU within a cart are counted together, so two lines cannot both take the last unit.
    """
    free = {shelf.stock_id: shelf.units_free for rows in shelves.values() for shelf in rows}
    picks: list[list[Pick]] = []
    failed: dict[int, Need] = {}
    for index, cart in enumerate(carts):
        taken: list[Pick] = []
        for need in cart:
            left = need.units
            for shelf in shelves.get(need.sku_id, ()):
                units = min(left, free[shelf.stock_id])
                if units > 0:
                    taken.append(Pick(need, shelf.stock_id, shelf.warehouse_id, units))
                    free[shelf.stock_id] -= units
                    left -= units
            if left:
                failed[index] = need
                break
        if index in failed:
            for pick in taken:
                free[pick.stock_id] += pick.units
            taken = []
        picks.append(taken)
    assert all(units >= 0 for units in free.values())
    return picks, failed
