from __future__ import annotations

from dataclasses import dataclass

from silkcast.domains.base.contracts import Role
from silkcast.domains.base.errors import EmailTaken, InvitationInvalid, LastOperator
from silkcast.domains.base.events import InvitationAccepted, PersonInvited, RoleGranted, RoleWithdrawn
from silkcast.domains.base.models import Merchant, Person, RoleGrant
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.events import announce
from silkcast.kernel.ids import MerchantId, PersonId, new_id
from silkcast.kernel.texts import email_of


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
def invite(ctx: Context, request: Invite) -> Invited:
    """Let somebody in; they set their password through the invitation link."""
    email = email_of(request.email)
    if Person.objects.filter(email__iexact=email).exists():
        raise EmailTaken(email=email)
    person = Person(
        id=new_id(),
        base_id=ctx.base_id,
        email=email.lower(),
        name=request.name or email,
        invited_at=ctx.at,
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    _write_grant(ctx, PersonId(person.id), request.role, request.for_merchant_id)
    announce(ctx, PersonInvited(person_id=PersonId(person.id), role=request.role.value))
    return Invited(person_id=PersonId(person.id))


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
    held = RoleGrant.objects.scoped(ctx).filter(
        person_id=request.person_id, role=request.role.value, merchant_id=request.for_merchant_id
    )
    if not held.exists():
        _write_grant(ctx, request.person_id, request.role, request.for_merchant_id)
        announce(
            ctx,
            RoleGranted(person_id=request.person_id, role=request.role.value, merchant_id=request.for_merchant_id),
        )
    return Invited(person_id=request.person_id)


def _write_grant(ctx: Context, person_id: PersonId, role: Role, merchant_id: MerchantId | None) -> None:
    if role is Role.MERCHANT:
        Merchant.objects.scoped(ctx).one(id=merchant_id)
    RoleGrant(
        base_id=ctx.base_id,
        person_id=person_id,
        role=role.value,
        merchant_id=merchant_id if role is Role.MERCHANT else None,
    ).save(force_insert=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRole:
    person_id: PersonId
    grant_id: str


@action("base.withdraw_role", request=WithdrawRole, permission="base.grant", icon="minus")
def withdraw(ctx: Context, request: WithdrawRole) -> Invited:
    """Take a role away; the last operator of a base keeps theirs."""
    held = RoleGrant.objects.scoped(ctx).one(id=request.grant_id, person_id=request.person_id)
    operators = RoleGrant.objects.scoped(ctx).filter(role=Role.OPERATOR.value)
    if held.role == Role.OPERATOR.value and operators.count() == 1:
        raise LastOperator
    RoleGrant.objects.scoped(ctx).filter(id=held.id).delete()
    announce(ctx, RoleWithdrawn(person_id=request.person_id, role=held.role))
    return Invited(person_id=request.person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptInvitation:
    """`password_hash` as Django's hashers make it: the password itself enters no action."""

    person_id: PersonId
    password_hash: str


@action("base.accept_invitation", request=AcceptInvitation, icon="check", personal=("password_hash",))
def accept_invitation(ctx: Context, request: AcceptInvitation) -> Invited:
    """Set the first password of somebody who was invited; an invitation works once."""
    person = Person.objects.filter(base_id=ctx.base_id, id=request.person_id, is_active=True).first()
    if person is None or person.has_usable_password():
        raise InvitationInvalid
    person.password = request.password_hash
    person.save(update_fields=["password"])
    announce(ctx, InvitationAccepted(person_id=request.person_id))
    return Invited(person_id=request.person_id)
