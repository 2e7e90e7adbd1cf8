from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from silkcast.domains.studio.actions.show_destinations import join_planned_shows
from silkcast.domains.studio.contracts import Platform, ShowState
from silkcast.domains.studio.errors import (
    DestinationsFull,
    DestinationTaken,
    DestinationUrlInvalid,
    DestinationUrlNamesUser,
    NameTaken,
    OwnShopFixed,
    StreamKeyInvalid,
    StreamKeyWanted,
)
from silkcast.domains.studio.events import DestinationRemoved, DestinationSet
from silkcast.domains.studio.locks import raise_version
from silkcast.domains.studio.models import Destination, DestinationFee, Show, ShowDestination
from silkcast.domains.studio.queries.destinations import today
from silkcast.domains.studio.reach import require_permitted
from silkcast.domains.studio.stream_keys import ending_of, subject_of_key
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.events import announce
from silkcast.kernel.ids import new_id
from silkcast.kernel.signs import is_alike, shows
from silkcast.kernel.storage.keys import keyring
from silkcast.media.rtmp.address import Address, is_one_word, names_a_user
from silkcast.media.rtmp.errors import AddressError
from silkcast.media.rtmp.reach import numeric_addresses

OWN_SHOP_NAME = "Own shop"
FEE_BP_MAX = 10_000
URL_LENGTH_MAX = 300
KEY_LENGTH_MAX = 500
NAME_LENGTH_MAX = 80
DESTINATIONS_MAX = 16  # what one room pushes to at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDestination:
    """`destination_id` None adds one. `stream_key` empty keeps the one that is sealed, of the same server;
    where none is, the address ends with it.

    `fee_bp`: what the platform keeps of a sale from `fee_from` on (None: from today in the base's zone).
    `in_new_shows`: shows go there without being told. Added so, it joins those that are planned; a show on air never
    gets another destination by itself. None leaves it as it is; of a new one it is so.
    """

    name: str
    platform: Platform
    url: str
    fee_bp: int
    destination_id: UUID | None = None
    stream_key: str = ""
    fee_from: date | None = None
    in_new_shows: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRef:
    destination_id: UUID


@action(
    "studio.set_destination",
    request=SetDestination,
    permission="studio.set_destination",
    icon="destination",
    personal=("stream_key",),
)
def set_destination(ctx: Context, request: SetDestination) -> DestinationRef:
    """Add or change a platform account and its dated fee. Shows on air connect anew where address or key changed.

    A key goes to the server that it was typed for: with another host it is asked for again, or whoever may change
    an address could have it sent to a server of their own."""
    _require_valid(request)
    row = _row_for(ctx, request)
    url, stream_key = _address(ctx, request, row)
    others = Destination.objects.scoped(ctx).filter(removed_at=None).exclude(id=row.id)
    if is_alike(request.name, others.values_list("name", flat=True)):
        raise NameTaken(name=request.name.strip())
    _require_apart(url, stream_key or _key_of(row), others)
    row.name = request.name.strip()
    row.url = url
    if stream_key:
        row.sealed_key = keyring().seal(subject_of_key(row.id), stream_key.encode())
        row.key_ending = ending_of(stream_key)
    if request.in_new_shows is not None:
        row.in_new_shows = request.in_new_shows
    row.save()
    if request.destination_id is None and row.in_new_shows:
        join_planned_shows(ctx, row.id)
    fee_from = request.fee_from or today(ctx)
    _set_fee(ctx, row.id, request.fee_bp, fee_from)
    raise_version(ctx, _live_shows_to(ctx, row.id))
    _say(ctx, row, request.fee_bp, fee_from)
    return DestinationRef(destination_id=row.id)


def _require_valid(request: SetDestination) -> None:
    if not shows(request.name) or len(request.name.strip()) > NAME_LENGTH_MAX:
        raise Invalid(reason="name")
    if not 0 <= request.fee_bp <= FEE_BP_MAX:
        raise Invalid(reason="fee_bp")
    is_new = request.destination_id is None
    if request.platform is Platform.OWN_SHOP and (is_new or request.url or request.stream_key):
        raise OwnShopFixed


def _address(ctx: Context, request: SetDestination, row: Destination) -> tuple[str, str]:
    """Address and key as they were typed; "" for a key that is to stay as it is, and for both of the own shop."""
    url, stream_key = request.url.strip(), request.stream_key.strip()
    if request.platform is Platform.OWN_SHOP:
        return "", ""
    if not is_one_word(stream_key) or len(stream_key) > KEY_LENGTH_MAX:
        raise StreamKeyInvalid(field="stream_key", most=KEY_LENGTH_MAX)
    if names_a_user(url):
        raise DestinationUrlNamesUser(field="url")
    if len(url) > URL_LENGTH_MAX:
        raise DestinationUrlInvalid(field="url", most=URL_LENGTH_MAX)
    is_whole = not stream_key and not row.sealed_key
    try:
        address = Address.parse(url, stream_key or ("" if is_whole else "sealed"))
    except AddressError as error:
        raise DestinationUrlInvalid(field="url", most=URL_LENGTH_MAX) from error
    if not stream_key and not is_whole and _server(url) != _server(row.url):
        raise StreamKeyWanted(field="stream_key", host=address.host)
    require_permitted(ctx, numeric_addresses(address.host))
    return (address.app_url, address.stream_key) if is_whole else (url, stream_key)


