"""What may leave the domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from silkcast.kernel.ids import BaseId, MerchantId, PersonId, RoomId, SessionId

SESSION_DAYS = 7  # a session ends by itself so long after it began


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
    """`unknown_zone`: what was stored as the time zone and is none; `time_zone` is UTC then."""

    id: BaseId
    slug: str
    name: str
    kind: BaseKind
    currency: str
    time_zone: str
    unknown_zone: str = ""

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
class LinkMade:
    """`link_made_at` tells this link from those made for the person before and after."""

    person_id: PersonId
    link_made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """`invited_at`: when the link was made with which they may set a password; None once it was used."""

    id: PersonId
    base_id: BaseId
    name: str
    email: str
    language: str
    grants: tuple[GrantView, ...]
    is_invited: bool
    is_active: bool
    invited_at: datetime | None
    last_seen_at: datetime | None


class SignInOutcome(StrEnum):
    """What the log of sign-ins tells of."""

    SIGNED_IN = "signed_in"
    REFUSED = "refused"
    SIGNED_OUT = "signed_out"
    ENDED = "ended"  # from elsewhere: by its owner on another device, or with what it was opened with
    RENEWED = "password_set"
    LINK_MADE = "link_made"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """`device` and `network` as `engine.whereabouts` names them."""

    id: SessionId
    person_id: PersonId
    device: str
    network: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInView:
    """`times`: how often the same was tried from one network within the hour. `done_by`: who did it, if not they."""

    id: str
    at: datetime
    person_id: PersonId
    outcome: SignInOutcome
    times: int
    device: str
    network: str
    done_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyView:
    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    merchant_id: MerchantId | None
    created_at: datetime
    revoked_at: datetime | None
    made_by: PersonId | None
