"""What other domains may ask of this one."""

from silkcast.domains.inventory.actions.shelves import AddWarehouse, MoveStock
from silkcast.domains.inventory.queries import (
    differences,
    list_movements,
    list_stock,
    list_warehouses,
    promised_units,
    units_free,
    units_free_on_shelves,
)
from silkcast.domains.inventory.reservations import Promises, claim, extend, release, ship

__all__ = [
    "AddWarehouse",
    "MoveStock",
    "Promises",
    "claim",
    "differences",
    "extend",
    "list_movements",
    "list_stock",
    "list_warehouses",
    "promised_units",
    "release",
    "ship",
    "units_free",
    "units_free_on_shelves",
]
