"""`/api/v1`: who the key is, and the merchants, rooms, people and keys that it may see."""

from __future__ import annotations

import hmac
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import ApiKeyView, BaseView, MerchantView, RoomKind, RoomView
from silkcast.domains.base.errors import ScopeUnknown
from silkcast.domains.base.roles import SCOPES
from silkcast.kernel.context import Context, permits
from silkcast.kernel.errors import NotAllowed
from silkcast.kernel.http import context, retry_key
from silkcast.kernel.ids import MerchantId
from silkcast.kernel.rest import Body, Limit, Offset, Page, Whole, act, allowed, allowed_for_base, sliced
from silkcast.kernel.settings import load
from silkcast.kernel.texts import LINE

router = Router(tags=["base"])


class Me(Schema):
    """`merchant_id`: set for a key that acts for one merchant and sees its rows alone."""

    base: BaseView
    key_id: str
    merchant_id: MerchantId | None
    scopes: list[str]


@router.get("/me", response=Me)
def read_me(request: HttpRequest) -> Me:
    """Whose key this is and what it may do."""
    ctx = context(request)
    scopes = [name for name, verbs in SCOPES.items() if all(_may(ctx, verb) for verb in verbs)]
    return Me(base=base.get_base(ctx.base_id), key_id=ctx.actor.id, merchant_id=ctx.merchant_id, scopes=scopes)


class BaseWanted(Body):
    """What is left out stays as it is; `time_zone` as the IANA names it. The currency stays for good."""

    name: str | None = Field(None, min_length=1, max_length=80, pattern=LINE)
    time_zone: str | None = Field(None, max_length=80)


class BaseAnswer(Schema):
    set_base_id: UUID


@router.post("/base", response=BaseAnswer)
def set_base(request: HttpRequest, wanted: BaseWanted) -> object:
    """Give the base another name or time zone; its rooms that kept the old zone follow."""
    return act(request, base.SetBase(name=wanted.name, time_zone=wanted.time_zone))


def _may(ctx: Context, verb: str) -> bool:
    return permits(ctx, verb, merchant_id=ctx.merchant_id)


@router.get("/merchants", response=Page[MerchantView])
def list_merchants(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """Who sells through the base; a merchant's key finds itself."""
    return sliced(base.list_merchants(allowed(request, "read.products")), offset, limit)


class MerchantWanted(Body):
    """`commission_bp`: the base's share of sales, in hundredths of a percent."""

    name: str = Field(min_length=1, max_length=80, pattern=LINE)
    commission_bp: Whole = Field(ge=0, le=10_000)


class MerchantAdded(Schema):
    added_merchant_id: UUID


@router.post("/merchants", response={201: MerchantAdded})
def add_merchant(request: HttpRequest, wanted: MerchantWanted) -> object:
    """Take a merchant into the base on agreed terms."""
    return act(request, base.AddMerchant(name=wanted.name, commission_bp=wanted.commission_bp))


@router.get("/rooms", response=Page[RoomView])
def list_rooms(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    return sliced(base.list_rooms(allowed(request, "read.rooms")), offset, limit)


@router.get("/rooms/{uuid:room_id}", response=RoomView)
def read_room(request: HttpRequest, room_id: UUID) -> RoomView:
    return base.get_room(allowed(request, "read.rooms"), room_id)


class RoomWanted(Body):
    name: str = Field(min_length=1, max_length=80, pattern=LINE)
    kind: RoomKind


class RoomAdded(Schema):
    added_room_id: UUID


@router.post("/rooms", response={201: RoomAdded})
def add_room(request: HttpRequest, wanted: RoomWanted) -> object:
    """Open one more live room in the base's own time zone."""
    return act(request, base.AddRoom(name=wanted.name, kind=wanted.kind))


@router.get("/keys", response=Page[ApiKeyView])
def list_keys(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """Keys with their scopes; the keys themselves were shown once and cannot be read."""
    return sliced(base.list_api_keys(allowed_for_base(request, "read.people")), offset, limit)


class KeyWanted(Body):
    name: str = Field(min_length=1, max_length=80, pattern=LINE)
    scopes: list[str] = Field(min_length=1, max_length=len(SCOPES))
    merchant_id: UUID | None = None


class KeyMade(Schema):
    """`key` is shown here and never again, except to a repeat under the same Idempotency-Key."""

    key_id: UUID
    key: str


class KeyRef(Schema):
    key_id: UUID


@router.post("/keys", response={201: KeyMade})
def make_key(request: HttpRequest, wanted: KeyWanted) -> KeyMade:
    """Make a key for another program; it can get no scope that the asking key does not have.

    With `merchant_id` it sees and does that merchant's own alone.
    """
    ctx = allowed_for_base(request, "base.set_api_key")
    unknown = sorted(set(wanted.scopes) - set(SCOPES))
    if unknown:
        raise ScopeUnknown(scopes=unknown)
    for verb in sorted({verb for scope in wanted.scopes for verb in SCOPES[scope]}):
        if not permits(ctx, verb):
            raise NotAllowed(verb=verb)
    key = _key_for(ctx, retry_key(request))
    asked = base.MakeApiKey(
        name=wanted.name,
        scopes=tuple(dict.fromkeys(wanted.scopes)),
        digest=base.digest_of_key(key),
        prefix=key[:8],
        for_merchant_id=MerchantId(wanted.merchant_id) if wanted.merchant_id else None,
    )
    made = KeyRef.model_validate(act(request, asked))
    return KeyMade(key_id=made.key_id, key=key)


def _key_for(ctx: Context, retry: str | None) -> str:
    """A repeat must make the very same key, and no copy of it is kept: so it follows from the retry key."""
    if retry is None:
        return base.fresh_key()
    said = f"{ctx.base_id}:{ctx.actor.id}:{retry}".encode()
    return f"sk_{hmac.digest(load().signing_key(), b'api key for ' + said, 'sha256').hex()[:48]}"


@router.post("/keys/{uuid:key_id}/revoke", response=KeyRef)
def revoke_key(request: HttpRequest, key_id: UUID) -> object:
    """End a key at once; ending it twice changes nothing."""
    return act(request, base.RevokeApiKey(key_id=key_id))
