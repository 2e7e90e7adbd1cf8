from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from silkcast.kernel.events import Event, event
from silkcast.kernel.ids import MerchantId, SkuId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoved(Event):
    """The shelf changed by hand: received, counted or transferred. Promises to orders are told by the orders."""

    topic: ClassVar[str] = "inventory.stock_moved"
    subject: ClassVar[str] = "sku_id"
    sku_id: SkuId
    merchant_id: MerchantId
    kind: str
    units: int
