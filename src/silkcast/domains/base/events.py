from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from silkcast.kernel.events import Event, event
from silkcast.kernel.ids import BaseId, MerchantId, PersonId, SessionId


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


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Event):
    topic: ClassVar[str] = "base.signed_in"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId
    session_id: SessionId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """Signed out, here or from elsewhere, or ended with the right that it was opened with."""

    topic: ClassVar[str] = "base.session_ended"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId
    session_id: SessionId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSet(Event):
    """By the person themselves; all their other sessions ended with it."""

    topic: ClassVar[str] = "base.password_set"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLinkMade(Event):
    """Whoever has the link may set the person's password, once; the link itself travels outside the events."""

    topic: ClassVar[str] = "base.password_link_made"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeactivated(Event):
    topic: ClassVar[str] = "base.person_deactivated"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReactivated(Event):
    topic: ClassVar[str] = "base.person_reactivated"
    subject: ClassVar[str] = "person_id"
    person_id: PersonId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyTakenOver(Event):
    """The key now stands and falls with another person."""

    topic: ClassVar[str] = "base.api_key_taken_over"
    subject: ClassVar[str] = "api_key_id"
    api_key_id: str
    person_id: PersonId


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class BaseSet(Event):
    """The base got another name or time zone; the name itself travels outside the events."""

    topic: ClassVar[str] = "base.base_set"
    subject: ClassVar[str] = "base_id"
    base_id: BaseId
    time_zone: str
