"""The life of an order, one verb per function."""

from silkcast.domains.orders.actions import fulfil, pay, place, refund

__all__ = ["fulfil", "pay", "place", "refund"]
