from __future__ import annotations

from silkcast.kernel.errors import Conflict


class OutOfStock(Conflict):
    code = "inventory.out_of_stock"


class WouldBreakPromise(Conflict):
    """Fewer units would remain than are promised to orders."""

    code = "inventory.would_break_promise"


class WarehouseNameTaken(Conflict):
    code = "inventory.warehouse_name_taken"
