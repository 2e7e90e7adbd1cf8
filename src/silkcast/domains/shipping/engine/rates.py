from __future__ import annotations


def parcel_minor(first_minor: int, per_kg_minor: int, weight_g: int) -> int:
    """The price of one parcel: the first price covers the first kilogram, every further started one is added.

    >>> parcel_minor(500, 300, 1000), parcel_minor(500, 300, 1001)
    (500, 800)
    """
    further_kg = max(0, -(-weight_g // 1000) - 1)
    return first_minor + per_kg_minor * further_kg
