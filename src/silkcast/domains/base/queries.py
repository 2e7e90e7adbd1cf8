from __future__ import annotations

from collections.abc import Iterable
from typing import Any
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
from silkcast.kernel.places import zone_or_utc
from silkcast.kernel.storage.batches import as_uuid, rows_of
from silkcast.kernel.storage.lookups import columns_of

ROOM_COLUMNS = ("number", "id", "name", "kind", "time_zone")
NO_ZONE = "-"  # what an empty one is called
GRANT_COLUMNS = ("person_id", "id", "role", "merchant_id", "room_id")


def _view(base_id: UUID, slug: str, name: str, kind: str, currency: str, time_zone: str) -> BaseView:
    zone = zone_or_utc(time_zone)
    return BaseView(
        id=BaseId(base_id),
        slug=slug,
        name=name,
        kind=BaseKind(kind),
        currency=currency,
        time_zone=zone,
        unknown_zone="" if zone == time_zone else time_zone or NO_ZONE,
    )


def get_base(base_id: UUID) -> BaseView:
    rows = rows_of("SELECT id, slug, name, kind, currency, time_zone FROM base_base WHERE id = %s", [base_id])
    if not rows:
        raise Missing(kind="base", id=str(base_id))
    found, *rest = rows[0]
    return _view(as_uuid(found), *rest)


def list_bases() -> list[BaseView]:
    rows = Base.objects.order_by("created_at").values_list("id", "slug", "name", "kind", "currency", "time_zone")
    return [_view(*row) for row in rows]


def find_base(slug: str) -> BaseView | None:
    return next((base for base in list_bases() if base.slug == slug), None)


def list_merchants(ctx: Context) -> list[MerchantView]:
    """The base's merchants; a merchant's own people see only theirs."""
    rows = Merchant.objects.scoped(ctx).order_by("name")
    if ctx.merchant_id is not None:
        rows = rows.filter(id=ctx.merchant_id)
    return [MerchantView(id=MerchantId(row.id), name=row.name, commission_bp=row.commission_bp) for row in rows]


def merchant_names(ctx: Context) -> dict[UUID, str]:
    return dict(columns_of(Merchant, ("id", "name"), ctx.base_id))


def list_rooms(ctx: Context) -> list[RoomView]:
    rows = columns_of(Room, ROOM_COLUMNS, ctx.base_id)
    return [
        RoomView(id=RoomId(room_id), number=number, name=name, kind=RoomKind(kind), time_zone=zone_or_utc(time_zone))
        for number, room_id, name, kind, time_zone in sorted(rows)
    ]


def get_room(ctx: Context, room_id: UUID) -> RoomView:
    row = Room.objects.scoped(ctx).one(id=room_id)
    return RoomView(
        id=RoomId(row.id),
        number=row.number,
        name=row.name,
        kind=RoomKind(row.kind),
        time_zone=zone_or_utc(row.time_zone),
    )


def _grants(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, list[GrantView]]:
    found: dict[UUID, list[GrantView]] = {}
    for person_id, grant_id, role, merchant_id, room_id in rows:
        found.setdefault(person_id, []).append(
            GrantView(
                id=str(grant_id),
                role=Role(role),
                merchant_id=MerchantId(merchant_id) if merchant_id else None,
                room_id=RoomId(room_id) if room_id else None,
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
        is_active=row.is_active,
        invited_at=row.invited_at,
        last_seen_at=row.last_login,
    )


def list_people(ctx: Context) -> list[PersonView]:
    grants = _grants(columns_of(RoleGrant, GRANT_COLUMNS, ctx.base_id))
    return [_person(row, grants) for row in Person.objects.filter(base_id=ctx.base_id).order_by("name")]


def person_names(ctx: Context) -> dict[UUID, str]:
    return dict(columns_of(Person, ("id", "name"), ctx.base_id))


def get_person(person_id: UUID) -> PersonView:
    row = Person.objects.filter(id=person_id, is_active=True).first()
    if row is None:
        raise Missing(kind="person", id=str(person_id))
    return person_view(row)


def find_person(email: str) -> PersonView | None:
    """Whoever signs in with that address, in whichever base."""
    row = Person.objects.called(email).first()
    return person_view(row) if row is not None else None


def person_with(row: Person, grants: Iterable[RoleGrant]) -> PersonView:
    """A person whose grants were read already."""
    return _person(row, _grants((g.person_id, g.id, g.role, g.merchant_id, g.room_id) for g in grants))


def person_view(row: Person) -> PersonView:
    return _person(row, _grants(columns_of(RoleGrant, GRANT_COLUMNS, row.base_id, person_id=[row.id])))


def list_api_keys(ctx: Context) -> list[ApiKeyView]:
    rows = ApiKey.objects.scoped(ctx).order_by("-created_at")
    if ctx.merchant_id is not None:
        rows = rows.filter(merchant_id=ctx.merchant_id)
    return [_key(row) for row in rows]


def api_key_names(ctx: Context) -> dict[UUID, str]:
    if ctx.merchant_id is not None:
        return dict(columns_of(ApiKey, ("id", "name"), ctx.base_id, merchant_id=[ctx.merchant_id]))
    return dict(columns_of(ApiKey, ("id", "name"), ctx.base_id))


def _key(row: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        id=str(row.id),
        name=row.name,
        prefix=row.prefix,
        scopes=tuple(row.scopes),
        merchant_id=MerchantId(row.merchant_id) if row.merchant_id else None,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        made_by=PersonId(row.made_by_person_id) if row.made_by_person_id else None,
    )


def find_api_key(digest: str) -> tuple[BaseId, ApiKeyView] | None:
    """The living key with that digest, and its base."""
    row = ApiKey.objects.across_bases().filter(digest=digest, revoked_at=None).first()
    return (BaseId(row.base_id), _key(row)) if row else None
