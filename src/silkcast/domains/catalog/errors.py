from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid


class SkuCodeTaken(Conflict):
    code = "catalog.sku_code_taken"


class SkuUnknown(Invalid):
    code = "catalog.sku_unknown"


class NoPrice(Invalid):
    """Neither a price in the currency nor a rate to make one from."""

    code = "catalog.no_price"


class NotCleared(Conflict):
    code = "catalog.not_cleared"


class NotListed(Conflict):
    """Taken off sale; orders placed before stay."""

    code = "catalog.not_listed"


class NoRate(Invalid):
    code = "catalog.no_rate"
