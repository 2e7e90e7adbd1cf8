"""The back office's view of who and where, and of the audit and the events that all domains share."""

from __future__ import annotations

from django.contrib import admin

from silkcast.domains.base.models import ApiKey, Base, Merchant, Person, RoleGrant, Room
from silkcast.kernel.models import AuditEntry, OutboxEvent, ParkedEvent
from silkcast.ui.admin import ReadOnlyAdmin, back_office


@admin.register(Base, site=back_office)
class BaseAdmin(ReadOnlyAdmin):
    base_field = "id"
    list_display = ("name", "slug", "kind", "currency", "time_zone", "created_at")


@admin.register(Merchant, site=back_office)
class MerchantAdmin(ReadOnlyAdmin):
    list_display = ("name", "commission_bp", "id")
    search_fields = ("name",)
    searched_here = True
    ordering = ("name",)


@admin.register(Room, site=back_office)
class RoomAdmin(ReadOnlyAdmin):
    list_display = ("number", "name", "kind", "time_zone", "id")
    ordering = ("number",)


@admin.register(Person, site=back_office)
class PersonAdmin(ReadOnlyAdmin):
    list_display = ("email", "name", "language", "is_active", "invited_at", "last_login")
    search_fields = ("email", "name")
    searched_here = True
    ordering = ("email",)


@admin.register(RoleGrant, site=back_office)
class RoleGrantAdmin(ReadOnlyAdmin):
    list_display = ("person_id", "role", "merchant_id", "room_id")
    list_filter = ("role",)
    ordering = ("person_id",)


@admin.register(ApiKey, site=back_office)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "merchant_id", "created_at", "revoked_at")
    ordering = ("-created_at",)


@admin.register(AuditEntry, site=back_office)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "actor_kind", "actor_id", "cause_id", "id")
    search_fields = ("action", "actor_id")
    list_filter = ("actor_kind",)
    ordering = ("-at",)


@admin.register(OutboxEvent, site=back_office)
class OutboxEventAdmin(ReadOnlyAdmin):
    list_display = ("position", "at", "topic", "subject", "sequence", "cause_id")
    search_fields = ("topic", "subject")
    ordering = ("-position",)


@admin.register(ParkedEvent, site=back_office)
class ParkedEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "consumer", "subject", "position")
    ordering = ("-at",)
