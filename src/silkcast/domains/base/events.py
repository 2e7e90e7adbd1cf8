from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from silkcast.kernel.events import Event, event
from silkcast.kernel.ids import MerchantId, PersonId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInvited(Event):
    """Somebody may soon sign in; the invitation itself travels outside the events."""

    topic: ClassVar[str] = "base.person_invited"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId
    role: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(Event):
    topic: ClassVar[str] = "base.invitation_accepted"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted(Event):
    topic: ClassVar[str] = "base.role_granted"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId
    role: str
    merchant_id: MerchantId | None = None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWithdrawn(Event):
    topic: ClassVar[str] = "base.role_withdrawn"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId
    role: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyMade(Event):
    topic: ClassVar[str] = "base.api_key_made"
    subject: ClassVar[str] = "api_key_id"
    api_key_id: str
    scopes: tuple[str, ...]


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Event):
    topic: ClassVar[str] = "base.api_key_revoked"
    subject: ClassVar[str] = "api_key_id"
    api_key_id: str
