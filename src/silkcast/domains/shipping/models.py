from __future__ import annotations

from django.db import models
from django.db.models import Q

from silkcast.domains.shipping.contracts import ConsignmentState
from silkcast.kernel.storage.guards import SameBase
from silkcast.kernel.storage.ownership import MerchantOwned, Owned


class RateCard(Owned):
    """What a parcel costs us and the buyer: a first price and one per started kilogram, to given countries.

    `countries` empty means everywhere else.
    """

    name = models.CharField(max_length=80)
    carrier = models.CharField(max_length=20)
    countries = models.JSONField(default=list)
    currency = models.CharField(max_length=3)
    first_minor = models.BigIntegerField()
    per_kg_minor = models.BigIntegerField()
    days_least = models.PositiveSmallIntegerField()
    days_most = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(first_minor__gte=0, per_kg_minor__gte=0), name="rates_are_not_negative")
        ]


class Consignment(MerchantOwned):
    """One parcel of one order. The label's file holds the address, so it lies sealed (see `labels`)."""

    order_id = models.UUIDField()
    number = models.CharField(max_length=20)
    carrier = models.CharField(max_length=20)
    tracking_number = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=[(s.value, s.name) for s in ConsignmentState])
    currency = models.CharField(max_length=3)
    cost_minor = models.BigIntegerField()
    weight_g = models.PositiveIntegerField()
    label_file = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    guards = (SameBase("merchant_id", "base.Merchant"),)

    class Meta(MerchantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["base_id", "order_id", "number"], name="consignment_number_is_unique_per_order"
            ),
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"], name="tracking_number_is_unique_per_carrier"
            ),
        ]


class TrackingStep(Owned):
    consignment_id = models.UUIDField()
    state = models.CharField(max_length=16)
    at = models.DateTimeField()
    place = models.CharField(max_length=80, blank=True)

    guards = (SameBase("consignment_id", "shipping.Consignment"),)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "consignment_id", "state"], name="a_parcel_passes_a_state_once")
        ]