def _require_apart(url: str, stream_key: str, others: QuerySet[Destination]) -> None:
    """DestinationTaken where another one already pushes to the same place with the same key."""
    server = _server(url)
    for other in others if server is not None and stream_key else ():
        if _server(other.url) == server and _target(other.url, _key_of(other)) == _target(url, stream_key):
            raise DestinationTaken(field="stream_key", name=other.name)


def _key_of(row: Destination) -> str:
    """ "" where there is none, or none that opens any more."""
    key = keyring().unseal(subject_of_key(row.id), bytes(row.sealed_key)) if row.sealed_key else None
    return (key or b"").decode()


def _target(url: str, stream_key: str) -> tuple[str, str]:
    address = Address.parse(url, stream_key)
    return address.app_url, address.stream_key


def _server(url: str) -> tuple[bool, str, int] | None:
    try:
        address = Address.parse(url, "sealed")
    except AddressError:  # stored before addresses were checked
        return None
    return address.is_tls, address.host, address.port


def _row_for(ctx: Context, request: SetDestination) -> Destination:
    if request.destination_id is None:
        pushed = Destination.objects.scoped(ctx).filter(removed_at=None).exclude(platform=Platform.OWN_SHOP.value)
        if pushed.count() >= DESTINATIONS_MAX:
            raise DestinationsFull(most=DESTINATIONS_MAX)
        return Destination(id=new_id(), base_id=ctx.base_id, platform=request.platform.value)
    row: Destination = Destination.objects.scoped(ctx).one(id=request.destination_id, removed_at=None)
    if Platform.OWN_SHOP.value in (row.platform, request.platform.value) and row.platform != request.platform.value:
        raise OwnShopFixed
    row.platform = request.platform.value
    return row


def _set_fee(ctx: Context, destination_id: UUID, fee_bp: int, fee_from: date) -> None:
    rows = DestinationFee.objects.scoped(ctx).filter(destination_id=destination_id)
    valid = rows.filter(valid_from__lte=fee_from).order_by("-valid_from").first()
    if valid is not None and valid.basis_points == fee_bp:
        return
    if valid is not None and valid.valid_from == fee_from:
        rows.filter(id=valid.id).update(basis_points=fee_bp)
    else:
        DestinationFee(
            base_id=ctx.base_id, destination_id=destination_id, basis_points=fee_bp, valid_from=fee_from
        ).save(force_insert=True)


def _live_shows_to(ctx: Context, destination_id: UUID) -> list[UUID]:
    named = ShowDestination.objects.scoped(ctx).filter(destination_id=destination_id)
    live = Show.objects.scoped(ctx).filter(state=ShowState.LIVE.value, id__in=named.values_list("show_id", flat=True))
    return list(live.values_list("id", flat=True))


def _say(ctx: Context, row: Destination, fee_bp: int, fee_from: date) -> None:
    announce(ctx, DestinationSet(destination_id=row.id, platform=row.platform, fee_bp=fee_bp, fee_from=fee_from))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDestination:
    destination_id: UUID


@action("studio.remove_destination", request=RemoveDestination, permission="studio.set_destination", icon="remove")
def remove_destination(ctx: Context, request: RemoveDestination) -> DestinationRef:
    """Push there no more, from this moment on, and forget the stream key. Removed already, nothing changes."""
    row = Destination.objects.scoped(ctx).one(id=request.destination_id)
    if row.platform == Platform.OWN_SHOP.value:
        raise OwnShopFixed
    if row.removed_at is None:
        row.removed_at, row.sealed_key, row.key_ending = ctx.at, None, ""
        row.save(update_fields=["removed_at", "sealed_key", "key_ending"])
        raise_version(ctx, _live_shows_to(ctx, row.id))
        announce(ctx, DestinationRemoved(destination_id=row.id))
    return DestinationRef(destination_id=row.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOwnShop:
    """`fee_bp`: what the base's own channel costs per sale, from `fee_from` on."""

    fee_bp: int
    fee_from: date | None = None


@action("studio.open_own_shop", request=OpenOwnShop, permission="studio.set_destination", icon="bag")
def open_own_shop(ctx: Context, request: OpenOwnShop) -> DestinationRef:
    """Give a new base the destination of its own shop. Open already, only the fee changes."""
    if not 0 <= request.fee_bp <= FEE_BP_MAX:
        raise Invalid(reason="fee_bp")
    row = ensure_own_shop(ctx)
    fee_from = request.fee_from or today(ctx)
    _set_fee(ctx, row.id, request.fee_bp, fee_from)
    _say(ctx, row, request.fee_bp, fee_from)
    return DestinationRef(destination_id=row.id)


def ensure_own_shop(ctx: Context) -> Destination:
    found: Destination | None = Destination.objects.scoped(ctx).filter(platform=Platform.OWN_SHOP.value).first()
    if found is not None:
        return found
    row = Destination(id=new_id(), base_id=ctx.base_id, name=OWN_SHOP_NAME, platform=Platform.OWN_SHOP.value)
    row.save(force_insert=True)
    return row
