"""`/api/v1`: the ways to send parcels. The parcels themselves belong to orders, and are found there."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from silkcast.domains.shipping import api as shipping
from silkcast.domains.shipping.adapters import CARRIERS
from silkcast.domains.shipping.contracts import ShippingOption
from silkcast.domains.shipping.models import RateCard
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing
from silkcast.kernel.money import Money
from silkcast.kernel.rest import Body, Cost, Limit, Offset, Page, Whole, act, allowed, page, sliced, whole
from silkcast.kernel.texts import LINE

router = Router(tags=["shipping"])
WEIGHT_G_MAX = 1_000_000
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class RateCardView(Schema):
    """`first` covers the first kilogram, `per_kg` each one started after it. No `countries` means everywhere else."""

    id: UUID
    name: str
    carrier: str
    countries: list[str]
    first: Money
    per_kg: Money
    days_least: int
    days_most: int


@router.get("/rate-cards", response=Page[RateCardView])
def list_rate_cards(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> dict[str, object]:
    """In the order in which buyers are offered them."""
    rows = RateCard.objects.scoped(_reader(request)).order_by("position")
    return page([_card(row) for row in rows[offset : offset + limit]], rows.count(), offset)


def _reader(request: HttpRequest) -> Context:
    return allowed(request, "read.products")


def _card(row: RateCard) -> RateCardView:
    return RateCardView(
        id=row.id,
        name=row.name,
        carrier=row.carrier,
        countries=row.countries,
        first=Money(row.first_minor, row.currency),
        per_kg=Money(row.per_kg_minor, row.currency),
        days_least=row.days_least,
        days_most=row.days_most,
    )


class RateCardWanted(Body):
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=LINE)]
    carrier: Annotated[str, Field(max_length=20)]
    countries: Annotated[tuple[Country, ...], Field(max_length=250)] = ()
    first: Cost
    per_kg: Cost
    days_least: Annotated[Whole, Field(ge=0, le=365)]
    days_most: Annotated[Whole, Field(ge=0, le=365)]


class RateCardAnswer(Schema):
    rate_card_id: UUID


@router.post("/rate-cards", response={201: RateCardAnswer})
def add_rate_card(request: HttpRequest, wanted: RateCardWanted) -> object:
    """Offer one more way to send parcels, at a price by weight."""
    if wanted.carrier not in CARRIERS:
        raise Missing(kind="carrier", name=wanted.carrier)
    asked = shipping.AddRateCard(**{name: getattr(wanted, name) for name in RateCardWanted.model_fields})
    return act(request, asked)


@router.get("/shipping-options", response=Page[ShippingOption])
def list_options(
    request: HttpRequest,
    country: Annotated[str, Query(pattern="^[A-Z]{2}$")],
    weight_g: Annotated[int, whole(1, WEIGHT_G_MAX)],
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, object]:
    """What one parcel of that weight would cost to that country, each way it can be sent."""
    return sliced(shipping.options(_reader(request), country, weight_g), offset, limit)
