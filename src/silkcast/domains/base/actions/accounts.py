"""Letting people in and out: sessions, passwords, and the closing of an account with all that was opened with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from silkcast.domains.base.actions.keys import revoke_keys_of
from silkcast.domains.base.contracts import SESSION_DAYS, LinkMade, Role, SignInOutcome
from silkcast.domains.base.errors import InvitationInvalid, LastOperator, OnlyOnesOwn, PersonInactive
from silkcast.domains.base.events import (
    InvitationAccepted,
    PasswordLinkMade,
    PasswordSet,
    PersonDeactivated,
    PersonReactivated,
    SignedIn,
)
from silkcast.domains.base.models import Person, RoleGrant, Session
from silkcast.domains.base.roles import require_role
from silkcast.domains.base.sign_ins import end_sessions, note, sessions_of
from silkcast.kernel.actions import action
from silkcast.kernel.context import ActorKind, Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.events import announce
from silkcast.kernel.ids import PersonId, SessionId

SESSIONS_MAX = 20  # of one person; the one that was not seen for longest makes place


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef:
    person_id: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who they are was found out before; `device` and `network` as `engine.whereabouts` names them."""

    person_id: PersonId
    session_id: SessionId
    device: str
    network: str


@action("base.sign_in", request=SignIn, permission="base.own_account", icon="person", personal=("device", "network"))
def sign_in(ctx: Context, request: SignIn) -> AccountRef:
    """Open a session in one browser."""
    _only_ones_own(ctx, request.person_id)
    Session.objects.of(ctx.base_id).filter(
        person_id=request.person_id, began_at__lt=ctx.at - timedelta(days=SESSION_DAYS)
    ).delete()
    end_sessions(ctx, sessions_of(ctx, request.person_id)[SESSIONS_MAX - 1 :], SignInOutcome.ENDED)
    Session(
        id=request.session_id,
        base_id=ctx.base_id,
        person_id=request.person_id,
        device=request.device,
        network=request.network,
        began_at=ctx.at,
        seen_at=ctx.at,
    ).save(force_insert=True)
    note(ctx, request.person_id, SignInOutcome.SIGNED_IN, device=request.device, network=request.network)
    announce(ctx, SignedIn(person_id=request.person_id, session_id=request.session_id))
    return AccountRef(person_id=request.person_id)


def _only_ones_own(ctx: Context, person_id: PersonId) -> None:
    if ctx.actor.kind is not ActorKind.SYSTEM and ctx.actor.id != str(person_id):
        raise OnlyOnesOwn


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSession:
    """`is_here`: asked for in that very browser."""

    person_id: PersonId
    session_id: SessionId
    is_here: bool


