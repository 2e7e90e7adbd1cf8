from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from silkcast.kernel.ids import OrderId
from silkcast.kernel.money import Money


class ConsignmentState(StrEnum):
    LABELLED = "labelled"
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingOption:
    id: UUID
    name: str
    carrier: str
    days_least: int
    days_most: int
    price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Personal: lives only sealed, on the label, and at the carrier."""

    name: str
    phone: str
    line1: str
    line2: str
    city: str
    region: str
    postcode: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequest:
    """`key` is the order's id: a carrier asked twice with it makes one parcel."""

    key: str
    number: str
    address: Address
    weight_g: int
    sender: str
    expected: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """`cost`: what the carrier charges for it, which may differ from what the rate card expected."""

    tracking_number: str
    cost: Money
    pdf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One tracking event in our own vocabulary."""

    state: ConsignmentState
    at: datetime
    place: str


class Carrier(Protocol):
    """What we need of a carrier; every call has a deadline inside, and may raise Unavailable."""

    def label(self, request: LabelRequest) -> Label: ...

    def track(self, tracking_number: str, since: datetime, now: datetime) -> list[Step]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsignmentView:
    id: UUID
    order_id: OrderId
    number: str
    carrier: str
    tracking_number: str
    state: ConsignmentState
    cost: Money
    created_at: datetime
    steps: tuple[Step, ...]
    has_label: bool
