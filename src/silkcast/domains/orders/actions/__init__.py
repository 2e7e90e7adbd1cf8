"""The life of an order, one verb per function."""

from silkcast.domains.orders.actions import erase, fulfil, give_back, pay, place, refund

__all__ = ["erase", "fulfil", "give_back", "pay", "place", "refund"]
