from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from silkcast.domains.shipping.contracts import ConsignmentState
from silkcast.domains.shipping.events import ConsignmentDelivered, ConsignmentLabelled, ConsignmentMoved
from silkcast.domains.shipping.models import Consignment, TrackingStep
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import MerchantId, OrderId
from silkcast.kernel.money import Money

ORDER_OF_STATES = tuple(ConsignmentState)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLabel:
    consignment_id: UUID
    order_id: OrderId
    for_merchant_id: MerchantId
    number: str
    carrier: str
    tracking_number: str
    cost: Money
    weight_g: int
    label_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsignmentRef:
    consignment_id: UUID


@action("shipping.record_label", request=RecordLabel, icon="parcel")
def record_label(ctx: Context, request: RecordLabel) -> ConsignmentRef:
    """Note a parcel that a carrier has labelled for us."""
    found = Consignment.objects.of(ctx.base_id).filter(order_id=request.order_id, number=request.number).first()
    if found is not None:
        return ConsignmentRef(consignment_id=found.id)
    Consignment(
        id=request.consignment_id,
        base_id=ctx.base_id,
        merchant_id=request.for_merchant_id,
        order_id=request.order_id,
        number=request.number,
        carrier=request.carrier,
        tracking_number=request.tracking_number,
        state=ConsignmentState.LABELLED.value,
        currency=request.cost.currency,
        cost_minor=request.cost.minor,
        weight_g=request.weight_g,
        label_file=request.label_file,
        created_at=ctx.at,
    ).save(force_insert=True)
    announce(
        ctx,
        ConsignmentLabelled(
            consignment_id=request.consignment_id,
            order_id=request.order_id,
            carrier=request.carrier,
            cost_minor=request.cost.minor,
            currency=request.cost.currency,
        ),
    )
    return ConsignmentRef(consignment_id=request.consignment_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedStep:
    state: ConsignmentState
    at: datetime
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSteps:
    consignment_id: UUID
    steps: tuple[ReportedStep, ...]


@action("shipping.record_steps", request=RecordSteps, icon="parcel")
def record_steps(ctx: Context, request: RecordSteps) -> ConsignmentRef:
    """Note what the carrier reports; a step known already changes nothing, and a state never goes back."""
    parcel = Consignment.objects.of(ctx.base_id).one(id=request.consignment_id)
    known = set(TrackingStep.objects.of(ctx.base_id).filter(consignment_id=parcel.id).values_list("state", flat=True))
    for step in request.steps:
        if step.state.value in known:
            continue
        TrackingStep(
            base_id=ctx.base_id, consignment_id=parcel.id, state=step.state.value, at=step.at, place=step.place
        ).save(force_insert=True)
        if ORDER_OF_STATES.index(step.state) > ORDER_OF_STATES.index(ConsignmentState(parcel.state)):
            parcel.state = step.state.value
            parcel.save(update_fields=["state"])
        order_id = OrderId(parcel.order_id)
        if step.state is ConsignmentState.DELIVERED:
            announce(ctx, ConsignmentDelivered(consignment_id=parcel.id, order_id=order_id))
        else:
            announce(ctx, ConsignmentMoved(consignment_id=parcel.id, order_id=order_id, state=step.state.value))
    return ConsignmentRef(consignment_id=request.consignment_id)
