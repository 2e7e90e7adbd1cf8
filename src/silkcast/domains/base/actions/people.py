from __future__ import annotations

from dataclasses import dataclass

from silkcast.domains.base.actions.accounts import end_what_was_opened_with, keep_an_operator
from silkcast.domains.base.contracts import LinkMade, Role
from silkcast.domains.base.errors import EmailTaken
from silkcast.domains.base.events import PersonInvited, RoleGranted, RoleWithdrawn
from silkcast.domains.base.models import Merchant, Person, RoleGrant
from silkcast.domains.base.roles import require_role
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid, Missing
from silkcast.kernel.events import announce
from silkcast.kernel.ids import MerchantId, PersonId, new_id
from silkcast.kernel.texts import NAME_LENGTH_MAX, email_of, mailbox, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    name: str
    email: str
    role: Role
    for_merchant_id: MerchantId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    person_id: PersonId


@action("base.invite", request=Invite, permission="base.invite", icon="mail", personal=("name", "email"))
def invite(ctx: Context, request: Invite) -> LinkMade:
    """Let somebody in; they set their password through the invitation link."""
    email = email_of(request.email)
    if Person.objects.called(email).exists():
        raise EmailTaken(email=email)
    person = Person(
        id=new_id(),
        base_id=ctx.base_id,
        email=mailbox(email),
        name=name_of(request.name) if request.name else email[:NAME_LENGTH_MAX],
        invited_at=ctx.at,
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    _write_grant(ctx, PersonId(person.id), request.role, request.for_merchant_id)
    announce(ctx, PersonInvited(person_id=PersonId(person.id), role=request.role.value))
    return LinkMade(person_id=PersonId(person.id), link_made_at=ctx.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole:
    person_id: PersonId
    role: Role
    for_merchant_id: MerchantId | None = None


@action("base.grant", request=GrantRole, permission="base.grant", icon="person")
def grant(ctx: Context, request: GrantRole) -> Invited:
    """Give one more role; giving it twice changes nothing."""
    if not Person.objects.filter(base_id=ctx.base_id, id=request.person_id).exists():
        raise Missing(kind="person", id=str(request.person_id))
    _grant_once(ctx, request.person_id, request.role, request.for_merchant_id)
    return Invited(person_id=request.person_id)


def _grant_once(ctx: Context, person_id: PersonId, role: Role, merchant_id: MerchantId | None) -> None:
    held = RoleGrant.objects.scoped(ctx).filter(
        person_id=person_id, role=role.value, merchant_id=merchant_id, room_id=None
    )
    if not held.exists():
        _write_grant(ctx, person_id, role, merchant_id)
        announce(ctx, RoleGranted(person_id=person_id, role=role.value, merchant_id=merchant_id))


def _write_grant(ctx: Context, person_id: PersonId, role: Role, merchant_id: MerchantId | None) -> None:
    """A role of the whole base is never given in the name of a merchant, who would see the others' rows with it."""
    if (role is Role.MERCHANT) != (merchant_id is not None):
        raise Invalid(field="for_merchant_id")
    require_role(ctx, role, merchant_id)
    if merchant_id is not None:
        Merchant.objects.scoped(ctx).one(id=merchant_id)
    RoleGrant(base_id=ctx.base_id, person_id=person_id, role=role.value, merchant_id=merchant_id).save(
        force_insert=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRole:
    person_id: PersonId
    grant_id: str


@action("base.withdraw_role", request=WithdrawRole, permission="base.grant", icon="minus")
def withdraw(ctx: Context, request: WithdrawRole) -> Invited:
    """Take a role away and end what it opened; the last operator of a base keeps theirs."""
    held = RoleGrant.objects.scoped(ctx).one(id=request.grant_id, person_id=request.person_id)
    _take_away(ctx, held)
    end_what_was_opened_with(ctx, request.person_id)
    return Invited(person_id=request.person_id)


def _take_away(ctx: Context, held: RoleGrant) -> None:
    person_id = PersonId(held.person_id)
    require_role(ctx, Role(held.role), held.merchant_id)
    if held.role == Role.OPERATOR.value:
        keep_an_operator(ctx, without=person_id)
    RoleGrant.objects.scoped(ctx).filter(id=held.id).delete()
    announce(ctx, RoleWithdrawn(person_id=person_id, role=held.role))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRole:
    """Another role in the place of one that is held."""

    person_id: PersonId
    grant_id: str
    role: Role
    for_merchant_id: MerchantId | None = None


@action("base.change_role", request=ChangeRole, permission="base.grant", icon="person")
def change_role(ctx: Context, request: ChangeRole) -> Invited:
    """Put one role in another's place, so that the person is never without; the same one changes nothing."""
    held = RoleGrant.objects.scoped(ctx).one(id=request.grant_id, person_id=request.person_id)
    if (held.role, held.merchant_id) != (request.role.value, request.for_merchant_id):
        _take_away(ctx, held)
        _grant_once(ctx, request.person_id, request.role, request.for_merchant_id)
        end_what_was_opened_with(ctx, request.person_id)
    return Invited(person_id=request.person_id)
