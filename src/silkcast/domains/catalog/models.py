"""What is sold. Words are rows (object, language, field), so that one more language is no migration."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from silkcast.domains.catalog.contracts import ProductRole
from silkcast.kernel.storage.guards import SameBase
from silkcast.kernel.storage.ownership import MerchantOwned, Owned


class Product(MerchantOwned):
    """`markets`: countries (ISO 3166-1 alpha-2) that the product is cleared for. `is_listed`: buyers may have it.

    `searched`: its titles in every language and the codes of its SKUs, folded.
    """

    role = models.CharField(max_length=8, choices=[(r.value, r.name) for r in ProductRole])
    image = models.CharField(max_length=120, blank=True)
    markets = models.JSONField(default=list)
    is_listed = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField()
    searched = models.TextField(default="", db_default="", editable=False)

    guards = (SameBase("merchant_id", "base.Merchant"),)

    class Meta(MerchantOwned.Meta):
        indexes = [models.Index(fields=["base_id", "merchant_id", "-created_at"], name="product_newest_of_merchant")]

    def __str__(self) -> str:
        return str(self.id)


class CatalogText(Owned):
    object_id = models.UUIDField()
    language = models.CharField(max_length=10)
    field = models.CharField(max_length=16)
    text = models.TextField()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["base_id", "object_id", "language", "field"], name="one_text_per_object_language_and_field"
            )
        ]


class Sku(MerchantOwned):
    product_id = models.UUIDField()
    code = models.CharField(max_length=40)
    cost_minor = models.BigIntegerField()
    cost_currency = models.CharField(max_length=3)
    weight_g = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField(default=0)

    guards = (SameBase("product_id", "catalog.Product"), SameBase("merchant_id", "base.Merchant"))

    class Meta(MerchantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "merchant_id", "code"], name="sku_code_is_unique_per_merchant"),
            models.CheckConstraint(condition=Q(cost_minor__gte=0), name="sku_cost_is_not_negative"),
        ]
        indexes = [models.Index(fields=["base_id", "product_id", "position"], name="sku_of_product")]

    def __str__(self) -> str:
        return self.code


class Price(MerchantOwned):
    sku_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    was_minor = models.BigIntegerField(null=True)

    guards = (SameBase("sku_id", "catalog.Sku"),)

    class Meta(MerchantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "sku_id", "currency"], name="one_price_per_sku_and_currency"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="price_is_positive"),
        ]


class Offer(MerchantOwned):
    """The price and terms of a SKU in one show (直播价/福利)."""

    show_id = models.UUIDField()
    sku_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    was_minor = models.BigIntegerField(null=True)
    per_buyer_max = models.PositiveIntegerField(null=True)

    guards = (SameBase("sku_id", "catalog.Sku"),)

    class Meta(MerchantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["base_id", "show_id", "sku_id"], name="one_offer_per_show_and_sku"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="offer_price_is_positive"),
        ]


class ExchangeRate(Owned):
    """`rate` units of `quote` per unit of `unit`, valid from a moment on; the source is named."""

    unit = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    valid_from = models.DateTimeField()
    source = models.CharField(max_length=80)

    class Meta(Owned.Meta):
        constraints = [models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_is_positive")]
        indexes = [models.Index(fields=["base_id", "unit", "quote", "-valid_from"], name="rate_newest")]
