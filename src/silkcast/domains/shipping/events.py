from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from silkcast.kernel.events import Event, event
from silkcast.kernel.ids import OrderId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsignmentLabelled(Event):
    """A parcel has a label and a tracking number; its price is known."""

    topic: ClassVar[str] = "shipping.consignment_labelled"
    subject: ClassVar[str] = "consignment_id"
    consignment_id: UUID
    order_id: OrderId
    carrier: str
    cost_minor: int
    currency: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsignmentMoved(Event):
    """The carrier reported a new state that is not yet the arrival."""

    topic: ClassVar[str] = "shipping.consignment_moved"
    subject: ClassVar[str] = "consignment_id"
    consignment_id: UUID
    order_id: OrderId
    state: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsignmentDelivered(Event):
    topic: ClassVar[str] = "shipping.consignment_delivered"
    subject: ClassVar[str] = "consignment_id"
    consignment_id: UUID
    order_id: OrderId
