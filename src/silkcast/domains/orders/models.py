from __future__ import annotations

from django.db import models
from django.db.models import Q

from silkcast.domains.orders.contracts import UNPAID, CheckoutState, OrderState
from silkcast.kernel.languages import LANGUAGE_CHARS_MAX
from silkcast.kernel.storage.guards import SameBase
from silkcast.kernel.storage.ownership import MerchantOwned, Owned


class Checkout(Owned):
    """One purchase of one buyer, paid once, split at placement into an order per merchant.

    `address` stands for where its buyer came from, only while it is not paid.
    """

    number = models.BigIntegerField()
    viewer = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=[(s.value, s.name) for s in CheckoutState])
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    language = models.CharField(max_length=LANGUAGE_CHARS_MAX)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    address = models.BigIntegerField(null=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "number"], name="checkout_number_is_unique_in_its_base"),
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="a_checkout_costs_something"),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(state__in=["awaiting", "declined"]), name="checkouts_by_expiry"
            ),
            models.Index(
                fields=["base_id", "viewer"], condition=Q(state__in=[s.value for s in UNPAID]), name="unpaid_of_viewer"
            ),
            models.Index(fields=["base_id", "address"], condition=Q(address__isnull=False), name="unpaid_of_address"),
        ]


class Order(MerchantOwned):
    """`problem`: what the buyer said is wrong, sealed under the checkout's key; while there is one, escrow stays."""

    checkout_id = models.UUIDField()
    number = models.BigIntegerField()
    viewer = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=[(s.value, s.name) for s in OrderState])
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    parcel_cost_minor = models.BigIntegerField()
    carrier = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    weight_g = models.PositiveIntegerField()
    show_id = models.UUIDField(null=True)
    programme_ms = models.BigIntegerField(null=True)
    platform_fee_bp = models.PositiveIntegerField(default=0)
    placed_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    problem_at = models.DateTimeField(null=True)
    problem = models.BinaryField(null=True)

    guards = (SameBase("checkout_id", "orders.Checkout"), SameBase("merchant_id", "base.Merchant"))

    class Meta(MerchantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "number"], name="order_number_is_unique_in_its_base"),
            models.CheckConstraint(
                condition=Q(total_minor=models.F("goods_minor") + models.F("shipping_minor")), name="an_order_sums_up"
            ),
        ]
        indexes = [
            models.Index(fields=["base_id", "-placed_at"], name="orders_newest"),
            models.Index(fields=["base_id", "checkout_id"], name="orders_of_checkout"),
            models.Index(fields=["base_id", "show_id", "-placed_at"], name="orders_of_show"),
            models.Index(fields=["base_id", "viewer", "placed_at"], name="orders_of_viewer"),
            models.Index(
                fields=["delivered_at"],
                condition=Q(state="delivered", problem_at=None),
                name="orders_to_complete",
            ),
        ]


class OrderLine(MerchantOwned):
    """`total_minor` counts goods; `paid_minor` adds the line's share of shipping."""

    order_id = models.UUIDField()
    sku_id = models.UUIDField()
    product_id = models.UUIDField()
    units = models.PositiveIntegerField()
    price_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    cost_minor = models.BigIntegerField()
    cost_currency = models.CharField(max_length=3)
    pitch_id = models.UUIDField(null=True)

    guards = (SameBase("order_id", "orders.Order"), SameBase("sku_id", "catalog.Sku"))

    class Meta(MerchantOwned.Meta):
        constraints = [models.CheckConstraint(condition=Q(units__gt=0), name="a_line_has_units")]
        indexes = [models.Index(fields=["base_id", "order_id"], name="lines_of_order")]


class BuyerRecord(Owned):
    """Who buys and where it goes, sealed under the checkout's own key; erasing the key erases this.

    Its id is the checkout's.
    """

    sealed = models.BinaryField()
