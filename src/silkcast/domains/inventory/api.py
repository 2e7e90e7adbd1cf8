"""What other domains may ask of this one."""

from silkcast.domains.inventory.actions.shelves import AddWarehouse, MoveStock
from silkcast.domains.inventory.queries import (
    differences,
    list_movements,
    list_stock,
    list_warehouses,
    units_free,
)
from silkcast.domains.inventory.reservations import claim, extend, release, reserve, ship

__all__ = [
    "AddWarehouse",
    "MoveStock",
    "claim",
    "differences",
    "extend",
    "list_movements",
    "list_stock",
    "list_warehouses",
    "release",
    "reserve",
    "ship",
    "units_free",
]
