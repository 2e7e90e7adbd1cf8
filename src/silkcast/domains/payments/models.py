"""The books. A posting is one row with two accounts, so it balances by its form on every database."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from silkcast.domains.payments.contracts import PaymentState, PostingKind, RefundState
from silkcast.kernel.storage.guards import Immutable, SameBase
from silkcast.kernel.storage.ownership import Owned, ScopedQuerySet


class Posting(Owned):
    """`base_minor` is the amount in the base's currency at `rate`, fixed when posted. `entry_id` links legs."""

    entry_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=[(k.value, k.name) for k in PostingKind])
    reverses = models.BooleanField(default=False)
    is_estimate = models.BooleanField(default=False)
    debit = models.CharField(max_length=60)
    credit = models.CharField(max_length=60)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    base_minor = models.BigIntegerField()
    base_currency = models.CharField(max_length=3)
    rate = models.CharField(max_length=32)
    merchant_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    sku_id = models.UUIDField(null=True)
    show_id = models.UUIDField(null=True)
    minute = models.PositiveIntegerField(null=True)
    pitch_id = models.UUIDField(null=True)
    cause_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    guards = (Immutable(),)
    has_merchant = True

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_posting_moves_something"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="a_posting_has_two_accounts"),
        ]
        indexes = [
            models.Index(fields=["base_id", "show_id", "kind"], name="postings_of_show"),
            models.Index(fields=["base_id", "order_id"], name="postings_of_order"),
        ]


class AccountBalance(models.Model):
    """Sums of an account's postings, kept in the same commit. Escrow never pays out more than it took in."""

    pk = models.CompositePrimaryKey("base_id", "account", "currency")
    base_id = models.UUIDField()
    account = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    debit_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)

    objects = ScopedQuerySet["AccountBalance"].as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                condition=~Q(account="escrow") | Q(debit_minor__lte=F("credit_minor")), name="escrow_is_never_negative"
            ),
        ]


class Payment(Owned):
    checkout_id = models.UUIDField()
    gateway = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=[(s.value, s.name) for s in PaymentState])
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    brand = models.CharField(max_length=20, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    began_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_payment_is_of_something"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("amount_minor")), name="refunds_within_capture"
            ),
            models.UniqueConstraint(
                fields=["base_id", "checkout_id"],
                condition=Q(state__in=["processing", "captured", "unknown"]),
                name="one_living_payment_per_checkout",
            ),
        ]
        indexes = [
            models.Index(fields=["began_at"], condition=Q(state__in=["processing", "unknown"]), name="payments_open"),
            models.Index(fields=["began_at"], condition=Q(state="returning"), name="payments_to_return"),
        ]


class Refund(Owned):
    """Reserved against the payment before the gateway is asked, so that many at once can't exceed the capture."""

    payment_id = models.UUIDField()
    order_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=[(s.value, s.name) for s in RefundState])
    sealed_reason = models.BinaryField(default=bytes)  # under the purchase's key: it may name the buyer
    at = models.DateTimeField()

    guards = (SameBase("payment_id", "payments.Payment"),)

    class Meta(Owned.Meta):
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_refund_is_of_something")]
        indexes = [models.Index(fields=["base_id", "order_id"], name="refunds_of_order")]
