"""The shelf, the promises on it, and the movements whose sums must equal both."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from silkcast.domains.inventory.contracts import MovementKind, ReservationState, WarehouseKind
from silkcast.kernel.storage.guards import Immutable, SameBase
from silkcast.kernel.storage.ownership import MerchantOwned, Owned


class Warehouse(Owned):
    """`position`: stock is promised from the lowest first."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=[(k.value, k.name) for k in WarehouseKind])
    country = models.CharField(max_length=2)
    position = models.PositiveSmallIntegerField()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "name"], name="warehouse_name_is_unique_in_its_base"),
            models.UniqueConstraint(fields=["base_id", "position"], name="warehouses_have_an_order"),
        ]

    def __str__(self) -> str:
        return self.name


class Stock(MerchantOwned):
    sku_id = models.UUIDField()
    warehouse_id = models.UUIDField()
    units_on_hand = models.BigIntegerField(default=0)
    units_reserved = models.BigIntegerField(default=0)

    guards = (SameBase("sku_id", "catalog.Sku"), SameBase("warehouse_id", "inventory.Warehouse"))

    class Meta(MerchantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["base_id", "sku_id", "warehouse_id"], name="one_shelf_per_sku_and_warehouse"
            ),
            models.CheckConstraint(condition=Q(units_reserved__gte=0), name="reserved_is_not_negative"),
            models.CheckConstraint(condition=Q(units_reserved__lte=F("units_on_hand")), name="reserved_within_on_hand"),
        ]


class Reservation(MerchantOwned):
    """Units of one shelf promised to one order; `expires_at` while unpaid."""

    order_id = models.UUIDField()
    sku_id = models.UUIDField()
    warehouse_id = models.UUIDField()
    units = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=[(s.value, s.name) for s in ReservationState])
    expires_at = models.DateTimeField(null=True)

    class Meta(MerchantOwned.Meta):
        constraints = [models.CheckConstraint(condition=Q(units__gt=0), name="a_reservation_holds_something")]
        indexes = [
            models.Index(fields=["base_id", "order_id"], name="reservation_of_order"),
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="held_reservations_by_expiry"),
        ]


class Movement(MerchantOwned):
    """Why a shelf changed. Sums of both columns equal the shelf's counts at every commit."""

    sku_id = models.UUIDField()
    warehouse_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=[(k.value, k.name) for k in MovementKind])
    units_on_hand_change = models.BigIntegerField()
    units_reserved_change = models.BigIntegerField()
    order_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    cause_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    guards = (Immutable(),)

    class Meta(MerchantOwned.Meta):
        indexes = [models.Index(fields=["base_id", "sku_id", "-at"], name="movements_of_sku")]
