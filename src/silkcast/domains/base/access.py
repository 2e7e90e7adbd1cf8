"""From a person or a key to the context in which they act; whoever has no role gets no verb."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from silkcast.domains.base.actions.keys import digest_of_key
from silkcast.domains.base.contracts import ApiKeyView, PersonView, Role
from silkcast.domains.base.queries import find_api_key
from silkcast.domains.base.roles import BUYER_VERBS, OWN, SCOPES, VERBS
from silkcast.kernel.context import Actor, ActorKind, Context, Grant
from silkcast.kernel.errors import Unauthenticated
from silkcast.kernel.ids import BaseId


def context_of_person(person: PersonView, at: datetime, language: str = "en") -> Context:
    """A merchant's own person sees that merchant's rows alone; one with a role of the base sees the whole base."""
    merchants = {grant.merchant_id for grant in person.grants if grant.role is Role.MERCHANT}
    of_base = any(grant.role is not Role.MERCHANT for grant in person.grants)
    return Context(
        base_id=person.base_id,
        merchant_id=None if of_base or not merchants else min(m for m in merchants if m is not None),
        actor=Actor(
            kind=ActorKind.PERSON,
            id=str(person.id),
            grants=tuple(
                Grant(verbs=VERBS[grant.role], merchant_id=grant.merchant_id, room_id=grant.room_id)
                for grant in person.grants
            )
            + ((Grant(verbs=OWN),) if person.grants else ()),
        ),
        at=at,
        language=language,
    )


def known_key(key: str) -> tuple[BaseId, ApiKeyView]:
    """Whose a key is; Unauthenticated for one that is none of ours, or was revoked."""
    found = find_api_key(digest_of_key(key))
    if found is None:
        raise Unauthenticated
    return found


def context_of_key(key: str, at: datetime, language: str = "en") -> Context:
    return context_with_key(*known_key(key), at, language)


def context_with_key(base_id: BaseId, view: ApiKeyView, at: datetime, language: str = "en") -> Context:
    verbs = frozenset[str]().union(*(SCOPES[scope] for scope in view.scopes if scope in SCOPES))
    return Context(
        base_id=base_id,
        merchant_id=view.merchant_id,
        actor=Actor(kind=ActorKind.KEY, id=view.id, grants=(Grant(verbs=verbs, merchant_id=view.merchant_id),)),
        at=at,
        language=language,
    )


def context_of_buyer(base_id: UUID, viewer: str, at: datetime, language: str = "en") -> Context:
    return Context(
        base_id=BaseId(base_id),
        actor=Actor(kind=ActorKind.BUYER, id=viewer, grants=(Grant(verbs=BUYER_VERBS),)),
        at=at,
        language=language,
    )
