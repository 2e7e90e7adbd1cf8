from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.base.errors import ScopeUnknown
from silkcast.domains.base.events import ApiKeyMade, ApiKeyRevoked
from silkcast.domains.base.models import ApiKey
from silkcast.domains.base.roles import SCOPES
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import new_id

KEY_BYTES = 24


def fresh_key() -> str:
    """A key to show once; only its digest is kept."""
    return f"sk_{secrets.token_urlsafe(KEY_BYTES)}"


def digest_of_key(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeApiKey:
    """`digest` and `prefix` come from the caller, so that the key itself is neither stored, audited nor replayed."""

    name: str
    scopes: tuple[str, ...]
    digest: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRef:
    key_id: UUID


@action("base.make_api_key", request=MakeApiKey, permission="base.set_api_key", icon="key", personal=("digest",))
def make_api_key(ctx: Context, request: MakeApiKey) -> ApiKeyRef:
    """Give a program the right to act for the base, or for the merchant whose person makes the key."""
    unknown = set(request.scopes) - set(SCOPES)
    if unknown or not request.scopes:
        raise ScopeUnknown(scopes=sorted(unknown))
    key = ApiKey(
        id=new_id(),
        base_id=ctx.base_id,
        merchant_id=ctx.merchant_id,
        name=request.name,
        prefix=request.prefix,
        digest=request.digest,
        scopes=list(request.scopes),
        created_at=ctx.at,
    )
    key.save(force_insert=True)
    announce(ctx, ApiKeyMade(api_key_id=str(key.id), scopes=request.scopes))
    return ApiKeyRef(key_id=key.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeApiKey:
    key_id: UUID


@action("base.revoke_api_key", request=RevokeApiKey, permission="base.set_api_key", icon="close")
def revoke_api_key(ctx: Context, request: RevokeApiKey) -> ApiKeyRef:
    """End a key at once; revoking twice changes nothing."""
    ApiKey.objects.scoped(ctx).one(id=request.key_id)
    changed = ApiKey.objects.scoped(ctx).filter(id=request.key_id, revoked_at=None).update(revoked_at=ctx.at)
    if changed:
        announce(ctx, ApiKeyRevoked(api_key_id=str(request.key_id)))
    return ApiKeyRef(key_id=request.key_id)
