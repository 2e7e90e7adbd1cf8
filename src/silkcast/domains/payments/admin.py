from __future__ import annotations

from django.contrib import admin

from silkcast.domains.payments.models import Payment, Posting, Refund
from silkcast.ui.admin import ReadOnlyAdmin, back_office


@admin.register(Posting, site=back_office)
class PostingAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "debit", "credit", "amount_minor", "currency", "base_minor", "show_id", "minute")
    list_filter = ("kind", "currency", "is_estimate", "reverses")
    search_fields = ("debit", "credit")
    ordering = ("-id",)


@admin.register(Payment, site=back_office)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("began_at", "state", "amount_minor", "currency", "refunded_minor", "fee_minor", "gateway", "last4")
    list_filter = ("state", "gateway")
    ordering = ("-began_at",)


@admin.register(Refund, site=back_office)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("at", "order_id", "amount_minor", "state")
    list_filter = ("state",)
    ordering = ("-at",)
