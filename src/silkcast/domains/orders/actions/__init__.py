"""The life of an order, one verb per function."""

from silkcast.domains.orders.actions import erase, fulfil, pay, place, refund

__all__ = ["erase", "fulfil", "pay", "place", "refund"]
