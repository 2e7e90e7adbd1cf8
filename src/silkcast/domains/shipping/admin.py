from __future__ import annotations

from django.contrib import admin

from silkcast.domains.shipping.models import Consignment, RateCard, TrackingStep
from silkcast.ui.admin import ReadOnlyAdmin, back_office


@admin.register(RateCard, site=back_office)
class RateCardAdmin(ReadOnlyAdmin):
    list_display = ("position", "name", "carrier", "currency", "first_minor", "per_kg_minor", "days_least", "days_most")
    ordering = ("position",)


@admin.register(Consignment, site=back_office)
class ConsignmentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "number", "carrier", "tracking_number", "state", "cost_minor", "currency", "weight_g")
    list_filter = ("state", "carrier")
    search_fields = ("number", "tracking_number")
    ordering = ("-created_at",)


@admin.register(TrackingStep, site=back_office)
class TrackingStepAdmin(ReadOnlyAdmin):
    list_display = ("at", "consignment_id", "state", "place")
    list_filter = ("state",)
    ordering = ("-at",)
