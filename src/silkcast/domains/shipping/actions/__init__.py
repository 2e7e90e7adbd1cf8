"""What is recorded of parcels; only the system does these, on a carrier's word."""

from silkcast.domains.shipping.actions import parcels, rates

__all__ = ["parcels", "rates"]
