"""What may leave the domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from silkcast.kernel.ids import BaseId, MerchantId, PersonId, RoomId


class BaseKind(StrEnum):
    REAL = "real"
    DEMO = "demo"


class RoomKind(StrEnum):
    STANDARD = "standard"
    GREEN_SCREEN = "green_screen"
    HALL = "hall"


class Role(StrEnum):
    OPERATOR = "operator"
    CREW = "crew"
    HOST = "host"
    FINANCE = "finance"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseView:
    id: BaseId
    slug: str
    name: str
    kind: BaseKind
    currency: str
    time_zone: str

    @property
    def is_simulated(self) -> bool:
        return self.kind is BaseKind.DEMO


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantView:
    id: MerchantId
    name: str
    commission_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    id: RoomId
    number: int
    name: str
    kind: RoomKind
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    id: str
    role: Role
    merchant_id: MerchantId | None
    room_id: RoomId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    id: PersonId
    base_id: BaseId
    name: str
    email: str
    language: str
    grants: tuple[GrantView, ...]
    is_invited: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyView:
    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    merchant_id: MerchantId | None
    created_at: datetime
    revoked_at: datetime | None