@action("base.end_session", request=EndSession, permission="base.own_account", icon="close")
def end_session(ctx: Context, request: EndSession) -> AccountRef:
    """Sign out one browser of one's own; ending it twice changes nothing."""
    _only_ones_own(ctx, request.person_id)
    ended = [row for row in sessions_of(ctx, request.person_id) if row.id == request.session_id]
    end_sessions(ctx, ended, SignInOutcome.SIGNED_OUT if request.is_here else SignInOutcome.ENDED)
    return AccountRef(person_id=request.person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOtherSessions:
    person_id: PersonId
    kept_session_id: SessionId


@action("base.end_other_sessions", request=EndOtherSessions, permission="base.own_account", icon="close")
def end_other_sessions(ctx: Context, request: EndOtherSessions) -> AccountRef:
    """Sign out every browser of one's own but this one."""
    _only_ones_own(ctx, request.person_id)
    _end_all_but(ctx, request.person_id, request.kept_session_id)
    return AccountRef(person_id=request.person_id)


def _end_all_but(ctx: Context, person_id: PersonId, kept: SessionId | None = None) -> None:
    others = [row for row in sessions_of(ctx, person_id) if row.id != kept]
    end_sessions(ctx, others, SignInOutcome.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """`password_hash` as Django's hashers make it: the password itself enters no action. The old one was asked for."""

    person_id: PersonId
    password_hash: str
    kept_session_id: SessionId


@action(
    "base.change_password",
    request=ChangePassword,
    permission="base.own_account",
    icon="key",
    personal=("password_hash",),
)
def change_password(ctx: Context, request: ChangePassword) -> AccountRef:
    """Set one's own new password; every other browser is signed out with the old one."""
    _only_ones_own(ctx, request.person_id)
    _set_password(ctx, _person(ctx, request.person_id), request.password_hash)
    _end_all_but(ctx, request.person_id, request.kept_session_id)
    return AccountRef(person_id=request.person_id)


def _person(ctx: Context, person_id: PersonId) -> Person:
    found = Person.objects.filter(base_id=ctx.base_id, id=person_id).first()
    if found is None:
        raise Missing(kind="person", id=str(person_id))
    return found


def _set_password(ctx: Context, person: Person, password_hash: str) -> None:
    """Whatever link was out is used up with it."""
    person.password, person.invited_at = password_hash, None
    person.save(update_fields=["password", "invited_at"])
    note(ctx, PersonId(person.id), SignInOutcome.RENEWED)
    announce(ctx, PasswordSet(person_id=PersonId(person.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePasswordLink:
    person_id: PersonId


@action("base.make_password_link", request=MakePasswordLink, permission="base.set_person", icon="mail")
def make_password_link(ctx: Context, request: MakePasswordLink) -> LinkMade:
    """Let a person set a new password through a link, or their first one: an earlier link opens nothing from now on."""
    person = _person(ctx, request.person_id)
    if not person.is_active:
        raise PersonInactive
    _require_roles_of(ctx, request.person_id)
    person.invited_at = ctx.at
    person.save(update_fields=["invited_at"])
    note(ctx, request.person_id, SignInOutcome.LINK_MADE)
    announce(ctx, PasswordLinkMade(person_id=request.person_id))
    return LinkMade(person_id=request.person_id, link_made_at=ctx.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptInvitation:
    """`password_hash` as Django's hashers make it; `link_made_at`: of the link that they hold."""

    person_id: PersonId
    password_hash: str
    link_made_at: datetime


@action("base.accept_invitation", request=AcceptInvitation, icon="check", personal=("password_hash",))
def accept_invitation(ctx: Context, request: AcceptInvitation) -> AccountRef:
    """Set a password through a link; it works once, and ends what was opened with an earlier password."""
    person = Person.objects.filter(base_id=ctx.base_id, id=request.person_id, is_active=True).first()
    if person is None or person.invited_at != request.link_made_at:
        raise InvitationInvalid
    is_first = not person.has_usable_password()
    _set_password(ctx, person, request.password_hash)
    _end_all_but(ctx, request.person_id)
    if is_first:
        announce(ctx, InvitationAccepted(person_id=request.person_id))
    return AccountRef(person_id=request.person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivatePerson:
    person_id: PersonId


@action("base.deactivate_person", request=DeactivatePerson, permission="base.set_person", icon="close")
def deactivate_person(ctx: Context, request: DeactivatePerson) -> AccountRef:
    """Close an account: sessions and the API keys that the person made end at once. Roles and history stay."""
    person = _person(ctx, request.person_id)
    _require_roles_of(ctx, request.person_id)
    if person.is_active:
        keep_an_operator(ctx, without=request.person_id)
        person.is_active, person.invited_at = False, None
        person.save(update_fields=["is_active", "invited_at"])
        note(ctx, request.person_id, SignInOutcome.DEACTIVATED)
        announce(ctx, PersonDeactivated(person_id=request.person_id))
        _end_all_but(ctx, request.person_id)
        revoke_keys_of(ctx, request.person_id)
    return AccountRef(person_id=request.person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivatePerson:
    person_id: PersonId


@action("base.reactivate_person", request=ReactivatePerson, permission="base.set_person", icon="check")
def reactivate_person(ctx: Context, request: ReactivatePerson) -> AccountRef:
    """Open a closed account again with the roles it had; sessions and keys that ended stay ended."""
    person = _person(ctx, request.person_id)
    _require_roles_of(ctx, request.person_id)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        note(ctx, request.person_id, SignInOutcome.REACTIVATED)
        announce(ctx, PersonReactivated(person_id=request.person_id))
    return AccountRef(person_id=request.person_id)


def _require_roles_of(ctx: Context, person_id: PersonId) -> None:
    """Whoever closes an account, or could enter it through a link, may do all that its owner may."""
    for role, merchant_id in (
        RoleGrant.objects.of(ctx.base_id).filter(person_id=person_id).values_list("role", "merchant_id")
    ):
        require_role(ctx, Role(role), merchant_id)


def keep_an_operator(ctx: Context, *, without: PersonId) -> None:
    """LastOperator when that person is the only one who can give rights in this base: invited ones cannot yet."""
    operators = RoleGrant.objects.of(ctx.base_id).filter(role=Role.OPERATOR.value).values_list("person_id", flat=True)
    ids = set(operators)
    if without not in ids:
        return
    others = Person.objects.filter(base_id=ctx.base_id, id__in=ids - {without}, is_active=True)
    if not any(other.has_usable_password() for other in others):
        raise LastOperator


def end_what_was_opened_with(ctx: Context, person_id: PersonId) -> None:
    """After a role was taken away: what the remaining ones would not have opened."""
    left = {
        Role(role)
        for role in RoleGrant.objects.of(ctx.base_id).filter(person_id=person_id).values_list("role", flat=True)
    }
    if not left:
        _end_all_but(ctx, person_id)
    if Role.OPERATOR not in left:
        revoke_keys_of(ctx, person_id)
