"""Everything that changes what is sold, and at which price."""

from silkcast.domains.catalog.actions import prices, products

__all__ = ["prices", "products"]
