from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from silkcast.kernel.ids import MerchantId, OrderId, SkuId


class WarehouseKind(StrEnum):
    DOMESTIC = "domestic"
    OVERSEAS = "overseas"
    BONDED = "bonded"


class ReservationState(StrEnum):
    """held -> claimed (paid) -> shipped, or held/claimed -> released."""

    HELD = "held"
    CLAIMED = "claimed"
    SHIPPED = "shipped"
    RELEASED = "released"


class MovementKind(StrEnum):
    RECEIVE = "receive"
    COUNT = "count"
    TRANSFER = "transfer"
    RESERVE = "reserve"
    RELEASE = "release"
    SHIP = "ship"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Units of a SKU that one order wants, all or nothing."""

    order_id: OrderId
    merchant_id: MerchantId
    sku_id: SkuId
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseView:
    id: UUID
    name: str
    kind: WarehouseKind
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockView:
    sku_id: SkuId
    warehouse_id: UUID
    units_on_hand: int
    units_reserved: int

    @property
    def units_free(self) -> int:
        return self.units_on_hand - self.units_reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementView:
    at: datetime
    kind: MovementKind
    sku_id: SkuId
    warehouse_id: UUID
    units_on_hand_change: int
    units_reserved_change: int
    cause_id: UUID | None
