from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.shipping.models import RateCard
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Invalid
from silkcast.kernel.ids import new_id
from silkcast.kernel.money import Money, check
from silkcast.kernel.places import country_of
from silkcast.kernel.texts import name_of

DAYS_MAX = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRateCard:
    name: str
    carrier: str
    countries: tuple[str, ...]
    first: Money
    per_kg: Money
    days_least: int
    days_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardRef:
    rate_card_id: UUID


@action("shipping.add_rate_card", request=AddRateCard, permission="shipping.add_rate_card", icon="plus")
def add_rate_card(ctx: Context, request: AddRateCard) -> RateCardRef:
    """Offer one more way to send parcels, at a price by weight."""
    if request.first.currency != request.per_kg.currency:
        raise Invalid(reason="per_kg")
    check(request.first, "first")
    check(request.per_kg, "per_kg")
    if not 0 <= request.days_least <= request.days_most <= DAYS_MAX:
        raise Invalid(reason="days_most")
    card = RateCard(
        id=new_id(),
        base_id=ctx.base_id,
        name=name_of(request.name),
        carrier=request.carrier,
        countries=[country_of(code, field="countries") for code in dict.fromkeys(request.countries)],
        currency=request.first.currency,
        first_minor=request.first.minor,
        per_kg_minor=request.per_kg.minor,
        days_least=request.days_least,
        days_most=request.days_most,
        position=RateCard.objects.scoped(ctx).count(),
    )
    card.save(force_insert=True)
    return RateCardRef(rate_card_id=card.id)
