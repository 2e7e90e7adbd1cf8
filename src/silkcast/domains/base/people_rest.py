"""`/api/v1/people`: letting people in and out, within what the key itself may do; and the log of sign-ins."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import PersonView, Role, SignInOutcome, SignInView
from silkcast.kernel.ids import MerchantId, PersonId
from silkcast.kernel.rest import Body, Id, Limit, Offset, Page, act, allowed_for_base, page, sliced
from silkcast.kernel.texts import LINE

router = Router(tags=["people"])
ONE = "/people/{uuid:person_id}"
HELD = f"{ONE}/roles/{{uuid:grant_id}}"


@router.get("/people", response=Page[PersonView])
def list_people(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    return sliced(base.list_people(allowed_for_base(request, "read.people")), offset, limit)


class RoleWanted(Body):
    """`for_merchant_id`: for the role of a merchant's own person, and for no other."""

    role: Role
    for_merchant_id: UUID | None = None

    @property
    def merchant(self) -> MerchantId | None:
        return MerchantId(self.for_merchant_id) if self.for_merchant_id else None


class PersonWanted(RoleWanted):
    name: str = Field(min_length=1, max_length=80, pattern=LINE)
    email: str = Field(min_length=3, max_length=254)


class PersonRef(Schema):
    person_id: UUID


class PasswordLink(PersonRef):
    """`link` sets the person's password, once: send it to them and to nobody else."""

    link: str


@router.post("/people", response={201: PasswordLink})
def invite(request: HttpRequest, wanted: PersonWanted) -> PasswordLink:
    """Let somebody in with one role; a key gives no right that it does not have itself."""
    asked = base.Invite(name=wanted.name, email=wanted.email, role=wanted.role, for_merchant_id=wanted.merchant)
    return _link(act(request, asked))


def _link(answer: Any) -> PasswordLink:
    link = base.password_link(answer)
    return PasswordLink(person_id=PersonRef.model_validate(answer).person_id, link=link)


@router.post(f"{ONE}/password-link", response=PasswordLink)
def make_password_link(request: HttpRequest, person_id: UUID) -> PasswordLink:
    """A new link to a first or a new password; an earlier one opens nothing from now on."""
    return _link(act(request, base.MakePasswordLink(person_id=PersonId(person_id))))


@router.post(f"{ONE}/deactivate", response=PersonRef)
def deactivate(request: HttpRequest, person_id: UUID) -> object:
    """Close an account: its sessions and the keys that the person made end at once."""
    return act(request, base.DeactivatePerson(person_id=PersonId(person_id)))


@router.post(f"{ONE}/reactivate", response=PersonRef)
def reactivate(request: HttpRequest, person_id: UUID) -> object:
    """Open a closed account again, with the roles that it had."""
    return act(request, base.ReactivatePerson(person_id=PersonId(person_id)))


@router.post(f"{ONE}/roles", response=PersonRef)
def grant(request: HttpRequest, person_id: UUID, wanted: RoleWanted) -> object:
    """Give one more role; giving it twice changes nothing."""
    asked = base.GrantRole(person_id=PersonId(person_id), role=wanted.role, for_merchant_id=wanted.merchant)
    return act(request, asked)


@router.post(f"{HELD}/change", response=PersonRef)
def change_role(request: HttpRequest, person_id: UUID, grant_id: UUID, wanted: RoleWanted) -> object:
    """Put another role in this one's place."""
    asked = base.ChangeRole(
        person_id=PersonId(person_id), grant_id=str(grant_id), role=wanted.role, for_merchant_id=wanted.merchant
    )
    return act(request, asked)


@router.post(f"{HELD}/withdraw", response=PersonRef)
def withdraw(request: HttpRequest, person_id: UUID, grant_id: UUID) -> object:
    """Take a role away, and with it what it opened."""
    return act(request, base.WithdrawRole(person_id=PersonId(person_id), grant_id=str(grant_id)))


Person = Annotated[Id | None, Query(description="Of this person alone.")]
Outcome = Annotated[SignInOutcome | None, Query(description="With this outcome alone.")]


@router.get("/sign-ins", response=Page[SignInView])
def list_sign_ins(
    request: HttpRequest, person_id: Person = None, outcome: Outcome = None, limit: Limit = 50, offset: Offset = 0
) -> dict[str, object]:
    """Who came in, who was refused, who was signed out; newest first. A network is kept, never an address."""
    ctx = allowed_for_base(request, "read.people")
    found, total = base.list_sign_ins(ctx, person_id=person_id, outcome=outcome, offset=offset, limit=limit)
    return page(found, total, offset)
