from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.base.errors import ScopeOfBase, ScopeUnknown
from silkcast.domains.base.events import ApiKeyMade, ApiKeyRevoked, ApiKeyTakenOver
from silkcast.domains.base.models import ApiKey, Merchant
from silkcast.domains.base.roles import MERCHANT_SCOPES, SCOPES
from silkcast.kernel.actions import action
from silkcast.kernel.context import ActorKind, Context
from silkcast.kernel.errors import NotAllowed
from silkcast.kernel.events import announce
from silkcast.kernel.ids import MerchantId, PersonId, new_id
from silkcast.kernel.texts import name_of

KEY_BYTES = 24


def fresh_key() -> str:
    """A key to show once; only its digest is kept."""
    return f"sk_{secrets.token_urlsafe(KEY_BYTES)}"


def digest_of_key(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeApiKey:
    """`digest` and `prefix` come from the caller, so that the key itself is neither stored, audited nor replayed.

    `for_merchant_id`: the key sees and does that merchant's own alone; None is the whole base, or the maker's merchant.
    """

    name: str
    scopes: tuple[str, ...]
    digest: str
    prefix: str
    for_merchant_id: MerchantId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRef:
    key_id: UUID


@action("base.make_api_key", request=MakeApiKey, permission="base.set_api_key", icon="key", personal=("digest",))
def make_api_key(ctx: Context, request: MakeApiKey) -> ApiKeyRef:
    """Give a program the right to act for the base, or for one merchant.

    It stands and falls with the person who made it, or with the key that did.
    """
    unknown = set(request.scopes) - set(SCOPES)
    if unknown or not request.scopes:
        raise ScopeUnknown(scopes=sorted(unknown))
    merchant_id = ctx.merchant_id or request.for_merchant_id
    if merchant_id is not None:
        Merchant.objects.scoped(ctx).one(id=request.for_merchant_id or merchant_id)
        if of_base := sorted(set(request.scopes) - MERCHANT_SCOPES):
            raise ScopeOfBase(field="scopes", scopes=of_base)
    maker = ctx.actor
    key = ApiKey(
        id=new_id(),
        base_id=ctx.base_id,
        merchant_id=merchant_id,
        name=name_of(request.name),
        prefix=request.prefix,
        digest=request.digest,
        scopes=list(request.scopes),
        created_at=ctx.at,
        made_by_person_id=UUID(maker.id) if maker.kind is ActorKind.PERSON else None,
        made_by_key_id=UUID(maker.id) if maker.kind is ActorKind.KEY else None,
    )
    key.save(force_insert=True)
    announce(ctx, ApiKeyMade(api_key_id=str(key.id), scopes=request.scopes))
    return ApiKeyRef(key_id=key.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeApiKey:
    key_id: UUID


@action("base.revoke_api_key", request=RevokeApiKey, permission="base.set_api_key", icon="close")
def revoke_api_key(ctx: Context, request: RevokeApiKey) -> ApiKeyRef:
    """End a key at once, and the keys that were made with it; revoking twice changes nothing."""
    key = ApiKey.objects.scoped(ctx).one(id=request.key_id)
    _revoke(ctx, [key])
    return ApiKeyRef(key_id=request.key_id)


def revoke_keys_of(ctx: Context, person_id: PersonId) -> None:
    """End the living keys that a person made, inside the action that takes their right away."""
    _revoke(ctx, list(ApiKey.objects.of(ctx.base_id).filter(made_by_person_id=person_id)))


def _revoke(ctx: Context, keys: list[ApiKey]) -> None:
    while keys:
        ids = [key.id for key in keys]
        ApiKey.objects.of(ctx.base_id).filter(id__in=ids, revoked_at=None).update(revoked_at=ctx.at)
        for key in keys:
            if key.revoked_at is None:
                announce(ctx, ApiKeyRevoked(api_key_id=str(key.id)))
        # A key that made keys is older than they are, so this comes to an end.
        keys = list(ApiKey.objects.of(ctx.base_id).filter(made_by_key_id__in=ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverApiKey:
    key_id: UUID


@action("base.take_over_api_key", request=TakeOverApiKey, permission="base.set_api_key", icon="person")
def take_over_api_key(ctx: Context, request: TakeOverApiKey) -> ApiKeyRef:
    """Let a living key stand with oneself, so that it outlives whoever made it."""
    if ctx.actor.kind is not ActorKind.PERSON:
        raise NotAllowed(verb="base.take_over_api_key")
    key = ApiKey.objects.scoped(ctx).one(id=request.key_id, revoked_at=None)
    person_id = PersonId(UUID(ctx.actor.id))
    ApiKey.objects.of(ctx.base_id).filter(id=key.id).update(made_by_person_id=person_id, made_by_key_id=None)
    announce(ctx, ApiKeyTakenOver(api_key_id=str(key.id), person_id=person_id))
    return ApiKeyRef(key_id=key.id)
