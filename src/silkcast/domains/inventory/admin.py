from __future__ import annotations

from django.contrib import admin

from silkcast.domains.inventory.models import Movement, Reservation, Stock, Warehouse
from silkcast.ui.admin import ReadOnlyAdmin, back_office


@admin.register(Warehouse, site=back_office)
class WarehouseAdmin(ReadOnlyAdmin):
    list_display = ("position", "name", "kind", "country")
    ordering = ("position",)


@admin.register(Stock, site=back_office)
class StockAdmin(ReadOnlyAdmin):
    list_display = ("sku_id", "warehouse_id", "units_on_hand", "units_reserved", "merchant_id")
    ordering = ("sku_id", "warehouse_id")


@admin.register(Reservation, site=back_office)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ("order_id", "sku_id", "units", "state", "expires_at")
    list_filter = ("state",)
    ordering = ("-id",)


@admin.register(Movement, site=back_office)
class MovementAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "sku_id", "units_on_hand_change", "units_reserved_change", "order_id", "reason")
    list_filter = ("kind",)
    ordering = ("-at", "-id")
