from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from silkcast.domains.base.contracts import (
    ApiKeyView,
    BaseKind,
    BaseView,
    GrantView,
    MerchantView,
    PersonView,
    Role,
    RoomKind,
    RoomView,
)
from silkcast.domains.base.models import ApiKey, Base, Merchant, Person, RoleGrant, Room
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.ids import BaseId, MerchantId, PersonId, RoomId


def _view(row: Base) -> BaseView:
    return BaseView(
        id=BaseId(row.id),
        slug=row.slug,
        name=row.name,
        kind=BaseKind(row.kind),
        currency=row.currency,
        time_zone=row.time_zone,
    )


def get_base(base_id: UUID) -> BaseView:
    row = Base.objects.filter(id=base_id).first()
    if row is None:
        raise Missing(kind="base", id=str(base_id))
    return _view(row)


def list_bases() -> list[BaseView]:
    return [_view(row) for row in Base.objects.order_by("created_at")]


def list_merchants(ctx: Context) -> list[MerchantView]:
    """The base's merchants; a merchant's own people see only theirs."""
    rows = Merchant.objects.scoped(ctx).order_by("name")
    if ctx.merchant_id is not None:
        rows = rows.filter(id=ctx.merchant_id)
    return [MerchantView(id=MerchantId(row.id), name=row.name, commission_bp=row.commission_bp) for row in rows]


def merchant_names(ctx: Context) -> dict[UUID, str]:
    return dict(Merchant.objects.scoped(ctx).values_list("id", "name"))


def list_rooms(ctx: Context) -> list[RoomView]:
    return [
        RoomView(id=RoomId(row.id), number=row.number, name=row.name, kind=RoomKind(row.kind), time_zone=row.time_zone)
        for row in Room.objects.scoped(ctx).order_by("number")
    ]


def get_room(ctx: Context, room_id: UUID) -> RoomView:
    row = Room.objects.scoped(ctx).one(id=room_id)
    return RoomView(
        id=RoomId(row.id), number=row.number, name=row.name, kind=RoomKind(row.kind), time_zone=row.time_zone
    )


def _grants(rows: Iterable[RoleGrant]) -> dict[UUID, list[GrantView]]:
    found: dict[UUID, list[GrantView]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(
            GrantView(
                id=str(row.id),
                role=Role(row.role),
                merchant_id=MerchantId(row.merchant_id) if row.merchant_id else None,
                room_id=RoomId(row.room_id) if row.room_id else None,
            )
        )
    return found


def _person(row: Person, grants: dict[UUID, list[GrantView]]) -> PersonView:
    return PersonView(
        id=PersonId(row.id),
        base_id=BaseId(row.base_id),
        name=row.name,
        email=row.email,
        language=row.language,
        grants=tuple(grants.get(row.id, ())),
        is_invited=not row.has_usable_password(),
        last_seen_at=row.last_login,
    )


def list_people(ctx: Context) -> list[PersonView]:
    grants = _grants(RoleGrant.objects.scoped(ctx))
    return [_person(row, grants) for row in Person.objects.filter(base_id=ctx.base_id).order_by("name")]


def get_person(person_id: UUID) -> PersonView:
    row = Person.objects.filter(id=person_id, is_active=True).first()
    if row is None:
        raise Missing(kind="person", id=str(person_id))
    return _person(row, _grants(RoleGrant.objects.of(row.base_id).filter(person_id=row.id)))


def list_api_keys(ctx: Context) -> list[ApiKeyView]:
    rows = ApiKey.objects.scoped(ctx).order_by("-created_at")
    if ctx.merchant_id is not None:
        rows = rows.filter(merchant_id=ctx.merchant_id)
    return [_key(row) for row in rows]


def _key(row: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        id=str(row.id),
        name=row.name,
        prefix=row.prefix,
        scopes=tuple(row.scopes),
        merchant_id=MerchantId(row.merchant_id) if row.merchant_id else None,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def find_api_key(digest: str) -> tuple[BaseId, ApiKeyView] | None:
    """The living key with that digest, and its base."""
    row = ApiKey.objects.across_bases().filter(digest=digest, revoked_at=None).first()
    return (BaseId(row.base_id), _key(row)) if row else None
