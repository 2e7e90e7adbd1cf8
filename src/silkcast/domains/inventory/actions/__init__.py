"""What people do to shelves; what orders do to them is in `reservations`, called from orders' own actions."""

from silkcast.domains.inventory.actions import shelves

__all__ = ["shelves"]
