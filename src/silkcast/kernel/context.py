"""Who does something, for which base, why and when; first argument of everything that acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from silkcast.kernel.errors import NotAllowed
from silkcast.kernel.ids import BaseId, MerchantId, RoomId


class ActorKind(StrEnum):
    PERSON = "person"
    KEY = "key"
    RULE = "rule"
    BUYER = "buyer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Verbs that an actor may do, within the base, and within one merchant or room where these are set."""

    verbs: frozenset[str]
    merchant_id: MerchantId | None = None
    room_id: RoomId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    kind: ActorKind
    id: str
    grants: tuple[Grant, ...] = ()


SYSTEM = Actor(kind=ActorKind.SYSTEM, id="system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`merchant_id` narrows every read of merchant-owned rows; None sees the whole base.

    `cause_id` is the event or the run that led here. `at` is UTC.
    """

    base_id: BaseId
    merchant_id: MerchantId | None = None
    actor: Actor
    cause_id: UUID | None = None
    at: datetime
    language: str = "en"

    def because(self, cause_id: UUID) -> Context:
        return Context(
            base_id=self.base_id,
            merchant_id=self.merchant_id,
            actor=self.actor,
            cause_id=cause_id,
            at=self.at,
            language=self.language,
        )


def id_asked_by(ctx: Context, of: UUID, what: str, key: str) -> UUID:
    """The id of what somebody asks for under a retry key: a repeat names the same thing, and nobody else's key does."""
    return uuid5(of, "\0".join((what, ctx.actor.kind, ctx.actor.id, key)))


def permits(ctx: Context, verb: str, *, merchant_id: MerchantId | None = None, room_id: RoomId | None = None) -> bool:
    """Whether the actor may do `verb` there: the one place that decides. Whatever no grant names is refused."""
    if ctx.actor.kind is ActorKind.SYSTEM:
        return True
    return any(
        verb in grant.verbs
        and (grant.merchant_id is None or grant.merchant_id == merchant_id)
        and (grant.room_id is None or grant.room_id == room_id)
        for grant in ctx.actor.grants
    )


def require(ctx: Context, verb: str, *, merchant_id: MerchantId | None = None, room_id: RoomId | None = None) -> None:
    if not permits(ctx, verb, merchant_id=merchant_id, room_id=room_id):
        raise NotAllowed(verb=verb)
