from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import itemgetter
from uuid import UUID

from silkcast.domains.shipping.contracts import ConsignmentState, ConsignmentView, ShippingOption, Step
from silkcast.domains.shipping.engine.rates import parcel_minor
from silkcast.domains.shipping.errors import NoCarrierThere, OptionUnknown
from silkcast.domains.shipping.models import Consignment, RateCard, TrackingStep
from silkcast.kernel.context import Context
from silkcast.kernel.ids import BaseId, OrderId
from silkcast.kernel.money import Money
from silkcast.kernel.storage.lookups import columns_of
from silkcast.kernel.storage.rounds import Round

TRACKED_DAYS_MAX = 60
CARD_COLUMNS = (
    "position",
    "countries",
    "id",
    "name",
    "carrier",
    "days_least",
    "days_most",
    "first_minor",
    "per_kg_minor",
    "currency",
)


def options(ctx: Context, country: str, weight_g: int) -> list[ShippingOption]:
    """Ways to send one parcel to a country, in the base's order; raises NoCarrierThere when there is none."""
    rows = sorted(columns_of(RateCard, CARD_COLUMNS, ctx.base_id), key=itemgetter(0))
    fitting = [row for row in rows if country in row[1]] or [row for row in rows if not row[1]]
    if not fitting:
        raise NoCarrierThere(country=country)
    return [
        ShippingOption(
            id=card_id,
            name=name,
            carrier=carrier,
            days_least=days_least,
            days_most=days_most,
            price=Money(parcel_minor(first_minor, per_kg_minor, weight_g), currency),
        )
        for _, _, card_id, name, carrier, days_least, days_most, first_minor, per_kg_minor, currency in fitting
    ]


def reach(ctx: Context) -> frozenset[str] | None:
    """The countries that parcels are sent to; None is every country."""
    cards = columns_of(RateCard, ("countries",), ctx.base_id)
    if any(not countries for (countries,) in cards):
        return None
    return frozenset(country for (countries,) in cards for country in countries)


def get_option(ctx: Context, country: str, weight_g: int, option_id: UUID | None) -> ShippingOption:
    """The chosen way, or the first one when none was chosen."""
    found = options(ctx, country, weight_g)
    chosen = next((option for option in found if option.id == option_id), None if option_id else found[0])
    if chosen is None:
        raise OptionUnknown(option_id=str(option_id))
    return chosen


def consignments(ctx: Context, order_ids: Iterable[UUID]) -> dict[UUID, list[ConsignmentView]]:
    rows = list(Consignment.objects.scoped(ctx).filter(order_id__in=set(order_ids)).order_by("created_at"))
    steps: dict[UUID, list[Step]] = {}
    for step in TrackingStep.objects.of(ctx.base_id).filter(consignment_id__in=[c.id for c in rows]).order_by("at"):
        steps.setdefault(step.consignment_id, []).append(
            Step(state=ConsignmentState(step.state), at=step.at, place=step.place)
        )
    found: dict[UUID, list[ConsignmentView]] = {}
    for row in rows:
        found.setdefault(row.order_id, []).append(
            ConsignmentView(
                id=row.id,
                order_id=OrderId(row.order_id),
                number=row.number,
                carrier=row.carrier,
                tracking_number=row.tracking_number,
                state=ConsignmentState(row.state),
                cost=Money(row.cost_minor, row.currency),
                created_at=row.created_at,
                steps=tuple(steps.get(row.id, ())),
                has_label=bool(row.label_file),
            )
        )
    return found


def label_file(ctx: Context, consignment_id: UUID) -> tuple[OrderId, str]:
    row = Consignment.objects.scoped(ctx).one(id=consignment_id)
    return OrderId(row.order_id), row.label_file


def undelivered(now: datetime, in_turn: Round) -> list[tuple[BaseId, OrderId]]:
    """Orders of every base whose parcels are on their way; abandoned after 60 days."""
    rows = (
        Consignment.objects.across_bases()
        .exclude(state=ConsignmentState.DELIVERED.value)
        .filter(created_at__gt=now - timedelta(days=TRACKED_DAYS_MAX))
    )
    return [(BaseId(row.base_id), OrderId(row.order_id)) for row in in_turn.take(rows, "created_at")]
