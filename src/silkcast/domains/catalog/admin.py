from __future__ import annotations

from django.contrib import admin

from silkcast.domains.catalog.models import CatalogText, ExchangeRate, Offer, Price, Product, Sku
from silkcast.ui.admin import ReadOnlyAdmin, back_office


@admin.register(Product, site=back_office)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("id", "merchant_id", "role", "image", "created_at")
    search_fields = ("searched",)
    list_filter = ("role",)
    ordering = ("-created_at",)


@admin.register(Sku, site=back_office)
class SkuAdmin(ReadOnlyAdmin):
    list_display = ("code", "merchant_id", "product_id", "cost_minor", "cost_currency", "weight_g")
    search_fields = ("code",)
    ordering = ("code",)


@admin.register(CatalogText, site=back_office)
class CatalogTextAdmin(ReadOnlyAdmin):
    list_display = ("text", "language", "field", "object_id")
    list_filter = ("language", "field")
    ordering = ("object_id", "field", "language")


@admin.register(Price, site=back_office)
class PriceAdmin(ReadOnlyAdmin):
    list_display = ("sku_id", "currency", "amount_minor", "was_minor", "merchant_id")
    list_filter = ("currency",)
    ordering = ("sku_id", "currency")


@admin.register(Offer, site=back_office)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ("show_id", "sku_id", "currency", "price_minor", "was_minor", "per_buyer_max")
    ordering = ("-show_id",)


@admin.register(ExchangeRate, site=back_office)
class ExchangeRateAdmin(ReadOnlyAdmin):
    list_display = ("unit", "quote", "rate", "valid_from", "source")
    list_filter = ("unit", "quote")
    ordering = ("-valid_from",)
