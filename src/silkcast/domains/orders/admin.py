"""Purchases and orders for the back office. Who bought stays sealed: its table is not shown."""

from __future__ import annotations

from django.contrib import admin

from silkcast.domains.orders.models import Checkout, Order, OrderLine
from silkcast.ui.admin import ReadOnlyAdmin, back_office


@admin.register(Checkout, site=back_office)
class CheckoutAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "total_minor", "currency", "placed_at", "expires_at")
    list_filter = ("state", "currency")
    search_fields = ("number",)
    ordering = ("-number",)


@admin.register(Order, site=back_office)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "merchant_id", "total_minor", "currency", "country", "show_id", "placed_at")
    list_filter = ("state", "currency", "country")
    search_fields = ("number",)
    ordering = ("-number",)


@admin.register(OrderLine, site=back_office)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ("order_id", "sku_id", "units", "price_minor", "total_minor", "cost_minor", "pitch_id")
    ordering = ("-id",)
